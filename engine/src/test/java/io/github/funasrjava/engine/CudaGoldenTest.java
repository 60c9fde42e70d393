package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelOptions.Tier;
import io.github.funasrjava.kernels.cuda.InterpretedCuda;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The whole model on the CUDA kernels, which an interpreter of their PTX runs: every stage and token of the reference. No
 * GPU is needed, and none is tested. The stand-in for the driver starts nothing before somebody waits, so a place where the
 * engine reads rows without waiting shows here too.
 */
@Tag("long")
class CudaGoldenTest {
    @TempDir
    static Path cache;

    @ParameterizedTest
    @ValueSource(ints = {75, 80})
    void reproducesTheReferenceOnInterpretedKernels(int architecture) {
        List<GoldenSet> sets = GoldenSet.under(GoldenSet.directory());
        assertTrue(!sets.isEmpty(), GoldenSet.directory() + " holds no set");
        for (GoldenSet set : sets) {
            KernelOptions options = KernelOptions.defaults().withTier(Tier.SCALAR).withThreads(1);
            GoldenRun.Outcome outcome = new GoldenRun(set, cache, options, scalar -> {
                scalar.close();
                return InterpretedCuda.open(architecture, options);
            }).check();
            System.out.println(set.name() + " on " + outcome.tier() + ", interpreted: " + outcome.recordings() + " recordings, "
                    + outcome.runs() + " token sequences, worst distance per stage:" + outcome.errors().summary());
            assertTrue(outcome.runs() > 0, "the set holds no runs");
            assertEquals(List.of(), outcome.differences(), set.name() + ": differences from the reference");
            assertEquals(List.of(), outcome.errors().failures(), set.name() + ": stages beyond tolerance");
        }
    }
}
