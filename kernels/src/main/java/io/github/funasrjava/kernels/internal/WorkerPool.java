package io.github.funasrjava.kernels.internal;

import io.github.funasrjava.kernels.KernelsUnavailableException;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The calling thread and {@code threads - 1} daemon workers that share out the items of one operation after another.
 *
 * <p>The items are cut into as many equal runs of neighbours as there are threads. A thread claims the items of its own
 * run one by one, so that rows which it has written in one operation are still in its cache in the next, and that the
 * weights it reads are one stretch of memory; then it helps with what is left of the others'. So a thread that loses
 * its processor holds up at most the item it is in; a worker that never woke up is not waited for at all. Idle threads
 * spin for about 50 microseconds, which covers the gap between two operations of a forward pass, then park, which
 * leaves the processor to others.
 *
 * <p>{@link #run} is for one caller at a time and not reentrant.
 */
public final class WorkerPool implements AutoCloseable {
    /** Work that is cut into numbered items which may run in any order and at once. */
    @FunctionalInterface
    public interface Task {
        /**
         * Does one item.
         *
         * @param index 0 to {@code items - 1}
         * @param worker 0 (the caller of {@link #run}) to {@code threads - 1}; picks scratch memory
         */
        void item(int index, int worker);
    }

    private static final long SPIN_NANOS = 50_000;
    /** Spins between two looks at the clock. */
    private static final int SPINS_PER_CLOCK = 64;

    // Slots of `counters`, each on cache lines of its own (a line is 16 ints; neighbours are prefetched in pairs).
    private static final int OPERATION = 32;
    private static final int COMPLETED = 64;
    private static final int CALLER_PARKED = 96;
    /** Per thread one slot that says whether it is parked, then one with the unclaimed items of its run. */
    private static final int FIRST_THREAD = 128;
    private static final int SLOT_STRIDE = 32;

    private final int threads;
    private final Thread[] workers;
    private final AtomicIntegerArray counters;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean closed;

    // Written by the caller before the unclaimed counts are set; whoever claims an item sees them, and they stay until it is done.
    private Task task;
    private int items;
    private Thread caller;

    /**
     * Starts {@code threads - 1} workers.
     *
     * @throws KernelsUnavailableException when the system does not let so many threads start; none is left then
     */
    public WorkerPool(int threads) {
        this(threads, Thread::start);
    }

    WorkerPool(int threads, Consumer<Thread> starter) {
        if (threads < 1) {
            throw new IllegalArgumentException("a pool needs at least one thread, got " + threads);
        }
        this.threads = threads;
        this.counters = new AtomicIntegerArray(FIRST_THREAD + 2 * threads * SLOT_STRIDE);
        this.workers = new Thread[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            int worker = i + 1;
            workers[i] = Thread.ofPlatform().daemon().name("kernels-" + worker).unstarted(() -> work(worker));
        }
        int started = 0;
        try {
            for (Thread thread : workers) {
                starter.accept(thread);
                started++;
            }
        } catch (OutOfMemoryError e) {
            close();
            // It is not the heap that is full, although that is what the error is called.
            throw new KernelsUnavailableException("the system let only " + (started + 1) + " of " + threads
                    + " compute threads run: ask for fewer (--threads), or raise its limit on processes");
        }
    }

    /** Threads that compute, the calling one included. */
    public int threads() {
        return threads;
    }

    /** Worker threads, for checking that they may access an operand; the caller's is not among them. */
    Thread[] workers() {
        return workers;
    }

    /**
     * Runs all items and returns when the last one is done. When an item throws, the remaining items are dropped and
     * the first exception is thrown here.
     */
    public void run(Task work, int count) {
        if (closed) {
            throw new IllegalStateException("these kernels are closed");
        }
        if (threads == 1 || count <= 1) {
            for (int i = 0; i < count; i++) {
                work.item(i, 0);
            }
            return;
        }
        publish(work, count);
        runItems(0);
        awaitCompletion(count);
        task = null;
        Throwable thrown = failure.get();
        if (thrown != null) {
            failure.set(null);
            rethrow(thrown);
        }
    }

    private void publish(Task work, int count) {
        task = work;
        items = count;
        caller = Thread.currentThread();
        counters.setPlain(COMPLETED, 0);
        for (int thread = 0; thread < threads; thread++) {
            counters.set(unclaimedSlot(thread), runEnd(thread, count) - runEnd(thread - 1, count));
        }
        counters.set(OPERATION, counters.getPlain(OPERATION) + 1);
        int wake = Math.min(workers.length, count - 1);
        for (int worker = 1; worker <= wake; worker++) {
            if (counters.get(parkedSlot(worker)) != 0) {
                LockSupport.unpark(workers[worker - 1]);
            }
        }
    }

    /** Index behind the last item of a thread's run. */
    private int runEnd(int thread, int count) {
        return (int) ((long) count * (thread + 1) / threads);
    }

    /** Takes items of the thread's own run, then of the others', until none is left. */
    private void runItems(int worker) {
        for (int i = 0; i < threads; i++) {
            int run = worker + i < threads ? worker + i : worker + i - threads;
            while (claimAndRun(run, worker)) {
                // One after the other.
            }
        }
    }

    /** Takes one item of a run and does it; false when none was left. */
    private boolean claimAndRun(int run, int worker) {
        int unclaimed;
        do {
            unclaimed = counters.getAcquire(unclaimedSlot(run));
            if (unclaimed == 0) {
                return false;
            }
        } while (!counters.compareAndSet(unclaimedSlot(run), unclaimed, unclaimed - 1));
        // The item belongs to the operation published last: that one cannot end before this item is counted below.
        int count = items;
        try {
            if (failure.getPlain() == null) {
                task.item(runEnd(run, count) - unclaimed, worker);
            }
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
        if (counters.incrementAndGet(COMPLETED) == count && counters.get(CALLER_PARKED) != 0) {
            LockSupport.unpark(caller);
        }
        return true;
    }

    private void awaitCompletion(int count) {
        if (spinUntilCompleted(count)) {
            return;
        }
        counters.set(CALLER_PARKED, 1);
        boolean interrupted = false;
        while (counters.get(COMPLETED) != count) {
            LockSupport.park(this);
            // An interrupt must not turn the wait into a spin; it is handed on afterwards.
            interrupted |= Thread.interrupted();
        }
        counters.set(CALLER_PARKED, 0);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean spinUntilCompleted(int count) {
        long start = System.nanoTime();
        do {
            for (int i = 0; i < SPINS_PER_CLOCK; i++) {
                if (counters.getAcquire(COMPLETED) == count) {
                    return true;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - start < SPIN_NANOS);
        return false;
    }

    private void work(int worker) {
        int done = 0;
        while (!closed) {
            int operation = counters.get(OPERATION);
            if (operation != done) {
                done = operation;
                runItems(worker);
            } else if (!spinUntilAfter(done)) {
                counters.set(parkedSlot(worker), 1);
                // Looked at again after the flag is up: a caller that missed the flag has published before this.
                if (counters.get(OPERATION) == done && !closed) {
                    LockSupport.park(this);
                }
                counters.set(parkedSlot(worker), 0);
                Thread.interrupted();
            }
        }
    }

    private boolean spinUntilAfter(int operation) {
        long start = System.nanoTime();
        do {
            for (int i = 0; i < SPINS_PER_CLOCK; i++) {
                if (counters.getAcquire(OPERATION) != operation) {
                    return true;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - start < SPIN_NANOS);
        return false;
    }

    private static int parkedSlot(int worker) {
        return FIRST_THREAD + 2 * worker * SLOT_STRIDE;
    }

    private static int unclaimedSlot(int thread) {
        return FIRST_THREAD + (2 * thread + 1) * SLOT_STRIDE;
    }

    private static void rethrow(Throwable thrown) {
        switch (thrown) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(thrown);
        }
    }

    /** Stops the workers and waits for them; harmless when done twice. */
    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        for (Thread thread : workers) {
            LockSupport.unpark(thread);
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
