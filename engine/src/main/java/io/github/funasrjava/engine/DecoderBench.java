package io.github.funasrjava.engine;

import io.github.funasrjava.engine.decode.Draft;
import io.github.funasrjava.engine.decode.GenerationRequest;
import io.github.funasrjava.engine.decode.Generator;
import io.github.funasrjava.engine.model.Qwen3Decoder;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.kernels.DeviceMeasurement;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Measures the language model alone on an open engine: streams that decode together, prefill, rows of one sequence. */
public final class DecoderBench {
    /** Positions of the prompt of every stream in {@link #decode}: with 35 tokens each, a stream ends at 80 positions. */
    private static final int PROMPT_POSITIONS = 45;

    /**
     * What a run of equal passes took.
     *
     * @param rows rows or streams of a pass
     * @param millis per pass
     * @param rowsPerSecond rows (tokens, positions) per second at the median
     * @param gigabytesPerSecond weights that a pass reads, over its median time
     */
    public record Result(int rows, Spread millis, double rowsPerSecond, double gigabytesPerSecond) {
        static Result of(LoadedModel model, int rows, double... millis) {
            Spread spread = Spread.of(millis);
            return new Result(rows, spread, rows / (spread.median() / 1000),
                    model.decoder.weightBytesPerPass() / spread.median() / 1e6);
        }
    }

    private DecoderBench() {}

    /**
     * Streams that decode together: the time of one step, all streams taking one token.
     *
     * @param tokens tokens per stream, the first of which comes from the prefill
     */
    public static Result decode(Transcriber transcriber, int streams, int tokens, int repeats) {
        if (streams < 1 || streams > Generator.MAX_STREAMS || tokens < 2) {
            throw new UsageException("decoding is measured with 1 to 16 streams and at least 2 tokens");
        }
        return transcriber.withModel(model -> {
            double[] millis = new double[repeats];
            WarmUp.run(() -> generate(model, streams, PROMPT_POSITIONS, tokens));
            for (int r = 0; r < repeats; r++) {
                generate(model, streams, PROMPT_POSITIONS, tokens);
                millis[r] = model.generator.decodeNanos() / 1e6 / (tokens - 1);
            }
            return Result.of(model, streams, millis);
        });
    }

    /** A prompt of {@code rows} positions through all layers, with the logits of the last one. */
    public static Result prefill(Transcriber transcriber, int rows, int repeats) {
        if (rows < 2 || rows > 4096) {
            throw new UsageException("prefill is measured with 2 to 4096 rows, got " + rows);
        }
        return transcriber.withModel(model -> {
            double[] millis = new double[repeats];
            WarmUp.run(() -> generate(model, 1, rows, 1));
            for (int r = 0; r < repeats; r++) {
                generate(model, 1, rows, 1);
                millis[r] = model.generator.prefillNanos() / 1e6;
            }
            return Result.of(model, rows, millis);
        });
    }

    /** Passes of {@code rows} rows of one sequence, as verifying a draft takes them, with the logits of every row. */
    public static Result verification(Transcriber transcriber, int rows, int repeats) {
        return transcriber.withModel(model -> {
            Qwen3Decoder decoder = model.decoder;
            double[] millis = new double[repeats];
            try (Arena arena = Arena.ofShared(); KvCache cache = decoder.newCache(PROMPT_POSITIONS + rows)) {
                pass(model, arena, cache, PROMPT_POSITIONS, 1);
                Runnable verify = () -> {
                    cache.truncate(PROMPT_POSITIONS);
                    pass(model, arena, cache, rows, rows);
                };
                WarmUp.run(verify);
                for (int r = 0; r < repeats; r++) {
                    long begin = System.nanoTime();
                    verify.run();
                    millis[r] = (System.nanoTime() - begin) / 1e6;
                }
            }
            return Result.of(model, rows, millis);
        });
    }

    /**
     * The ceilings of the GPU that the model is on; empty on the processor.
     *
     * @param withKernels whether the kernels are measured, too
     */
    public static Optional<DeviceMeasurement> device(Transcriber transcriber, boolean withKernels) {
        return transcriber.withModel(model -> model.kernels.measureDevice(withKernels));
    }

    private static void pass(LoadedModel model, Arena arena, KvCache cache, int rows, int asked) {
        Matrix x = Matrix.allocate(arena, rows, model.config.decoder().hiddenSize());
        model.decoder.embed(ids(model, rows, 0), x);
        model.decoder.forward(x, RowSpans.ofLengths(rows), new KvCache[] {cache}, StageTap.NONE);
        model.decoder.topTokens(x.rows(rows - asked, asked));
    }

    /** One run; the generator's clock then holds its times. */
    private static void generate(LoadedModel model, int streams, int positions, int tokens) {
        model.generator.resetTimers();
        model.generator.generate(requests(model, streams, positions, tokens), StageTap.NONE, () -> false);
    }

    /** Streams with different prompts, so that none gains from another. */
    private static List<GenerationRequest> requests(LoadedModel model, int streams, int positions, int tokens) {
        List<GenerationRequest> requests = new ArrayList<>();
        for (int s = 0; s < streams; s++) {
            requests.add(new GenerationRequest(new int[0], noAudio(model), ids(model, positions, s + 1), Draft.NONE, tokens, true));
        }
        return requests;
    }

    private static Matrix noAudio(LoadedModel model) {
        return Matrix.allocate(Arena.ofAuto(), 0, model.config.decoder().hiddenSize());
    }

    private static int[] ids(LoadedModel model, int count, int seed) {
        int vocabulary = model.config.decoder().vocabSize();
        return IntStream.range(0, count).map(i -> Math.floorMod(31 * i + 7919 * seed + 5, vocabulary)).toArray();
    }
}
