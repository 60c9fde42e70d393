package io.github.funasrjava.kernels.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.KernelsUnavailableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(600)
class WorkerPoolTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void runsEveryItemOfEveryOperationExactlyOnce(int threads) {
        try (WorkerPool pool = new WorkerPool(threads)) {
            for (int operation = 0; operation < 20_000; operation++) {
                int items = operation % 17;
                AtomicIntegerArray done = new AtomicIntegerArray(items);
                pool.run((index, worker) -> done.incrementAndGet(index), items);
                for (int i = 0; i < items; i++) {
                    assertEquals(1, done.get(i), "item " + i + " of operation " + operation);
                }
            }
        }
    }

    @Test
    void makesPlainWritesOfWorkersVisibleToTheCallerAndToTheNextOperation() {
        try (WorkerPool pool = new WorkerPool(2)) {
            int[] cells = new int[64];
            for (int operation = 0; operation < 50_000; operation++) {
                pool.run((index, worker) -> cells[index] = cells[63 - index] + 1, 32);
                pool.run((index, worker) -> cells[63 - index] = cells[index], 32);
            }
            for (int cell : cells) {
                assertEquals(50_000, cell);
            }
        }
    }

    @Test
    void usesEveryWorkerNumberBelowTheThreadCountOnly() {
        try (WorkerPool pool = new WorkerPool(3)) {
            AtomicIntegerArray seen = new AtomicIntegerArray(3);
            long end = System.nanoTime() + 120_000_000_000L;
            while ((seen.get(1) == 0 || seen.get(2) == 0) && System.nanoTime() < end) {
                pool.run((index, worker) -> {
                    seen.incrementAndGet(worker);
                    LockSupport.parkNanos(100_000);
                }, 9);
            }
            assertTrue(seen.get(0) > 0 && seen.get(1) > 0 && seen.get(2) > 0, seen.toString());
        }
    }

    @Test
    void wakesParkedWorkersAndWaitsParkedForSlowOnes() {
        try (WorkerPool pool = new WorkerPool(2)) {
            for (int round = 0; round < 20; round++) {
                LockSupport.parkNanos(2_000_000);
                AtomicInteger byWorker = new AtomicInteger();
                pool.run((index, worker) -> {
                    byWorker.addAndGet(worker);
                    // The caller holds its first item until the worker has come, however busy the machine is.
                    long end = System.nanoTime() + 20_000_000_000L;
                    while (worker == 0 && byWorker.get() == 0 && System.nanoTime() < end) {
                        LockSupport.parkNanos(1_000_000);
                    }
                    LockSupport.parkNanos(worker == 0 ? 0 : 3_000_000);
                }, 4);
                assertTrue(byWorker.get() > 0, "the worker slept through round " + round);
            }
        }
    }

    @Test
    void helpsWithTheItemsOfAThreadThatIsHeldUp() {
        try (WorkerPool pool = new WorkerPool(2)) {
            AtomicInteger done = new AtomicInteger();
            pool.run((index, worker) -> {
                // Items 0 to 4 are the caller's own run: while it is held up in its first one, the worker does the rest.
                long end = System.nanoTime() + 20_000_000_000L;
                while (worker == 0 && done.get() < 9 && System.nanoTime() < end) {
                    LockSupport.parkNanos(1_000_000);
                }
                done.incrementAndGet();
            }, 10);
            assertEquals(10, done.get());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void handsTheFirstExceptionToTheCallerAndGoesOn(int threads) {
        try (WorkerPool pool = new WorkerPool(threads)) {
            for (int round = 0; round < 1000; round++) {
                int bad = round % 10;
                IllegalStateException thrown = new IllegalStateException("item " + bad);
                assertSame(thrown, assertThrows(IllegalStateException.class, () -> pool.run((index, worker) -> {
                    if (index == bad) {
                        throw thrown;
                    }
                }, 10)));
                AtomicInteger done = new AtomicInteger();
                pool.run((index, worker) -> done.incrementAndGet(), 10);
                assertEquals(10, done.get());
            }
        }
    }

    @Test
    void handsErrorsOfWorkersToTheCaller() {
        try (WorkerPool pool = new WorkerPool(2)) {
            assertThrows(AssertionError.class, () -> pool.run((index, worker) -> {
                LockSupport.parkNanos(1_000_000);
                if (worker == 1) {
                    throw new AssertionError("from a worker");
                }
            }, 20_000));
        }
    }

    @Test
    void keepsTheCallersInterrupt() {
        try (WorkerPool pool = new WorkerPool(2)) {
            Thread.currentThread().interrupt();
            pool.run((index, worker) -> LockSupport.parkNanos(3_000_000), 3);
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void closeEndsTheThreadsAndRefusesMoreWork() {
        WorkerPool pool = new WorkerPool(3);
        Thread[] workers = pool.workers().clone();
        assertTrue(Arrays.stream(workers).allMatch(t -> t.isAlive() && t.isDaemon()));
        pool.close();
        pool.close();
        assertFalse(Arrays.stream(workers).anyMatch(Thread::isAlive));
        assertThrows(IllegalStateException.class, () -> pool.run((index, worker) -> {}, 1));
    }

    @Test
    void rejectsAPoolWithoutThreads() {
        assertThrows(IllegalArgumentException.class, () -> new WorkerPool(0));
    }

    @Test
    void leavesNoThreadBehindWhenTheSystemRefusesOne() throws InterruptedException {
        List<Thread> started = new ArrayList<>();
        KernelsUnavailableException refused = assertThrows(KernelsUnavailableException.class, () -> new WorkerPool(5, thread -> {
            if (started.size() == 2) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            thread.start();
            started.add(thread);
        }));
        assertEquals("the system let only 3 of 5 compute threads run: ask for fewer (--threads), or raise its limit on processes",
                refused.getMessage());
        assertEquals(2, started.size());
        for (Thread thread : started) {
            assertFalse(thread.isAlive(), thread.getName());
        }
    }
}
