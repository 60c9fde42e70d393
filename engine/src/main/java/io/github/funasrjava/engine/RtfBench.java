package io.github.funasrjava.engine;

import io.github.funasrjava.audio.Waveform;
import io.github.funasrjava.engine.decode.CorruptedDraft;
import io.github.funasrjava.engine.decode.Draft;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * Measures the whole way from samples to tokens on an open engine: real-time factor, time per stage, tokens per second.
 * The number of generated tokens is forced, so that models with random weights can be timed and a model that says less
 * does not look faster.
 */
public final class RtfBench {
    /**
     * What to measure.
     *
     * @param tokens tokens to generate, whatever the model says
     * @param repeats measured runs, after one that is not counted
     * @param syntheticAgreement share of right tokens in a synthetic draft; empty for plain decoding
     */
    public record Plan(int tokens, int repeats, OptionalDouble syntheticAgreement) {
        public Plan {
            if (tokens < 1 || repeats < 1) {
                throw new UsageException("a benchmark needs at least 1 token and 1 repeat");
            }
        }
    }

    /**
     * What was measured.
     *
     * @param total whole way, without reading the audio file
     * @param rtf median compute time divided by audio time
     * @param firstRunMs the run that was not counted: buffers and compiled code were not there yet
     * @param tokens generated tokens of each run
     * @param promptPositions positions of the prompt, audio included
     * @param audioTokens audio positions among them
     * @param draftedTokens proposed by the synthetic draft in one run
     * @param acceptedTokens of them right
     * @param decoderPasses passes after the prefill in one run
     * @param rssMib peak resident memory, where the system tells
     */
    public record Result(
            double audioSeconds, Spread total, Spread fbank, Spread encoder, Spread adaptor, Spread prefill, Spread decode,
            double rtf, double firstRunMs, int tokens, int promptPositions, int audioTokens, int draftedTokens,
            int acceptedTokens, int decoderPasses, OptionalLong rssMib, String tier, int threads, int repeats) {
        /** Tokens per second of the decode stage (the first token comes from the prefill). */
        public double decodeTokensPerSecond() {
            return decode.median() == 0 ? 0 : (tokens - 1) / (decode.median() / 1000);
        }

        /** Prompt positions per second of the prefill stage. */
        public double prefillPositionsPerSecond() {
            return prefill.median() == 0 ? 0 : promptPositions / (prefill.median() / 1000);
        }
    }

    private RtfBench() {}

    private static Spread spread(List<StageTimings> runs, ToDoubleFunction<StageTimings> stage) {
        return Spread.of(runs.stream().mapToDouble(stage).toArray());
    }

    /** Noise with the loudness of speech, the same for every call: speed does not depend on what is said. */
    public static float[] noise(double seconds) {
        Random random = new Random(1);
        float[] samples = new float[(int) (seconds * Waveform.SAMPLE_RATE_HZ)];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (float) (0.05 * random.nextGaussian());
        }
        return samples;
    }

    /** One run from samples to {@code tokens} tokens, in milliseconds. */
    public static double once(Transcriber transcriber, float[] samples, int tokens) {
        StageClock clock = new StageClock();
        transcriber.measure(samples, transcriber.measuredTask(tokens, Optional.empty()), clock);
        return clock.timings().totalMs();
    }

    /** Runs the plan. */
    public static Result run(Transcriber transcriber, float[] samples, Plan plan) {
        Recognizer.Task plain = transcriber.measuredTask(plan.tokens(), Optional.empty());
        StageClock clock = new StageClock();
        Recognizer.Answer truth = transcriber.measure(samples, plain, clock);
        double firstRunMs = clock.timings().totalMs();
        Recognizer.Task task = plain;
        if (plan.syntheticAgreement().isPresent()) {
            Draft draft = new CorruptedDraft(truth.generation().tokens(), plan.syntheticAgreement().getAsDouble());
            task = transcriber.measuredTask(plan.tokens(), Optional.of(segment -> draft));
        }
        List<StageTimings> runs = new ArrayList<>();
        Recognizer.Answer answer = truth;
        for (int i = 0; i < plan.repeats(); i++) {
            clock = new StageClock();
            answer = transcriber.measure(samples, task, clock);
            runs.add(clock.timings());
            if (!Arrays.equals(answer.generation().tokens(), truth.generation().tokens())) {
                throw new IllegalStateException("two runs on the same samples gave different tokens");
            }
        }
        double seconds = samples.length / (double) Waveform.SAMPLE_RATE_HZ;
        Spread total = spread(runs, StageTimings::totalMs);
        int prompt = task.prefixIds().length + answer.audioTokens() + task.suffixIds().length;
        return new Result(seconds, total, spread(runs, StageTimings::fbankMs), spread(runs, StageTimings::encoderMs),
                spread(runs, StageTimings::adaptorMs), spread(runs, StageTimings::prefillMs),
                spread(runs, StageTimings::decodeMs), total.median() / 1000 / seconds, firstRunMs, plan.tokens(), prompt,
                answer.audioTokens(), answer.generation().drafted(), answer.generation().accepted(),
                answer.generation().passes(), ResidentMemory.peakMib(), transcriber.info().kernels(),
                transcriber.threads(), plan.repeats());
    }
}
