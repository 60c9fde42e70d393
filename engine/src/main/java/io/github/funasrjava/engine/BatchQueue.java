package io.github.funasrjava.engine;

import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.kernels.KernelsUnavailableException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Where segments of concurrent requests wait for the model and are recognised together. Whoever gets the model next
 * takes along what waits behind it and is asked the same way, up to the batch size: a caller that is alone does not
 * wait for others, and callers that came while the model was busy share one pass over the weights. A row's result does
 * not depend on the rows beside it, so that nobody's text changes. Thread-safe.
 */
final class BatchQueue {
    private final LoadedModel model;
    private final ReentrantLock forwardPass;
    private final int batchSize;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

    /** One caller's segments; its fields but the first four belong to whoever holds the model. */
    private static final class Waiting {
        final List<Features> segments;
        final Recognizer.Task task;
        final BooleanSupplier cancelled;
        final StageClock clock;
        Optional<List<Recognizer.Answer>> answers = Optional.empty();
        Optional<Throwable> failure = Optional.empty();

        Waiting(List<Features> segments, Recognizer.Task task, BooleanSupplier cancelled, StageClock clock) {
            this.segments = segments;
            this.task = task;
            this.cancelled = cancelled;
            this.clock = clock;
        }

        boolean answered() {
            return answers.isPresent() || failure.isPresent();
        }

        int rows() {
            return segments.stream().mapToInt(Features::rows).sum();
        }
    }

    /**
     * @param forwardPass held while the model computes
     * @param batchSize segments that are recognised together
     */
    BatchQueue(LoadedModel model, ReentrantLock forwardPass, int batchSize) {
        this.model = model;
        this.forwardPass = forwardPass;
        this.batchSize = batchSize;
    }

    /**
     * One answer per segment, in their order. Waits for the model.
     *
     * @param clock gets this caller's share of the time, by rows
     * @throws CancelledException when {@code cancelled} said so; callers that share the pass go on
     */
    List<Recognizer.Answer> recognize(List<Features> segments, Recognizer.Task task, BooleanSupplier cancelled, StageClock clock) {
        Waiting mine = new Waiting(segments, task, cancelled, clock);
        synchronized (waiting) {
            waiting.add(mine);
        }
        forwardPass.lock();
        try {
            while (!mine.answered()) {
                run(nextBatch());
            }
        } finally {
            forwardPass.unlock();
        }
        if (mine.failure.isPresent()) {
            switch (mine.failure.get()) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new IllegalStateException(e);
            }
        }
        return mine.answers.orElseThrow();
    }

    /**
     * Recognises one segment again on the scalar kernels, after the usual ones gave what is not a number. Waits for the
     * model.
     *
     * @return empty where the usual ones are the scalar ones
     */
    Optional<Recognizer.Answer> recognizeOnScalarKernels(Features segment, Recognizer.Task task, BooleanSupplier cancelled,
            StageClock clock) {
        forwardPass.lock();
        try {
            model.requireOpen();
            // The prompt's keys and values came from the same kernels.
            model.generator.forgetPrefixes();
            return model.onScalarKernels().map(scalar ->
                    new Recognizer(scalar, clock, StageTap.NONE).recognize(List.of(segment), task, cancelled).getFirst());
        } finally {
            forwardPass.unlock();
        }
    }

    /** The oldest waiting one and those that can share its pass. */
    private List<Waiting> nextBatch() {
        List<Waiting> batch = new ArrayList<>();
        synchronized (waiting) {
            Waiting first = waiting.remove();
            batch.add(first);
            int count = first.segments.size();
            for (Iterator<Waiting> i = waiting.iterator(); i.hasNext() && count < batchSize;) {
                Waiting next = i.next();
                if (count + next.segments.size() <= batchSize && next.task.asksLike(first.task)) {
                    i.remove();
                    batch.add(next);
                    count += next.segments.size();
                }
            }
        }
        return batch;
    }

    private void run(List<Waiting> batch) {
        try {
            answer(batch);
        } catch (RuntimeException | Error e) {
            if (model.kernels.lost().isPresent()) {
                // Any of them may have brought the device down; none is tried again.
                Throwable lost = e instanceof KernelsUnavailableException ? new DeviceException(e.getMessage(), e) : e;
                batch.forEach(one -> one.failure = Optional.of(lost));
            } else if (batch.size() == 1) {
                batch.getFirst().failure = Optional.of(e instanceof KernelsUnavailableException
                        ? new DeviceException(e.getMessage(), e) : e);
            } else {
                // Whoever brought it up fails alone.
                batch.forEach(one -> run(List.of(one)));
            }
        }
    }

    private void answer(List<Waiting> batch) {
        model.requireOpen();
        StageClock clock = new StageClock();
        List<Features> rows = batch.stream().flatMap(one -> one.segments.stream()).toList();
        BooleanSupplier allCancelled = () -> batch.stream().allMatch(one -> one.cancelled.getAsBoolean());
        List<Recognizer.Answer> answers =
                new Recognizer(model, clock, StageTap.NONE).recognize(rows, batch.getFirst().task, allCancelled);
        int all = batch.stream().mapToInt(Waiting::rows).sum();
        int from = 0;
        for (Waiting one : batch) {
            one.clock.addShare(clock, one.rows() / (double) all);
            one.answers = Optional.of(List.copyOf(answers.subList(from, from + one.segments.size())));
            from += one.segments.size();
        }
    }
}
