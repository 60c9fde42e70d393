package io.github.funasrjava.engine;

import io.github.funasrjava.engine.align.TimedWord;
import io.github.funasrjava.engine.decode.Draft;
import io.github.funasrjava.engine.decode.Generation;
import io.github.funasrjava.engine.decode.GenerationRequest;
import io.github.funasrjava.engine.decode.TextDraft;
import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.engine.text.Prompt;
import io.github.funasrjava.engine.text.TextCleanup;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
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
     * @param hotwords the words that {@code prefixIds} names
     * @param choice gives each segment a prefix of its own with the hotwords that it says; needs the CTC branch
     * @param maxNewTokens limit per segment
     * @param ignoreEndOfText whether exactly {@code maxNewTokens} tokens are wanted; for measuring
     * @param wantCtc whether the CTC branch is to run
     * @param wordTimes whether words are to be aligned; needs the CTC branch
     * @param draft a draft per segment that replaces the CTC text as draft
     */
    record Task(int[] prefixIds, int[] suffixIds, List<String> hotwords, Optional<HotwordPrompts> choice, int maxNewTokens,
            boolean ignoreEndOfText, boolean wantCtc, boolean wordTimes, Optional<IntFunction<Draft>> draft) {
        /** A draft that never guesses. */
        static final Optional<IntFunction<Draft>> NO_DRAFT = Optional.of(segment -> Draft.NONE);

        /** Whether segments of both tasks can be recognised together, as one task. */
        boolean asksLike(Task other) {
            return this == other || choice.isEmpty() && other.choice.isEmpty() && sameDraft(other)
                    && maxNewTokens == other.maxNewTokens && ignoreEndOfText == other.ignoreEndOfText
                    && wantCtc == other.wantCtc && wordTimes == other.wordTimes
                    && Arrays.equals(prefixIds, other.prefixIds) && Arrays.equals(suffixIds, other.suffixIds);
        }

        private boolean sameDraft(Task other) {
            return draft.isEmpty() && other.draft.isEmpty() || draft == NO_DRAFT && other.draft == NO_DRAFT;
        }

        /** A task without hotwords and word times. */
        static Task plain(Prompt prompt, int maxNewTokens, boolean ignoreEndOfText, boolean wantCtc,
                Optional<IntFunction<Draft>> draft) {
            return new Task(prompt.prefixIds(), prompt.suffixIds(), List.of(), Optional.empty(), maxNewTokens,
                    ignoreEndOfText, wantCtc, false, draft);
        }
    }

    /**
     * One segment's answer.
     *
     * @param generation tokens and why they ended
     * @param response the tokens as text, not cleaned
     * @param words words of the cleaned text with times from the segment's begin, when they were asked for
     * @param ctc what the CTC branch heard, when it ran
     * @param hotwords hotwords in the prompt
     * @param audioTokens audio positions in the prompt
     */
    record Answer(Generation generation, String response, List<TimedWord> words, Optional<CtcHearing> ctc,
            List<String> hotwords, int audioTokens) {}

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

        begin = System.nanoTime();
        Optional<CtcReading> ctc = task.wantCtc() ? model.ctc.map(head ->
                new CtcReading(head, model.ctcTokenizer.orElseThrow(), encoded, spans, tap)) : Optional.empty();
        List<HotwordPrompts.Choice> prompts = prompts(task, lengths.length, ctc);
        clock.ctcNanos += System.nanoTime() - begin;
        requireRunning(cancelled);
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
            requests.add(new GenerationRequest(prompts.get(s).prefixIds(), audio.rows(kept.start(s), audioTokens[s]),
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
            answers.add(new Answer(generation, response, words,
                    ctc.map(reading -> reading.hearing(segment)),
                    prompts.get(s).words(), audioTokens[s]));
        }
        return answers;
    }

    private static List<HotwordPrompts.Choice> prompts(Task task, int segments, Optional<CtcReading> ctc) {
        List<HotwordPrompts.Choice> prompts = new ArrayList<>();
        for (int s = 0; s < segments; s++) {
            int segment = s;
            prompts.add(task.choice().flatMap(choice -> ctc.map(reading ->
                            choice.choose(reading.likely(segment, HotwordPrompts.CLASSES_PER_FRAME))))
                    .orElse(new HotwordPrompts.Choice(task.hotwords(), task.prefixIds())));
        }
        return prompts;
    }

    private Draft draft(Task task, int segment, Optional<CtcReading> ctc) {
        if (task.draft().isPresent()) {
            return task.draft().get().apply(segment);
        }
        return ctc.map(reading -> reading.text(segment)).filter(text -> !text.isEmpty())
                .<Draft>map(text -> new TextDraft(text, model.tokenizer::encodeOrdinary,
                        ids -> model.tokenizer.decode(ids, true)))
                .orElse(Draft.NONE);
    }

    private List<TimedWord> words(String text, CtcReading ctc, int segment) {
        long begin = System.nanoTime();
        List<TimedWord> words = ctc.words(text, segment);
        clock.ctcNanos += System.nanoTime() - begin;
        return words;
    }

    private static void requireRunning(BooleanSupplier cancelled) {
        if (cancelled.getAsBoolean()) {
            throw new CancelledException("cancelled before decoding");
        }
    }
}
