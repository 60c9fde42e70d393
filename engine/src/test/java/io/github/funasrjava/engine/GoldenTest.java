package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.KernelOptions.Tier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.DynamicTest;

/**
 * Every stage, token, and text of the reference implementation, on every kernel tier and thread count. The directory is
 * named by {@code -Dgolden.dir=DIR} or the environment variable {@code FUNASR_GOLDEN}, else a small selection is taken; it holds model sets in
 * {@code DIR/NAME/model} and {@code DIR/NAME/golden} and recordings in {@code DIR/audio}.
 */
class GoldenTest {
    @TempDir
    static Path cache;

    @TestFactory
    Stream<DynamicNode> reproducesTheReference() {
        List<GoldenSet> sets = GoldenSet.under(GoldenSet.directory());
        assertFalse(sets.isEmpty(), GoldenSet.directory() + " holds no set of the form NAME/model with NAME/golden");
        List<DynamicNode> tests = new ArrayList<>();
        for (GoldenSet set : sets) {
            for (KernelOptions kernels : tiers()) {
                tests.add(DynamicTest.dynamicTest(set.name() + " on " + label(kernels), () -> check(set, kernels)));
            }
        }
        return tests.stream();
    }

    private static void check(GoldenSet set, KernelOptions kernels) {
        GoldenRun run = new GoldenRun(set, cache, kernels);
        GoldenRun.Outcome outcome = run.check();
        System.out.println(set.name() + " on " + label(kernels) + " (" + outcome.tier() + "): " + outcome.recordings()
                + " recordings, " + outcome.runs() + " token sequences, worst distance per stage:" + outcome.errors().summary());
        assertTrue(outcome.runs() > 0, "the set holds no runs");
        assertEquals(List.of(), outcome.differences(), "differences from the reference");
        assertEquals(List.of(), outcome.errors().failures(), "stages beyond tolerance");
    }

    /** Every tier that this machine has, 1 and 2 threads. */
    static List<KernelOptions> tiers() {
        List<KernelOptions> tiers = new ArrayList<>();
        for (int threads = 1; threads <= 2; threads++) {
            tiers.add(new KernelOptions(Tier.SCALAR, threads, 0, Accuracy.FULL));
            for (int bits = 128; bits <= 512; bits *= 2) {
                tiers.add(new KernelOptions(Tier.VECTOR, threads, bits, Accuracy.FULL));
            }
            if (GoldenRun.x86Runs()) {
                tiers.add(new KernelOptions(Tier.X86, threads, 0, Accuracy.FULL));
            }
        }
        return tiers;
    }

    static String label(KernelOptions kernels) {
        String width = kernels.vectorBits() == 0 ? "" : "-" + kernels.vectorBits();
        return kernels.tier().name().toLowerCase(Locale.ROOT) + width + ", " + kernels.threads() + " threads";
    }
}
