package io.github.funasrjava.kernels.internal;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * The calling thread and {@code threads - 1} daemon workers that share out the items of one operation after another.
 *
 * <p>Items are claimed one by one from a shared counter, so a thread that loses its processor holds up at most the
 * item it is in; a worker that never woke up is not waited for at all. Idle threads spin for about 50 microseconds,
 * which covers the gap between two operations of a forward pass, then park, which leaves the processor to others.
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
    private static final int UNCLAIMED = 32;
    private static final int COMPLETED = 64;
    private static final int CALLER_PARKED = 96;
    private static final int FIRST_WORKER_PARKED = 128;
    private static final int SLOT_STRIDE = 32;

    private final int threads;
    private final Thread[] workers;
    private final AtomicIntegerArray counters;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean closed;

    // Written by the caller before UNCLAIMED is set; whoever claims an item sees them, and they stay until it is done.
    private Task task;
    private int items;
    private Thread caller;

    /** Starts {@code threads - 1} workers. */
    public WorkerPool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a pool needs at least one thread, got " + threads);
        }
        this.threads = threads;
        this.counters = new AtomicIntegerArray(FIRST_WORKER_PARKED + threads * SLOT_STRIDE);
        this.workers = new Thread[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            int worker = i + 1;
            workers[i] = Thread.ofPlatform().daemon().name("kernels-" + worker).unstarted(() -> work(worker));
        }
        for (Thread thread : workers) {
            thread.start();
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
        while (claimAndRun(0)) {
            // Items are taken until none is left.
        }
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
        counters.set(UNCLAIMED, count);
        int wake = Math.min(workers.length, count - 1);
        for (int i = 0; i < wake; i++) {
            if (counters.get(parkedSlot(i + 1)) != 0) {
                LockSupport.unpark(workers[i]);
            }
        }
    }

    /** Takes one item and runs it; false when none was left. */
    private boolean claimAndRun(int worker) {
        int unclaimed;
        do {
            unclaimed = counters.getAcquire(UNCLAIMED);
            if (unclaimed == 0) {
                return false;
            }
        } while (!counters.compareAndSet(UNCLAIMED, unclaimed, unclaimed - 1));
        // The item belongs to the operation published last: that one cannot end before this item is counted below.
        int count = items;
        try {
            if (failure.getPlain() == null) {
                task.item(count - unclaimed, worker);
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
        while (!closed) {
            if (!claimAndRun(worker) && !spinUntilWork()) {
                counters.set(parkedSlot(worker), 1);
                // Looked at again after the flag is up: a caller that missed the flag has published before this.
                if (counters.get(UNCLAIMED) == 0 && !closed) {
                    LockSupport.park(this);
                }
                counters.set(parkedSlot(worker), 0);
                Thread.interrupted();
            }
        }
    }

    private boolean spinUntilWork() {
        long start = System.nanoTime();
        do {
            for (int i = 0; i < SPINS_PER_CLOCK; i++) {
                if (counters.getAcquire(UNCLAIMED) != 0) {
                    return true;
                }
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - start < SPIN_NANOS);
        return false;
    }

    private static int parkedSlot(int worker) {
        return FIRST_WORKER_PARKED + (worker - 1) * SLOT_STRIDE;
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
