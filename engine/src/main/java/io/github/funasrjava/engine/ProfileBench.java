package io.github.funasrjava.engine;

import io.github.funasrjava.engine.decode.Draft;
import io.github.funasrjava.engine.decode.GenerationRequest;
import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.ProfiledKernels;
import io.github.funasrjava.kernels.RowSpans;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Measures where the time of one clip goes: every kernel operation of every stage, and what lies between them. */
public final class ProfileBench implements AutoCloseable {
    /**
     * One stage.
     *
     * @param name encoder, adaptor, prefill or decode
     * @param millis wall time of all measured runs together, divided by their number
     * @param runs measured runs; the sums in {@code operations} are of all of them
     * @param operations the longest first
     */
    public record Stage(String name, double millis, int runs, List<ProfiledKernels.Entry> operations) {
        /** Share of the stage's time that products with weights take, 0 to 1. */
        public double productShare() {
            long nanos = operations.stream().filter(ProfiledKernels.Entry::product).mapToLong(ProfiledKernels.Entry::nanos).sum();
            return nanos / 1e6 / runs / millis;
        }
    }

    private final Transcriber transcriber;
    private ProfiledKernels profile;

    private ProfileBench(ModelSource model, EngineOptions options) {
        this.transcriber = Transcriber.open(model, options, this::around);
    }

    private Kernels around(Kernels kernels) {
        profile = new ProfiledKernels(kernels);
        return profile;
    }

    /** Opens a model for profiling. */
    public static ProfileBench open(ModelSource model, EngineOptions options) {
        return new ProfileBench(model, options);
    }

    /** Which model and kernels are measured. */
    public ModelInfo info() {
        return transcriber.info();
    }

    /** Threads that compute. */
    public int threads() {
        return transcriber.threads();
    }

    /**
     * Runs a clip {@code repeats} times, after one run that is not counted.
     *
     * @param samples 16 kHz mono
     * @param tokens tokens to generate, whatever the model says
     */
    public List<Stage> run(float[] samples, int tokens, int repeats) {
        Recognizer.Task task = transcriber.measuredTask(tokens, Optional.empty());
        return transcriber.withModel(model -> {
            Recognizer recognizer = new Recognizer(model, new StageClock(), StageTap.NONE);
            List<Features> features = List.of(recognizer.features(samples, 0, samples.length));
            recognizer.recognize(features, task, () -> false);
            RowSpans spans = RowSpans.ofLengths(features.getFirst().rows());
            RowSpans kept = RowSpans.ofLengths(
                    model.config.adaptor().audioTokens(model.adaptor.outputRows(features.getFirst().rows())));
            List<Stage> stages = new ArrayList<>();
            stages.add(stage("encoder", repeats, () -> model.encoder.encode(features, spans, StageTap.NONE)));
            Matrix encoded = model.encoder.encode(features, spans, StageTap.NONE);
            stages.add(stage("adaptor", repeats, () -> model.adaptor.project(encoded, spans, kept, "adp", StageTap.NONE)));
            Matrix audio = model.adaptor.project(encoded, spans, kept, "adp", StageTap.NONE);
            GenerationRequest first = new GenerationRequest(task.prefixIds(), audio, task.suffixIds(), Draft.NONE, 1, true);
            stages.add(stage("prefill", repeats, () -> model.generator.generate(List.of(first), StageTap.NONE, () -> false)));
            stages.add(stage("decode", repeats, steps(model, task.prefixIds().length + audio.rows() + task.suffixIds().length, tokens)));
            return stages;
        });
    }

    /** Steps of one row each, behind the positions of the clip's prompt; these hold zeros, which take as long as anything else. */
    private static Runnable steps(LoadedModel model, int prompt, int tokens) {
        return () -> {
            try (KvCache cache = model.decoder.newCache(prompt + tokens); Arena arena = Arena.ofShared()) {
                Matrix x = Matrix.allocate(arena, 1, model.config.decoder().hiddenSize());
                cache.advanceTo(prompt);
                for (int i = 0; i < tokens; i++) {
                    model.decoder.embed(new int[] {i}, x);
                    model.decoder.forward(x, RowSpans.ofLengths(1), new KvCache[] {cache}, StageTap.NONE);
                    model.decoder.topTokens(x);
                }
            }
        };
    }

    private Stage stage(String name, int repeats, Runnable work) {
        work.run();
        profile.reset();
        long begin = System.nanoTime();
        for (int i = 0; i < repeats; i++) {
            work.run();
        }
        return new Stage(name, (System.nanoTime() - begin) / 1e6 / repeats, repeats, profile.entries());
    }

    @Override
    public void close() {
        transcriber.close();
    }
}
