package io.github.funasrjava.bench.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.funasrjava.bench.compare.Comparison.DifferenceException;
import io.github.funasrjava.bench.compare.TextDecoder.Workload;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.engine.model.DecoderWeights;
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
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The exported language model in llama.cpp itself, on a tiny model of the golden data. */
class DecoderComparisonTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(value = GgufType.class, names = {"F16", "BF16", "Q8_0"})
    void computesWhatTheEngineComputes(GgufType type) throws IOException {
        try (ModelWeights weights = open();
                Kernels kernels = kernels();
                EngineDecoder engine = new EngineDecoder(kernels, DecoderWeights.asStored(weights), weights.config().decoder());
                LlamaDecoder llama = export(weights, type)) {
            for (Workload workload : List.of(Workload.prefill(2), Workload.prefill(300), Workload.decode(1, 7, 5), Workload.decode(5, 64, 3))) {
                System.out.println(type + ", " + DecoderReport.name(workload) + ": "
                        + DecoderComparison.agreement(llama, engine, workload, DecoderComparison.leastCosine(type)));
            }
        }
    }

    @Test
    void aRunCanBeRepeated() throws IOException {
        try (ModelWeights weights = open(); LlamaDecoder llama = export(weights, GgufType.F16)) {
            Workload workload = Workload.decode(3, 20, 4);
            llama.prepare(workload);
            llama.run();
            float[][] first = llama.logits();
            llama.run();
            assertEquals(List.of(first[2][0], first[2][1]), List.of(llama.logits()[2][0], llama.logits()[2][1]));
        }
    }

    @Test
    void refusesToCompareTimesOfDifferentComputations() throws IOException {
        try (ModelWeights weights = open();
                Kernels kernels = kernels();
                EngineDecoder engine = new EngineDecoder(kernels, DecoderWeights.asStored(weights), weights.config().decoder());
                LlamaDecoder llama = export(weights, GgufType.Q8_0);
                TextDecoder shifted = new ShiftedByOne(llama)) {
            assertThrows(DifferenceException.class, () -> DecoderComparison.agreement(shifted, engine, Workload.prefill(30),
                    DecoderComparison.leastCosine(GgufType.Q8_0)));
        }
    }

    @Test
    void measuresBothAndLeavesNoFilesBehind() throws IOException, InterruptedException {
        CompareOptions options = CompareOptions.parse("--model", "unused", "--llama", library().toString(), "--rows", "9", "--streams", "1,3",
                "--repeats", "2", "--threads", "2");
        List<String> progress = new ArrayList<>();
        try (ModelWeights weights = open()) {
            DecoderComparison.Result result = DecoderComparison.run(weights, Optional.empty(), options, progress::add);
            assertEquals(6, result.cases().size());
            assertEquals(96, result.cases().get(2).workload().tokens());
            String json = DecoderReport.json(result, StolenTime.start().stop());
            assertTrue(json.startsWith("{\"llama\":\"llama") && json.endsWith("]}\n") && json.contains("\"ratio\":") && json.contains("\"stolenShare\":"), json);
            assertTrue(DecoderReport.table(result).contains("decode 3 streams"), DecoderReport.table(result));
        }
        String written = progress.getFirst();
        Path left = Path.of(written.substring(written.indexOf("into ") + 5, written.lastIndexOf(" ...")));
        assertFalse(Files.exists(left), left + " is still there");
    }

    @Test
    void aDirectoryWithoutTheLibrariesIsRefusedInOneSentence() {
        String message = assertThrows(UsageException.class, () -> new LlamaLibrary(folder)).getMessage();
        assertTrue(message.startsWith("There is no libllama.so in ") && message.endsWith("."), message);
    }

    /** Gives the logits of the position before. */
    private record ShiftedByOne(TextDecoder decoder) implements TextDecoder {
        @Override
        public void prepare(Workload workload) {
            decoder.prepare(Workload.prefill(workload.prompt() - 1));
        }

        @Override
        public void run() {
            decoder.run();
        }

        @Override
        public float[][] logits() {
            return decoder.logits();
        }

        @Override
        public void close() {}
    }

    private static Path library() {
        Optional<String> directory = Optional.ofNullable(System.getenv("FUNASR_LLAMA"));
        assumeTrue(directory.isPresent(), "FUNASR_LLAMA does not name the folder of llama.cpp's libraries");
        return Path.of(directory.get());
    }

    private ModelWeights open() {
        Optional<String> directory = Optional.ofNullable(System.getenv("FUNASR_GOLDEN"));
        assumeTrue(directory.isPresent(), "FUNASR_GOLDEN does not name the folder of golden data");
        return ModelDirectory.open(Path.of(directory.get()).resolve("tiny-nano/model"), OpenOptions.defaults().withCacheDir(folder.resolve("cache")));
    }

    private static Kernels kernels() {
        return KernelSelector.open(new KernelOptions(Tier.SCALAR, 1, 0, KernelOptions.Accuracy.FULL));
    }

    private LlamaDecoder export(ModelWeights weights, GgufType type) throws IOException {
        LlamaLibrary library = new LlamaLibrary(library());
        Path file = Files.createTempDirectory(folder, "gguf").resolve("m.gguf");
        DecoderExport.write(weights, type, file);
        return new LlamaDecoder(library, file, 2);
    }
}
