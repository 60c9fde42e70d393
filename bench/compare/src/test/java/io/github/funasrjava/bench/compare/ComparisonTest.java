package io.github.funasrjava.bench.compare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.funasrjava.bench.onnx.EncoderExport;
import io.github.funasrjava.engine.RtfBench;
import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.frontend.FrontendConfig;
import io.github.funasrjava.engine.frontend.KaldiFbank;
import io.github.funasrjava.engine.frontend.LowFrameRate;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelOptions.Tier;
import io.github.funasrjava.kernels.KernelSelector;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.StolenTime;
import io.github.funasrjava.weights.ModelDirectory;
import io.github.funasrjava.weights.ModelWeights;
import io.github.funasrjava.weights.OpenOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The exported graph in ONNX Runtime itself, on the tiny models of the golden data. */
class ComparisonTest {
    /** Both are f32 throughout on these tiers; seen: 3e-5. */
    private static final double TOLERANCE = 1e-4;

    @TempDir
    Path folder;

    private Path golden;

    @BeforeEach
    void findGoldenData() {
        Optional<String> directory = Optional.ofNullable(System.getenv("FUNASR_GOLDEN"));
        assumeTrue(directory.isPresent(), "FUNASR_GOLDEN does not name the folder of golden data");
        golden = Path.of(directory.get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-nano", "tiny-nano-ctc", "tiny-mlt"})
    void computesWhatTheEngineComputes(String set) throws IOException {
        try (ModelWeights weights = open(set);
                Kernels kernels = KernelSelector.open(new KernelOptions(Tier.SCALAR, 1, 0, KernelOptions.Accuracy.FULL));
                EngineEncoder engine = new EngineEncoder(kernels, weights);
                OnnxRuntimeEncoder onnxRuntime = export(weights, 40)) {
            for (double seconds : new double[] {0.05, 0.4, 2}) {
                double difference = Comparison.difference(onnxRuntime, engine, features(seconds), TOLERANCE);
                System.out.println(set + ", " + seconds + " s: largest difference " + difference + " of the root mean square");
            }
        }
    }

    @Test
    void computesOnlyTheRowsThatAreKept() throws IOException {
        try (ModelWeights weights = open("tiny-nano"); OnnxRuntimeEncoder onnxRuntime = export(weights, 40)) {
            Features features = features(2);
            int width = weights.config().adaptor().width();
            onnxRuntime.prepare(features, features.rows());
            onnxRuntime.run();
            float[] all = onnxRuntime.result();
            onnxRuntime.prepare(features, 5);
            onnxRuntime.run();
            assertEquals(features.rows() * width, all.length);
            assertArrayEquals(Arrays.copyOf(all, 5 * width), onnxRuntime.result(), 1e-3f);
        }
    }

    @Test
    void refusesToCompareTimesOfDifferentComputations() throws IOException {
        try (ModelWeights one = open("tiny-nano"); ModelWeights other = open("tiny-mlt");
                Kernels kernels = KernelSelector.open(new KernelOptions(Tier.SCALAR, 1, 0, KernelOptions.Accuracy.FULL));
                EngineEncoder engine = new EngineEncoder(kernels, other);
                OnnxRuntimeEncoder onnxRuntime = export(one, 40)) {
            assertThrows(Comparison.DifferenceException.class,
                    () -> Comparison.difference(onnxRuntime, engine, features(1), Comparison.FAST_TOLERANCE));
        }
    }

    @Test
    void measuresBothAndLeavesNoFilesBehind() throws IOException, InterruptedException {
        CompareOptions options = CompareOptions.parse("--model", "unused", "--seconds", "0.5,2", "--repeats", "2", "--threads", "2");
        List<String> progress = new ArrayList<>();
        try (ModelWeights weights = open("tiny-nano")) {
            Comparison.Result result = Comparison.run(weights, options, progress::add);
            assertEquals(2, result.clips().size());
            assertEquals(33, result.clips().get(1).rows());
            assertEquals(5, result.clips().get(1).keptRows());
            String json = ComparisonReport.json(result, StolenTime.start().stop());
            assertTrue(json.startsWith("{\"onnxRuntime\":\"1.") && json.endsWith("]}\n") && json.contains("\"ratio\":") && json.contains("\"stolenShare\":"), json);
            assertEquals(10, ComparisonReport.table(result).lines().count(), ComparisonReport.table(result));
        }
        String written = progress.getFirst();
        Path left = Path.of(written.substring(written.indexOf("into ") + 5, written.lastIndexOf(" ...")));
        assertFalse(Files.exists(left), left + " is still there");
    }

    private ModelWeights open(String set) {
        Path model = golden.resolve(set).resolve("model");
        assumeTrue(Files.isDirectory(model), model + " is not among the golden data");
        return ModelDirectory.open(model, OpenOptions.defaults().withCacheDir(folder.resolve("cache")));
    }

    private OnnxRuntimeEncoder export(ModelWeights weights, int mostRows) throws IOException {
        return new OnnxRuntimeEncoder(EncoderExport.write(weights, Files.createTempDirectory(folder, "onnx"), mostRows), 1, Optional.empty());
    }

    private static Features features(double seconds) {
        return LowFrameRate.of(FrontendConfig.FUN_ASR_NANO).apply(new KaldiFbank(FrontendConfig.FUN_ASR_NANO).compute(RtfBench.noise(seconds)));
    }
}
