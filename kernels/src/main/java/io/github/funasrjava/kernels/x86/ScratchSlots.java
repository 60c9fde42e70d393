package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;

/** Who uses which block of the tier's scratch memory. */
final class ScratchSlots {
    /** Activations packed for a product. */
    static final int ACTIVATIONS = 0;
    /** What an operation prepares once for all workers: taps, partial results. */
    static final int SHARED = 1;
    /** A product's result, packed for the next product. */
    static final int NEXT_ACTIVATIONS = 2;
    private static final int FIRST_WORKER = 3;

    private ScratchSlots() {}

    /** The block that belongs to one worker. */
    static int worker(int worker) {
        return FIRST_WORKER + worker;
    }

    /** Makes every worker's block at least so large; before work is handed out. */
    static void reserveForWorkers(Scratch scratch, WorkerPool pool, long bytes) {
        for (int worker = 0; worker < pool.threads(); worker++) {
            scratch.get(worker(worker), bytes);
        }
    }

    static Scratch allocate(WorkerPool pool) {
        return new Scratch(FIRST_WORKER + pool.threads());
    }

    /** As {@link #allocate}, where the calling thread does all the work. */
    static Scratch allocateForThisThread() {
        return Scratch.ofThisThread(FIRST_WORKER + 1);
    }
}
