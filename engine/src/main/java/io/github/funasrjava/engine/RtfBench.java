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
import java.util.concurrent.atomic.AtomicBoolean;
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
     * @param disturbers busy threads of somebody else, with which all runs are done once more; usually 0
     */
    public record Plan(int tokens, int repeats, OptionalDouble syntheticAgreement, int disturbers) {
        public Plan {
            if (tokens < 1 || repeats < 1) {
                throw new UsageException("a benchmark needs at least 1 token and 1 repeat");
            }
            if (disturbers < 0 || disturbers > MAX_DISTURBERS) {
                throw new UsageException("a benchmark takes 0 to " + MAX_DISTURBERS + " disturbing threads, got " + disturbers);
            }
        }
    }

    /** Most busy threads that a plan may ask for. */
    public static final int MAX_DISTURBERS = 64;

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
     * @param weightBytesPerPass bytes of weights that one decoder pass reads
     * @param rssMib peak resident memory, where the system tells
     * @param disturbed the whole way beside busy threads, when the plan asks for some
     */
    public record Result(
            double audioSeconds, Spread total, Spread fbank, Spread encoder, Spread adaptor, Spread prefill, Spread decode,
            double rtf, double firstRunMs, int tokens, int promptPositions, int audioTokens, int draftedTokens,
            int acceptedTokens, int decoderPasses, long weightBytesPerPass, OptionalLong rssMib, String tier, int threads, int repeats, Optional<Spread> disturbed) {
        /** Tokens per second of the decode stage (the first token comes from the prefill). */
        public double decodeTokensPerSecond() {
            return decode.median() == 0 ? 0 : (tokens - 1) / (decode.median() / 1000);
        }

        /** Bandwidth at which the decode stage reads weights, GB/s: what bounds it when few rows go through a pass. */
        public double decodeGigabytesPerSecond() {
            return decode.median() == 0 ? 0 : decoderPasses * (double) weightBytesPerPass / decode.median() / 1e6;
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
        Recognizer.Answer answer = measure(transcriber, samples, task, truth, plan.repeats(), runs);
        Optional<Spread> disturbed = Optional.empty();
        if (plan.disturbers() > 0) {
            List<StageTimings> besideOthers = new ArrayList<>();
            try (BusyThreads others = new BusyThreads(plan.disturbers())) {
                measure(transcriber, samples, task, truth, plan.repeats(), besideOthers);
            }
            disturbed = Optional.of(spread(besideOthers, StageTimings::totalMs));
        }
        double seconds = samples.length / (double) Waveform.SAMPLE_RATE_HZ;
        Spread total = spread(runs, StageTimings::totalMs);
        int prompt = task.prefixIds().length + answer.audioTokens() + task.suffixIds().length;
        return new Result(seconds, total, spread(runs, StageTimings::fbankMs), spread(runs, StageTimings::encoderMs),
                spread(runs, StageTimings::adaptorMs), spread(runs, StageTimings::prefillMs),
                spread(runs, StageTimings::decodeMs), total.median() / 1000 / seconds, firstRunMs, plan.tokens(), prompt,
                answer.audioTokens(), answer.generation().drafted(), answer.generation().accepted(),
                answer.generation().passes(), transcriber.withModel(model -> model.decoder.weightBytesPerPass()), ResidentMemory.peakMib(), transcriber.info().kernels(),
                transcriber.threads(), plan.repeats(), disturbed);
    }

    private static Recognizer.Answer measure(Transcriber transcriber, float[] samples, Recognizer.Task task, Recognizer.Answer truth,
            int repeats, List<StageTimings> runs) {
        Recognizer.Answer answer = truth;
        for (int i = 0; i < repeats; i++) {
            StageClock clock = new StageClock();
            answer = transcriber.measure(samples, task, clock);
            runs.add(clock.timings());
            if (!Arrays.equals(answer.generation().tokens(), truth.generation().tokens())) {
                throw new IllegalStateException("two runs on the same samples gave different tokens");
            }
        }
        return answer;
    }

    /** Threads that do nothing as fast as they can, as another program would that shares the processors. */
    private static final class BusyThreads implements AutoCloseable {
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final List<Thread> threads = new ArrayList<>();

        BusyThreads(int count) {
            for (int i = 0; i < count; i++) {
                threads.add(Thread.ofPlatform().daemon().name("disturber-" + i).start(() -> {
                    while (!stopped.get()) {
                        Thread.onSpinWait();
                    }
                }));
            }
        }

        @Override
        public void close() {
            stopped.set(true);
        }
    }
}
