package io.github.funasrjava.bench.compare;

import io.github.funasrjava.bench.onnx.EncoderExport;
import io.github.funasrjava.engine.RtfBench;
import io.github.funasrjava.engine.Spread;
import io.github.funasrjava.engine.WarmUp;
import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.frontend.FrontendConfig;
import io.github.funasrjava.engine.frontend.KaldiFbank;
import io.github.funasrjava.engine.frontend.LowFrameRate;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.KernelSelector;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.weights.ModelWeights;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Runs this engine's encoder and adaptor and the same network in ONNX Runtime in one process, in turns, on the same
 * features with as many threads. Before a clip is timed, all adaptor rows of both are compared: what computes something
 * else may not be compared.
 */
final class Comparison {
    /**
     * One clip.
     *
     * @param rows low-frame-rate rows
     * @param keptRows adaptor rows that are computed in the timed runs, as recognition does
     * @param difference largest difference between the outputs, divided by their root mean square
     */
    record Clip(double seconds, int rows, int keptRows, Spread onnxRuntimeMs, Spread engineMs, double difference) {
        /** How many times faster this engine is, by the medians. */
        double ratio() {
            return onnxRuntimeMs.median() / engineMs.median();
        }
    }

    /** Everything that was compared. */
    record Result(String onnxRuntime, String kernels, String description, Accuracy accuracy, int threads, int repeats, List<Clip> clips) {}

    /** The two engines do not compute the same. */
    static final class DifferenceException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        DifferenceException(String message) {
            super(message);
        }
    }

    /**
     * Largest allowed {@link Clip#difference}. Both sum in f32 in different orders; {@code full} moreover rounds
     * activations to 16 bits, {@code fast} to 8.
     */
    static final double FULL_TOLERANCE = 5e-4;
    static final double FAST_TOLERANCE = 0.1;

    /** Either engine's threads go on spinning for a while after a run; the other's turn begins when they sleep. */
    private static final long PAUSE_MS = 100;

    private Comparison() {}

    /**
     * Compares on an open model.
     *
     * @param progress told what is being done, one line each
     * @throws DifferenceException if the outputs differ by more than the tolerance
     */
    static Result run(ModelWeights weights, CompareOptions options, Consumer<String> progress) throws IOException, InterruptedException {
        int threads = options.kernels().effectiveThreads();
        List<Features> inputs = options.seconds().stream().map(seconds -> features(weights, seconds)).toList();
        int mostRows = inputs.stream().mapToInt(Features::rows).max().orElseThrow();
        try (Kernels kernels = KernelSelector.open(options.kernels().withThreads(threads));
                EngineEncoder engine = new EngineEncoder(kernels, weights);
                TemporaryFolder folder = new TemporaryFolder()) {
            progress.accept("Writing the encoder as ONNX into " + folder.path() + " ...");
            EncoderExport.write(weights, folder.path(), mostRows);
            try (OnnxRuntimeEncoder onnxRuntime = new OnnxRuntimeEncoder(folder.path().resolve(EncoderExport.MODEL_FILE), threads, options.profile())) {
                List<Clip> clips = new ArrayList<>();
                for (int i = 0; i < inputs.size(); i++) {
                    progress.accept(String.format(Locale.ROOT, "Measuring %.1f s ...", options.seconds().get(i)));
                    double tolerance = options.kernels().accuracy() == Accuracy.FULL ? FULL_TOLERANCE : FAST_TOLERANCE;
                    double difference = difference(onnxRuntime, engine, inputs.get(i), tolerance);
                    int kept = weights.config().adaptor().audioTokens(inputs.get(i).rows());
                    double[][] millis = measure(List.of(onnxRuntime, engine), inputs.get(i), kept, options.repeats());
                    clips.add(new Clip(options.seconds().get(i), inputs.get(i).rows(), kept, Spread.of(millis[0]), Spread.of(millis[1]), difference));
                }
                return new Result(OnnxRuntimeEncoder.version(), kernels.tier(), kernels.description(), options.kernels().accuracy(),
                        threads, options.repeats(), clips);
            }
        }
    }

    /** Features of noise that is as loud as speech. */
    private static Features features(ModelWeights weights, double seconds) {
        var conf = weights.config().frontend();
        FrontendConfig frontend = new FrontendConfig(conf.sampleRateHz(), conf.melBins(), conf.frameLengthMs(), conf.frameShiftMs(),
                conf.lfrStack(), conf.lfrStride());
        return LowFrameRate.of(frontend).apply(new KaldiFbank(frontend).compute(RtfBench.noise(seconds)));
    }

    /** Largest difference of all adaptor rows, in units of the root mean square of {@code reference}'s. */
    static double difference(AudioEncoder reference, AudioEncoder other, Features features, double tolerance) {
        float[][] outputs = new float[2][];
        for (int i = 0; i < 2; i++) {
            AudioEncoder encoder = i == 0 ? reference : other;
            encoder.prepare(features, features.rows());
            encoder.run();
            outputs[i] = encoder.result();
        }
        if (outputs[0].length != outputs[1].length) {
            throw new DifferenceException("The engines give " + outputs[0].length + " and " + outputs[1].length
                    + " values, so they do not compute the same and no times are compared.");
        }
        double largest = 0;
        double squares = 0;
        for (int i = 0; i < outputs[0].length; i++) {
            // Written so that a NaN on either side counts as a difference.
            double distance = Math.abs(outputs[0][i] - outputs[1][i]);
            largest = distance <= largest ? largest : distance;
            squares += (double) outputs[0][i] * outputs[0][i];
        }
        double relative = largest / Math.sqrt(squares / outputs[0].length);
        if (!(relative <= tolerance)) {
            throw new DifferenceException(String.format(Locale.ROOT, "The outputs differ by %.2e of their root mean square, more than %.0e, so "
                    + "the engines do not compute the same and no times are compared.", relative, tolerance));
        }
        return relative;
    }

    /** Milliseconds {@code [encoder][repeat]}, in turns. */
    private static double[][] measure(List<AudioEncoder> encoders, Features features, int kept, int repeats) throws InterruptedException {
        double[][] millis = new double[encoders.size()][repeats];
        for (AudioEncoder encoder : encoders) {
            encoder.prepare(features, kept);
            WarmUp.run(encoder::run);
        }
        for (int repeat = 0; repeat < repeats; repeat++) {
            for (int i = 0; i < encoders.size(); i++) {
                Thread.sleep(PAUSE_MS);
                long begin = System.nanoTime();
                encoders.get(i).run();
                millis[i][repeat] = (System.nanoTime() - begin) / 1e6;
            }
        }
        return millis;
    }
}
