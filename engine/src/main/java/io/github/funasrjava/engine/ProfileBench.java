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
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

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
     * Runs a clip {@code repeats} times, after a second of runs that are not counted.
     *
     * @param samples 16 kHz mono
     * @param tokens steps of the decode stage, whatever the model says
     * @param streams sequences that the decode stage takes through each step together, 1 to 16
     * @param rows rows of each of them in a step: 1, or up to 16 as verifying a draft takes them
     */
    public List<Stage> run(float[] samples, int tokens, int streams, int rows, int repeats) {
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
            int prompt = task.prefixIds().length + audio.rows() + task.suffixIds().length;
            stages.add(decodeStage(model, prompt, tokens, streams, rows, repeats));
            return stages;
        });
    }

    /** Steps behind the positions of the clip's prompt; these hold zeros, which take as long as anything else. */
    private Stage decodeStage(LoadedModel model, int prompt, int tokens, int streams, int rows, int repeats) {
        int[] lengths = new int[streams];
        Arrays.fill(lengths, rows);
        RowSpans spans = RowSpans.ofLengths(lengths);
        int[] ids = IntStream.range(0, streams * rows).toArray();
        List<KvCache> caches = new ArrayList<>();
        try (Arena arena = Arena.ofShared()) {
            for (int s = 0; s < streams; s++) {
                KvCache cache = model.decoder.newCache(prompt + tokens * rows);
                caches.add(cache);
                cache.advanceTo(prompt);
            }
            KvCache[] used = caches.toArray(KvCache[]::new);
            Matrix x = Matrix.allocate(arena, streams * rows, model.config.decoder().hiddenSize());
            return stage("decode", repeats, () -> {
                for (KvCache cache : used) {
                    cache.truncate(prompt);
                }
                for (int i = 0; i < tokens; i++) {
                    model.decoder.embed(ids, x);
                    model.decoder.forward(x, spans, used, StageTap.NONE);
                    model.decoder.topTokens(x);
                }
            });
        } finally {
            caches.forEach(KvCache::close);
        }
    }

    private Stage stage(String name, int repeats, Runnable work) {
        WarmUp.run(work);
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
