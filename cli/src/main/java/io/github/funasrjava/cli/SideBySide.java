package io.github.funasrjava.cli;

import io.github.funasrjava.engine.Transcript;
import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Transcriptions at the same time. The next one begins as soon as the one before has been read to its end, while its
 * last segments, or those of several short recordings, are recognised together; two long recordings are never read at
 * once, so that the memory and the wait for the first result do not grow with the list. Results come in the order in
 * which the work was given. For one thread, on which all results are delivered.
 */
final class SideBySide implements AutoCloseable {
    /** Pause between two looks at what the person should see. */
    private static final long TICK_MS = 250;

    private final int most;
    private final Runnable tick;
    private final ExecutorService threads;
    private final ArrayDeque<Running> running = new ArrayDeque<>();
    /** Guards the waiting for {@link Running#read} and for the end of work. */
    private final Object changed = new Object();

    /** One transcription on its thread. */
    private final class Running {
        final FutureTask<Transcript> task;
        final Consumer<Supplier<Transcript>> delivery;
        /** Guarded by {@link #changed}. */
        boolean read;

        Running(Function<Runnable, Transcript> work, Consumer<Supplier<Transcript>> delivery) {
            this.delivery = delivery;
            this.task = new FutureTask<>(() -> work.apply(this::markRead)) {
                @Override
                protected void done() {
                    markRead();
                }
            };
        }

        private void markRead() {
            synchronized (changed) {
                read = true;
                changed.notifyAll();
            }
        }

        void deliver() {
            delivery.accept(() -> {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException(e);
                } catch (ExecutionException e) {
                    switch (e.getCause()) {
                        case RuntimeException failure -> throw failure;
                        case Error failure -> throw failure;
                        case Throwable failure -> throw new IllegalStateException(failure);
                    }
                }
            });
        }
    }

    /**
     * @param most how many recordings may be under way
     * @param tick called a few times a second while this waits
     */
    SideBySide(int most, Runnable tick) {
        this.most = most;
        this.tick = tick;
        AtomicInteger number = new AtomicInteger();
        this.threads = Executors.newFixedThreadPool(most, work -> {
            Thread thread = new Thread(work, "transcribe-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Begins a transcription, and returns when another one may begin. Delivers what is finished meanwhile.
     *
     * @param work runs on another thread, and calls what it is given when the recording has been read to its end
     * @param delivery gets the transcript; asking for it throws what the work threw. What the delivery itself throws
     *     ends this call
     */
    void add(Function<Runnable, Transcript> work, Consumer<Supplier<Transcript>> delivery) {
        while (running.size() >= most) {
            deliverOldest();
        }
        Running begun = new Running(work, delivery);
        running.add(begun);
        threads.execute(begun.task);
        while (!isRead(begun)) {
            await(() -> begun.read || oldestIsDone());
            deliverFinished();
        }
        deliverFinished();
    }

    /** Waits for everything and delivers it. */
    void finish() {
        while (!running.isEmpty()) {
            deliverOldest();
        }
    }

    private void deliverOldest() {
        while (!oldestIsDone()) {
            await(this::oldestIsDone);
        }
        running.removeFirst().deliver();
    }

    private void deliverFinished() {
        while (oldestIsDone()) {
            running.removeFirst().deliver();
        }
    }

    private boolean oldestIsDone() {
        return !running.isEmpty() && running.getFirst().task.isDone();
    }

    private boolean isRead(Running one) {
        synchronized (changed) {
            return one.read;
        }
    }

    /** Until this is so, or it is time for a look. */
    private void await(BooleanSupplier state) {
        synchronized (changed) {
            try {
                if (!state.getAsBoolean()) {
                    changed.wait(TICK_MS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
        tick.run();
    }

    /** Gives up what is not delivered; its threads end with their next step. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
