package io.github.funasrjava.kernels.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LoopChoiceTest {
    /** Trials until the choice is another one, at most 1,000. */
    private static int trialsUntilItTurns(LoopChoice loop, double plain, double prefetching) {
        boolean before = loop.plain();
        int trials = 0;
        while (loop.plain() == before && trials < 1000) {
            loop.took(plain, prefetching);
            trials++;
        }
        return trials;
    }

    @Test
    void leavesTheSlowerLoopSoonAndComesBack() {
        LoopChoice loop = new LoopChoice();
        assertTrue(loop.plain(), "at first");
        assertTrue(trialsUntilItTurns(loop, 1.2, 1) < 20);
        assertFalse(loop.plain());
        assertTrue(trialsUntilItTurns(loop, 1, 1.1) < 20);
        assertTrue(loop.plain());
    }

    @Test
    void beginsAnewWithTheLoopItIsTold() {
        LoopChoice loop = new LoopChoice();
        loop.assume(false);
        assertFalse(loop.plain());
        assertTrue(trialsUntilItTurns(loop, 1, 1.2) < 20);
        loop.assume(true);
        assertTrue(loop.plain());
    }

    @Test
    void oneInterruptedTrialDoesNotTurnIt() {
        LoopChoice loop = new LoopChoice();
        loop.took(1e9, 1);
        assertTrue(loop.plain());
    }

    @Test
    void aClockThatStandsStillSaysNothing() {
        LoopChoice loop = new LoopChoice();
        for (int i = 0; i < 100; i++) {
            loop.took(0, 0);
            loop.took(1, 0);
        }
        assertEquals(1, trialsAfter(loop), "one slower trial for each of those that count");
    }

    private static int trialsAfter(LoopChoice loop) {
        LoopChoice fresh = new LoopChoice();
        return trialsUntilItTurns(loop, 1.2, 1) - trialsUntilItTurns(fresh, 1.2, 1) + 1;
    }

    @Test
    void triesRarelyAndWithBothLoopsFirstByTurns() {
        LoopChoice loop = new LoopChoice();
        int trials = 0;
        boolean[] first = new boolean[64];
        for (int call = 0; call < 64 * 16; call++) {
            if (loop.tries()) {
                first[trials++] = loop.plainFirst();
            }
        }
        assertEquals(64, trials);
        for (int i = 1; i < trials; i++) {
            assertNotEquals(first[i - 1], first[i]);
        }
    }
}
