package io.github.funasrjava.engine;

import io.github.funasrjava.engine.align.AlignedToken;
import io.github.funasrjava.engine.align.ForcedAlignment;
import io.github.funasrjava.engine.align.FrameScores;
import io.github.funasrjava.engine.align.TimedWord;
import io.github.funasrjava.engine.align.WordTimes;
import io.github.funasrjava.engine.decode.Draft;
import io.github.funasrjava.engine.decode.Generation;
import io.github.funasrjava.engine.decode.GenerationRequest;
import io.github.funasrjava.engine.decode.TextDraft;
import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.model.CtcHead;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.engine.text.TextCleanup;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.tokenizer.CtcTokenizer;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;

/**
 * Features of a batch of segments to answers: encoder, CTC branch where wanted, adaptor, decoder. Collects the time of
 * each stage. Not thread-safe.
 */
final class Recognizer {
    private final LoadedModel model;
    private final StageClock clock;
    private final StageTap tap;

    Recognizer(LoadedModel model, StageClock clock, StageTap tap) {
        this.model = model;
        this.clock = clock;
        this.tap = tap;
    }

    /**
     * What is asked of the decoder.
     *
     * @param prefixIds prompt before the audio
     * @param suffixIds prompt after the audio
     * @param maxNewTokens limit per segment
     * @param ignoreEndOfText whether exactly {@code maxNewTokens} tokens are wanted; for measuring
     * @param wantCtc whether the CTC branch is to run
     * @param wordTimes whether words are to be aligned; needs the CTC branch
     * @param draft a draft per segment that replaces the CTC text as draft; for measuring
     */
    record Task(int[] prefixIds, int[] suffixIds, int maxNewTokens, boolean ignoreEndOfText, boolean wantCtc,
            boolean wordTimes, Optional<IntFunction<Draft>> draft) {
        /** Whether segments of both tasks can be recognised together, as one task. */
        boolean asksLike(Task other) {
            return this == other || draft.isEmpty() && other.draft.isEmpty() && maxNewTokens == other.maxNewTokens
                    && ignoreEndOfText == other.ignoreEndOfText && wantCtc == other.wantCtc && wordTimes == other.wordTimes
                    && Arrays.equals(prefixIds, other.prefixIds) && Arrays.equals(suffixIds, other.suffixIds);
        }
    }

    /**
     * One segment's answer.
     *
     * @param generation tokens and why they ended
     * @param response the tokens as text, not cleaned
     * @param words words of the cleaned text with times from the segment's begin, when they were asked for
     * @param ctcText text of the CTC branch, when it ran
     * @param audioTokens audio positions in the prompt
     */
    record Answer(Generation generation, String response, List<TimedWord> words, Optional<String> ctcText, int audioTokens) {}

    /**
     * What the CTC branch made of a batch.
     *
     * @param rows input of its head, one row per frame
     * @param spans the segments' frames
     * @param texts what it reads
     */
    private record CtcReading(Matrix rows, RowSpans spans, List<String> texts) {}

    /** Low-frame-rate features of {@code samples[from .. to - 1]}. */
    Features features(float[] samples, int from, int to) {
        long begin = System.nanoTime();
        Features rows = model.lowFrameRate.apply(model.fbank.compute(samples, from, to));
        clock.fbankNanos += System.nanoTime() - begin;
        return rows;
    }

    /** Recognises all segments together; each must have at least one row. */
    List<Answer> recognize(List<Features> segments, Task task, BooleanSupplier cancelled) {
        int[] lengths = segments.stream().mapToInt(Features::rows).toArray();
        RowSpans spans = RowSpans.ofLengths(lengths);
        long begin = System.nanoTime();
        Matrix encoded = model.encoder.encode(segments, spans, tap);
        clock.encoderNanos += System.nanoTime() - begin;
        requireRunning(cancelled);

        Optional<CtcReading> ctc = task.wantCtc() ? model.ctc.map(head -> readCtc(head, encoded, spans)) : Optional.empty();
        begin = System.nanoTime();
        int[] audioTokens = new int[lengths.length];
        for (int s = 0; s < lengths.length; s++) {
            audioTokens[s] = model.config.adaptor().audioTokens(model.adaptor.outputRows(lengths[s]));
        }
        RowSpans kept = RowSpans.ofLengths(audioTokens);
        Matrix audio = model.adaptor.project(encoded, spans, kept, "adp", tap);
        clock.adaptorNanos += System.nanoTime() - begin;
        requireRunning(cancelled);

        List<GenerationRequest> requests = new ArrayList<>();
        for (int s = 0; s < lengths.length; s++) {
            requests.add(new GenerationRequest(task.prefixIds(), audio.rows(kept.start(s), audioTokens[s]),
                    task.suffixIds(), draft(task, s, ctc), task.maxNewTokens(), task.ignoreEndOfText()));
        }
        model.generator.resetTimers();
        List<Generation> generations = model.generator.generate(requests, tap, cancelled);
        clock.prefillNanos += model.generator.prefillNanos();
        clock.decodeNanos += model.generator.decodeNanos();
        List<Answer> answers = new ArrayList<>();
        for (int s = 0; s < lengths.length; s++) {
            Generation generation = generations.get(s);
            String response = model.tokenizer.decode(generation.tokens(), true);
            List<TimedWord> words = task.wordTimes() && ctc.isPresent()
                    ? words(TextCleanup.text(response), ctc.get(), s)
                    : List.of();
            int segment = s;
            answers.add(new Answer(generation, response, words, ctc.map(reading -> reading.texts().get(segment)),
                    audioTokens[s]));
        }
        return answers;
    }

    private Draft draft(Task task, int segment, Optional<CtcReading> ctc) {
        if (task.draft().isPresent()) {
            return task.draft().get().apply(segment);
        }
        return ctc.map(reading -> reading.texts().get(segment)).filter(text -> !text.isEmpty())
                .<Draft>map(text -> new TextDraft(text, model.tokenizer::encodeOrdinary,
                        ids -> model.tokenizer.decode(ids, true)))
                .orElse(Draft.NONE);
    }

    private CtcReading readCtc(CtcHead head, Matrix encoded, RowSpans spans) {
        long begin = System.nanoTime();
        Matrix rows = head.decode(encoded, spans, tap);
        TopToken[] best = head.best(rows);
        int[] lengths = new int[spans.count()];
        List<String> texts = new ArrayList<>();
        int row = 0;
        for (int s = 0; s < lengths.length; s++) {
            lengths[s] = head.outputRows(spans.length(s));
            int[] frames = new int[lengths[s]];
            for (int t = 0; t < frames.length; t++) {
                frames[t] = best[row++].id();
            }
            texts.add(model.ctcTokenizer.orElseThrow().transcript(head.collapse(frames)));
        }
        clock.ctcNanos += System.nanoTime() - begin;
        return new CtcReading(rows, RowSpans.ofLengths(lengths), texts);
    }

    /**
     * Times of the words of the final text by forced alignment. A text with more tokens than the segment has frames
     * takes its times from what the CTC branch itself heard.
     */
    private List<TimedWord> words(String text, CtcReading ctc, int segment) {
        long begin = System.nanoTime();
        CtcHead head = model.ctc.orElseThrow();
        CtcTokenizer tokens = model.ctcTokenizer.orElseThrow();
        try (Arena arena = Arena.ofShared()) {
            Matrix rows = ctc.rows().rows(ctc.spans().start(segment), ctc.spans().length(segment));
            Matrix logProbabilities = Matrix.allocate(arena, rows.rows(), head.classes());
            head.logProbabilities(rows, logProbabilities);
            FrameScores scores = new FrameScores() {
                @Override
                public int frames() {
                    return logProbabilities.rows();
                }

                @Override
                public float at(int frame, int token) {
                    return token < logProbabilities.cols() ? logProbabilities.get(frame, token) : Float.NEGATIVE_INFINITY;
                }
            };
            List<TimedWord> words = WordTimes.of(text,
                    ForcedAlignment.align(scores, tokens.encode(text), head.blankId()), tokens::bytes);
            if (words.isEmpty()) {
                String heard = ctc.texts().get(segment);
                words = WordTimes.transferred(text, heard,
                        ForcedAlignment.align(scores, tokens.encode(heard), head.blankId()), tokens::bytes,
                        rows.rows() * (double) AlignedToken.FRAME_MS);
            }
            return words;
        } finally {
            clock.ctcNanos += System.nanoTime() - begin;
        }
    }

    private static void requireRunning(BooleanSupplier cancelled) {
        if (cancelled.getAsBoolean()) {
            throw new CancelledException("cancelled before decoding");
        }
    }
}
