package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.function.Executable;

/** What every refusal must be: typed, one line, naming what was looked for; and, where a row asks for it, cheap. */
final class Refusals {
    private Refusals() {}

    /** Runs {@code work}, which must refuse with this kind and with all these words in its message. */
    static WeightsException refused(Kind kind, Executable work, String... words) {
        WeightsException e = assertThrows(WeightsException.class, work);
        assertEquals(kind, e.kind(), e.getMessage());
        for (String word : words) {
            assertTrue(e.getMessage().contains(word), "\"" + word + "\" in: " + e.getMessage());
        }
        assertFalse(e.getMessage().contains("\n"), "one line: " + e.getMessage());
        assertTrue(e.getMessage().endsWith("."), "a sentence: " + e.getMessage());
        return e;
    }

    /** The same, in at most {@code ms} of processor time and {@code bytes} of allocation once the code is warm. */
    static void refusedWithin(long ms, long bytes, Kind kind, Executable work, String... words) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bestNs = Long.MAX_VALUE;
        long leastBytes = Long.MAX_VALUE;
        // The least of many: what a busy machine adds, late compilation first of all, must not decide.
        for (int i = 0; i < 200 && (bestNs > ms * 1_000_000 || leastBytes > bytes); i++) {
            long allocated = threads.getCurrentThreadAllocatedBytes();
            long start = threads.getCurrentThreadCpuTime();
            refused(kind, work, words);
            bestNs = Math.min(bestNs, threads.getCurrentThreadCpuTime() - start);
            leastBytes = Math.min(leastBytes, threads.getCurrentThreadAllocatedBytes() - allocated);
        }
        assertTrue(bestNs <= ms * 1_000_000, "took " + bestNs / 1e6 + " ms of at most " + ms);
        assertTrue(leastBytes <= bytes, "allocated " + leastBytes + " of at most " + bytes + " bytes");
    }
}
