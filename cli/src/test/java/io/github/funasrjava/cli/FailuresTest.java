package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What a person reads of a failure that is no exception of ours. */
class FailuresTest {
    /** The words of HotSpot. */
    @Test
    void threadThatTheSystemRefusesIsNoLackOfHeap() {
        Error refused = new OutOfMemoryError("unable to create native thread: possibly out of memory or process/resource limits reached");
        assertEquals(ExitCode.LIMIT, ExitCode.of(refused));
        String sentence = Failures.sentence(refused);
        assertFalse(sentence.contains("-Xmx"), sentence);
        assertTrue(sentence.contains("limit on processes and threads") && sentence.contains("--threads"), sentence);
    }

    @Test
    void lackOfHeapNamesTheOptionThatGivesMore() {
        String sentence = Failures.sentence(new OutOfMemoryError("Java heap space"));
        assertTrue(sentence.contains("Java heap space") && sentence.contains("-Xmx"), sentence);
    }
}
