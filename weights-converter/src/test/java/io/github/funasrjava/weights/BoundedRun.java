package io.github.funasrjava.weights;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * Runs the work on inputs on a thread of its own and fails when one input takes too much processor time, also when it never
 * ends. Time on the clock would say how busy the machine is.
 */
final class BoundedRun {
    /** A thousand times what the worst input needs; an endless loop reaches it anywhere. */
    static final long MAX_CPU_NANOS = 20_000_000_000L;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final ExecutorService WORKERS = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());

    private BoundedRun() {}

    /** Runs {@code work} on one input. */
    static void one(Runnable work) {
        run(work, () -> 0);
    }

    /**
     * Runs {@code work} on many inputs.
     *
     * @param input the number of the one at work; asked for from another thread
     */
    static void run(Runnable work, LongSupplier input) {
        Thread[] worker = new Thread[1];
        FutureTask<Void> task = new FutureTask<>(() -> {
            synchronized (worker) {
                worker[0] = Thread.currentThread();
            }
            work.run();
            return null;
        });
        WORKERS.execute(task);
        long number = -1;
        long began = 0;
        while (true) {
            try {
                task.get(1, TimeUnit.SECONDS);
                return;
            } catch (TimeoutException e) {
                Thread thread;
                synchronized (worker) {
                    thread = worker[0];
                }
                if (thread == null) {
                    continue;
                }
                long cpu = THREADS.getThreadCpuTime(thread.threadId());
                long now = input.getAsLong();
                if (now != number) {
                    number = now;
                    began = cpu;
                } else if (cpu - began > MAX_CPU_NANOS) {
                    AssertionError endless = new AssertionError("input " + number + " is still at work after " + (cpu - began) / 1_000_000
                            + " ms of processor time, here:");
                    endless.setStackTrace(thread.getStackTrace());
                    throw endless;
                }
            } catch (ExecutionException e) {
                throw new AssertionError(e.getCause().getMessage(), e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
    }
}
