package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Many damaged files of one format under the {@link FuzzOracle}, which must also print nothing. */
final class FuzzLoop {
    private FuzzLoop() {}

    /**
     * Reads damaged copies of {@code originals} until {@code inputs} or {@code nanos} are over. With the properties
     * {@code fuzz.seed} and {@code fuzz.input}, which a failure names, reads that one only.
     */
    static void run(String target, List<byte[]> originals, long inputs, long nanos) {
        long seed = Long.getLong("fuzz.seed", System.nanoTime());
        long first = Long.getLong("fuzz.input", 0);
        long last = Long.getLong("fuzz.input", inputs - 1);
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream capture = new PrintStream(printed, true, StandardCharsets.UTF_8);
        AtomicLong number = new AtomicLong(first);
        AtomicLong decoded = new AtomicLong();
        System.setOut(capture);
        System.setErr(capture);
        try {
            BoundedRun.run(() -> {
                long began = System.nanoTime();
                for (long n = first; n <= last && System.nanoTime() - began < nanos; n++) {
                    number.set(n);
                    decoded.addAndGet(FuzzOracle.check(input(originals, seed, n), Audio.OWN) ? 1 : 0);
                    assertEquals("", printed.toString(StandardCharsets.UTF_8), "printed");
                }
            }, number::get);
        } catch (Throwable t) {
            throw new AssertionError(t.getMessage() + "; " + target + ", -Dfuzz.seed=" + seed + " -Dfuzz.input=" + number + " is "
                    + FuzzOracle.print(input(originals, seed, number.get())), t);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        long tried = number.get() - first + 1;
        // The originals alone prove little: some damaged files must decode, and some must not.
        assertTrue(tried < 1000 || (decoded.get() > tried / 100 && decoded.get() < tried), decoded + " of " + tried + " decoded");
        System.out.println("fuzzed " + target + ": " + tried + " inputs, " + decoded + " decoded");
    }

    /** Each input is a function of its seed and number alone. */
    private static byte[] input(List<byte[]> originals, long seed, long number) {
        SplittableRandom random = new SplittableRandom(seed + number);
        return ByteMutations.damaged(originals.get(random.nextInt(originals.size())), random);
    }
}
