package io.github.funasrjava.bench.compare;

import io.github.funasrjava.bench.compare.Comparison.DifferenceException;
import io.github.funasrjava.bench.compare.TextDecoder.Workload;
import io.github.funasrjava.engine.Spread;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.engine.WarmUp;
import io.github.funasrjava.engine.model.DecoderWeights;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.KernelSelector;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.weights.ModelWeights;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Runs this engine's decoder and the same weights in llama.cpp in one process, in turns, on the same tokens with as many
 * threads. Of every workload the logits behind the last tokens are compared first.
 */
final class DecoderComparison {
    /**
     * One workload with one pair of weights.
     *
     * @param cosine smallest over the streams, between the logits behind the last token
     * @param sameTop streams with the same likeliest token, of {@code workload.streams()}
     */
    record Case(GgufType llamaWeights, DType engineWeights, Workload workload, Spread llamaMs, Spread engineMs, double cosine, int sameTop) {
        /** How many times faster this engine is, by the medians. */
        double ratio() {
            return llamaMs.median() / engineMs.median();
        }

        /** The same by the fastest run of each, which a busy neighbour disturbs least. */
        double ratioOfBest() {
            return llamaMs.min() / engineMs.min();
        }
    }

    /** Everything that was compared. */
    record Result(String llama, String processor, String systemInfo, String kernels, String description, Accuracy accuracy, int threads,
            int repeats, List<String> weightBuffers, List<Case> cases) {}

    /** How alike logits are. */
    record Agreement(double cosine, int sameTop) {}

    /** Positions before a decoding step: with {@link #STEPS} the steps are at 80 positions on average. */
    static final int PROMPT = 64;
    static final int STEPS = 32;

    private static final long PAUSE_MS = 100;

    private DecoderComparison() {}

    /**
     * Least cosine between the logits. Seen: f16 0.99999, bf16, whose products round activations to 8 bits, 0.9995, Q8_0,
     * which quantises weights and activations in other blocks than int8, 0.987 to 0.999. A rotary base that is wrong by a
     * factor of 2 gives 0.8 and less.
     */
    static double leastCosine(GgufType type) {
        return switch (type) {
            case F32, F16 -> 0.999;
            case BF16 -> 0.995;
            case Q8_0 -> 0.95;
        };
    }

    /**
     * Compares on an open model.
     *
     * @param quantized weights that are int8 already; the others are quantised in memory when this is empty
     * @param progress told what is being done, one line each
     * @throws DifferenceException if the logits differ by more than the tolerance
     */
    static Result run(ModelWeights weights, Optional<ModelWeights> quantized, CompareOptions options, Consumer<String> progress)
            throws IOException, InterruptedException {
        if (DecoderWeights.asStored(weights).dtype() == DType.INT8) {
            throw new UsageException("--model names a model that was converted to int8; llama.cpp's weights are made from the published "
                    + "values, so name the published model or one that keeps its precision, and this one with --model-int8.");
        }
        int threads = options.kernels().effectiveThreads();
        LlamaLibrary library = new LlamaLibrary(options.llama().orElseThrow());
        List<Case> cases = new ArrayList<>();
        List<String> buffers = new ArrayList<>();
        try (Kernels kernels = KernelSelector.open(options.kernels().withThreads(threads));
                TemporaryFolder folder = new TemporaryFolder()) {
            for (GgufType type : options.llamaWeights()) {
                Path file = folder.path().resolve(type.name().toLowerCase(Locale.ROOT) + ".gguf");
                progress.accept("Writing the language model as " + type + " into " + folder.path() + " ...");
                DecoderExport.write(weights, type, file);
                try (Arena arena = Arena.ofShared();
                        EngineDecoder engine = new EngineDecoder(kernels, decoderWeights(type, weights, quantized, arena), weights.config().decoder());
                        LlamaDecoder llama = new LlamaDecoder(library, file, threads)) {
                    llama.weightBuffers().forEach(line -> buffers.add(type + ": " + line));
                    for (Workload workload : workloads(options)) {
                        progress.accept("Measuring " + type + ", " + DecoderReport.name(workload) + " ...");
                        Agreement agreement = agreement(llama, engine, workload, leastCosine(type));
                        double[][] millis = measure(List.of(llama, engine), workload, options.repeats());
                        Case measured = new Case(type, engine.dtype(), workload, Spread.of(millis[0]), Spread.of(millis[1]),
                                agreement.cosine(), agreement.sameTop());
                        progress.accept(String.format(Locale.ROOT, "  %.2f times as fast, %.2f by the best runs", measured.ratio(), measured.ratioOfBest()));
                        cases.add(measured);
                    }
                }
                Files.delete(file);
            }
            return new Result(library.name(), library.processor(), library.systemInfo(), kernels.tier(), kernels.description(),
                    options.kernels().accuracy(), threads, options.repeats(), buffers, cases);
        }
    }

    private static DecoderWeights decoderWeights(GgufType type, ModelWeights weights, Optional<ModelWeights> quantized, Arena arena) {
        if (type != GgufType.Q8_0) {
            return DecoderWeights.asStored(weights);
        }
        return DecoderWeights.int8(quantized.orElse(weights), arena);
    }

    private static List<Workload> workloads(CompareOptions options) {
        return Stream.concat(options.rows().stream().map(Workload::prefill),
                options.streams().stream().map(streams -> Workload.decode(streams, PROMPT, STEPS))).toList();
    }

    /** Prepares and runs both, and compares the logits behind the last tokens. */
    static Agreement agreement(TextDecoder reference, TextDecoder other, Workload workload, double leastCosine) {
        float[][][] logits = new float[2][][];
        for (int i = 0; i < 2; i++) {
            TextDecoder decoder = i == 0 ? reference : other;
            decoder.prepare(workload);
            decoder.run();
            logits[i] = decoder.logits();
        }
        double smallest = 1;
        int sameTop = 0;
        for (int s = 0; s < workload.streams(); s++) {
            // Written so that a NaN on either side counts as a difference.
            double cosine = cosine(logits[0][s], logits[1][s]);
            smallest = cosine >= smallest ? smallest : cosine;
            sameTop += top(logits[0][s]) == top(logits[1][s]) ? 1 : 0;
        }
        if (!(smallest >= leastCosine)) {
            throw new DifferenceException(String.format(Locale.ROOT, "The cosine between the logits of %s is %.5f, less than %.3f, so the "
                    + "engines do not compute the same and no times are compared.", DecoderReport.name(workload), smallest, leastCosine));
        }
        return new Agreement(smallest, sameTop);
    }

    private static double cosine(float[] a, float[] b) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (double) a[i] * b[i];
            aa += (double) a[i] * a[i];
            bb += (double) b[i] * b[i];
        }
        return a.length == b.length ? ab / Math.sqrt(aa * bb) : Double.NaN;
    }

    private static int top(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    /** Milliseconds {@code [decoder][repeat]}, in turns; both are prepared already. */
    private static double[][] measure(List<TextDecoder> decoders, Workload workload, int repeats) throws InterruptedException {
        double[][] millis = new double[decoders.size()][repeats];
        for (TextDecoder decoder : decoders) {
            WarmUp.run(decoder::run);
        }
        for (int repeat = 0; repeat < repeats; repeat++) {
            for (int i = 0; i < decoders.size(); i++) {
                Thread.sleep(PAUSE_MS);
                long begin = System.nanoTime();
                decoders.get(i).run();
                millis[i][repeat] = (System.nanoTime() - begin) / 1e6;
            }
        }
        return millis;
    }
}
