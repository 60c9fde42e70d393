package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a conversion keeps, rounds, leaves out, and how exactly the export undoes it. */
class ConversionTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(TorchBytes.Wrapping.class)
    void exportIsTheExactInverseInEveryWrapping(TorchBytes.Wrapping wrapping) throws IOException {
        exportsExactly(new TinyModel(1).wrapping(wrapping));
    }

    @ParameterizedTest
    @EnumSource(value = ElementType.class, names = {"BF16", "F16", "F32"})
    void exportIsTheExactInverseForEveryType(ElementType type) throws IOException {
        exportsExactly(new TinyModel(2, type, type));
    }

    @Test
    void exportIsTheExactInverseForMixedTypesAndAnUntiedHead() throws IOException {
        TinyModel model = new TinyModel(3);
        SplittableRandom random = new SplittableRandom(9);
        model.tensors.replaceAll((name, values) -> TinyModel.random(
                List.of(ElementType.BF16, ElementType.F16, ElementType.F32).get(random.nextInt(3)), values.shape(), random));
        exportsExactly(model);
        try (ModelWeights weights = ModelDirectory.open(folder.resolve("converted"), OpenOptions.defaults())) {
            assertFalse(weights.headIsTied());
        }
    }

    @Test
    void exportIsTheExactInverseForNanPayloadsAndNegativeZero() throws IOException {
        TinyModel model = new TinyModel(4);
        double[] values = model.tensors.get("llm.model.layers.0.mlp.up_proj.weight").values();
        values[0] = Float.intBitsToFloat(0x7FA10000);
        values[1] = Float.intBitsToFloat(0xFFC30000);
        values[2] = -0.0f;
        values[3] = Float.NEGATIVE_INFINITY;
        values[4] = Float.intBitsToFloat(0x00010000);
        exportsExactly(model);
    }

    @Test
    void storesBf16OnlyWhereEveryValueIsBf16() throws IOException {
        TinyModel model = new TinyModel(5);
        TinyModel.Values down = model.tensors.get("llm.model.layers.1.mlp.down_proj.weight");
        model.tensors.put("llm.model.layers.1.mlp.down_proj.weight", new TinyModel.Values(ElementType.F32, down.shape(), down.values()));
        TinyModel.Values up = model.tensors.get("llm.model.layers.1.mlp.up_proj.weight");
        double[] finer = up.values().clone();
        finer[finer.length - 1] = Math.nextUp((float) finer[finer.length - 1]);
        model.tensors.put("llm.model.layers.1.mlp.up_proj.weight", new TinyModel.Values(ElementType.F32, up.shape(), finer));
        try (ModelWeights weights = convert(model, ConvertOptions.defaults())) {
            assertEquals(DType.BF16, dtype(weights, "llm.model.layers.1.mlp.down_proj.weight"), "f32 that holds bf16 values");
            assertEquals(DType.F32, dtype(weights, "llm.model.layers.1.mlp.gate_up_proj.weight"), "one value is finer");
            assertEquals(DType.BF16, dtype(weights, "llm.model.layers.0.mlp.gate_up_proj.weight"));
            assertFalse(weights.metadata().rounded());
            PanelMatrix matrix = weights.matrix("llm.model.layers.1.mlp.gate_up_proj.weight");
            float[] last = new float[matrix.k()];
            PanelPacker.unpackRow(matrix, matrix.n() - 1, last);
            assertEquals((float) finer[finer.length - 1], last[last.length - 1]);
        }
        exportsExactly(model);
    }

    @Test
    void roundsOnlyOnRequestAndSaysSo() throws IOException {
        TinyModel model = new TinyModel(6, ElementType.F32, ElementType.F32);
        try (ModelWeights weights = convert(model, ConvertOptions.defaults().withPrecision(Precision.BF16))) {
            assertTrue(weights.metadata().rounded());
            assertEquals(Precision.BF16, weights.metadata().precision());
            assertTrue(weights.warnings().getFirst().contains("rounded"), weights.warnings().toString());
            PanelMatrix matrix = weights.matrix("audio_adaptor.linear1.weight");
            assertEquals(DType.BF16, matrix.layout().dtype());
            float[] row = new float[matrix.k()];
            PanelPacker.unpackRow(matrix, 1, row);
            double source = model.tensors.get("audio_adaptor.linear1.weight").values()[matrix.k()];
            assertEquals(PanelPacker.fromBf16(PanelPacker.toBf16((float) source)), row[0]);
            double bias = model.tensors.get("audio_adaptor.linear1.bias").values()[3];
            assertEquals((float) bias, weights.vector("audio_adaptor.linear1.bias").get(0, 3), "vectors stay f32");
        }
    }

    @Test
    void f64IsKeptWhereF32HoldsItAndElseRoundedAloud() throws IOException {
        TinyModel exact = new TinyModel(7);
        exact.tensors.replaceAll((name, v) -> new TinyModel.Values(ElementType.F64, v.shape(), v.values()));
        exportsExactly(exact);
        TinyModel finer = new TinyModel(8, ElementType.F64, ElementType.F64);
        try (ModelWeights weights = convert(finer, ConvertOptions.defaults())) {
            assertTrue(weights.metadata().rounded());
            assertEquals((float) finer.tensors.get("llm.model.norm.weight").values()[2],
                    weights.vector("llm.model.norm.weight").get(0, 2));
        }
    }

    @Test
    void headIsLeftOutOnlyWhenItsBytesAreTheEmbeddings() throws IOException {
        TinyModel model = new TinyModel(9);
        try (ModelWeights weights = convert(model, ConvertOptions.defaults())) {
            assertTrue(weights.headIsTied());
            assertTrue(weights.has("llm.lm_head.weight"));
            assertEquals(weights.matrix("llm.model.embed_tokens.weight"), weights.matrix("llm.lm_head.weight"));
        }
        TinyModel.Values embedding = model.tensors.get(TensorCatalog.EMBEDDING);
        double[] other = embedding.values().clone();
        other[other.length / 2] += 1;
        model.tensors.put(TensorCatalog.HEAD, new TinyModel.Values(ElementType.BF16, embedding.shape(), other));
        try (ModelWeights weights = convert(model, ConvertOptions.defaults())) {
            assertFalse(weights.headIsTied(), "the configuration says tied, the weights decide");
            assertFalse(weights.matrix("llm.model.embed_tokens.weight").equals(weights.matrix("llm.lm_head.weight")));
        }
    }

    @Test
    void headMayBeAbsentWhereTheConfigurationTiesIt() throws IOException {
        TinyModel model = new TinyModel(10).remove(TensorCatalog.HEAD);
        exportsExactly(model);
        model.edit("Qwen3-0.6B/config.json", s -> s.replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"));
        Path source = model.write(Files.createDirectory(folder.resolve("untied")));
        WeightsException e = assertThrows(WeightsException.class,
                () -> Converter.convert(source, folder.resolve("never"), ConvertOptions.defaults()));
        assertEquals(Kind.MISMATCH, e.kind());
        assertTrue(e.getMessage().contains("llm.lm_head.weight missing [70, 24]"), e.getMessage());
        assertFalse(Files.exists(folder.resolve("never")));
    }

    @Test
    void fusesProjectionsInOrder() throws IOException {
        TinyModel model = new TinyModel(11);
        try (ModelWeights weights = convert(model, ConvertOptions.defaults())) {
            PanelMatrix fused = weights.matrix("llm.model.layers.1.self_attn.qkv_proj.weight");
            assertEquals(24 + 12 + 12, fused.n());
            assertEquals(24, fused.k());
            for (var part : Map.of("q_proj", 0, "k_proj", 24, "v_proj", 36).entrySet()) {
                double[] values = model.tensors.get("llm.model.layers.1.self_attn." + part.getKey() + ".weight").values();
                float[] row = new float[24];
                PanelPacker.unpackRow(fused, part.getValue(), row);
                assertEquals((float) values[0], row[0]);
                assertEquals((float) values[23], row[23]);
            }
            float[] bias = weights.vector("audio_adaptor.blocks.0.self_attn.linear_q_k_v.bias").row(0);
            assertEquals((float) model.tensors.get("audio_adaptor.blocks.0.self_attn.linear_k.bias").values()[0], bias[24]);
            assertEquals(12, weights.rows("audio_encoder.tp_encoders.0.self_attn.fsmn_block.weight").rows());
            assertEquals(5, weights.rows("audio_encoder.tp_encoders.0.self_attn.fsmn_block.weight").cols());
        }
    }

    @Test
    void incompleteCtcIsNotUsedButNotLost() throws IOException {
        TinyModel model = new TinyModel(12).remove("ctc.ctc_lo.bias").remove("ctc_decoder.blocks.0.norm2.weight");
        exportsExactly(model);
        try (ModelWeights weights = ModelDirectory.open(folder.resolve("converted"), OpenOptions.defaults())) {
            assertFalse(weights.ctcAvailable());
            String reason = weights.ctcUnavailableReason().orElseThrow();
            assertTrue(reason.contains("incomplete") && reason.contains("ctc.ctc_lo.bias missing [37]")
                    && reason.contains("ctc_decoder.blocks.0.norm2.weight"), reason);
            assertEquals(1, weights.warnings().size(), "said once");
            assertThrows(WeightsException.class, () -> weights.matrix("ctc.ctc_lo.weight"));
        }
    }

    @Test
    void ctcOfTheWrongShapeIsNotUsed() throws IOException {
        TinyModel model = new TinyModel(13).edit("config.yaml", s -> s.replace("ctc_vocab_size: 37", "ctc_vocab_size: 38"));
        exportsExactly(model);
        try (ModelWeights weights = ModelDirectory.open(folder.resolve("converted"), OpenOptions.defaults())) {
            assertFalse(weights.ctcAvailable());
            assertTrue(weights.ctcUnavailableReason().orElseThrow().contains("ctc.ctc_lo.weight is [37, 12] instead of [38, 12]"));
        }
    }

    @Test
    void ctcThatTheConfigurationDoesNotDeclareIsNotUsed() throws IOException {
        TinyModel model = new TinyModel(14).edit("config.yaml", s -> s.replace("ctc_decoder: Transformer\n", ""));
        exportsExactly(model);
        try (ModelWeights weights = ModelDirectory.open(folder.resolve("converted"), OpenOptions.defaults())) {
            assertFalse(weights.ctcAvailable());
            assertEquals(Optional.empty(), weights.config().ctc());
        }
    }

    @Test
    void conversionIsReproducibleByteForByte() throws IOException {
        Path source = new TinyModel(15).write(Files.createDirectory(folder.resolve("m")));
        Converter.convert(source, folder.resolve("one"), ConvertOptions.defaults().withThreads(1));
        Converter.convert(source, folder.resolve("two"), ConvertOptions.defaults().withThreads(3));
        assertArrayEquals(Files.readAllBytes(folder.resolve("one/model.safetensors")),
                Files.readAllBytes(folder.resolve("two/model.safetensors")));
    }

    @Test
    void writesWhatItCameFrom() throws IOException {
        Path source = new TinyModel(16).write(Files.createDirectory(folder.resolve("my model")));
        Path target = folder.resolve("out");
        Converter.convert(source, target, ConvertOptions.defaults().withLicence("Apache-2.0"));
        try (ModelWeights weights = ModelDirectory.open(target, OpenOptions.defaults())) {
            ModelMetadata metadata = weights.metadata();
            assertEquals("my model", metadata.model());
            assertEquals("Apache-2.0", metadata.licence());
            assertEquals("model.pt", metadata.sourceFile());
            assertEquals(Files.size(source.resolve("model.pt")), metadata.sourceBytes());
            assertEquals(Sha256.of(Files.readAllBytes(source.resolve("model.pt"))), metadata.sourceSha256());
            assertEquals(new TinyModel(16).tensors.size(), metadata.sourceTensors());
            assertTrue(metadata.files().containsKey("Qwen3-0.6B/merges.txt"));
            assertEquals(Optional.of(target.resolve("Qwen3-0.6B")), weights.tokenizerDir());
        }
        try (Stream<Path> files = Files.walk(target)) {
            assertEquals(8, files.filter(Files::isRegularFile).count());
        }
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile file = SafetensorsFile.open(target.resolve("model.safetensors"), arena);
            boolean rowsBegan = false;
            for (TensorInfo tensor : file.tensors().values()) {
                assertEquals(0, tensor.offset() % 64, tensor.name());
                boolean rows = tensor.shape().size() == 1;
                assertFalse(rowsBegan && !rows, "panels come first");
                rowsBegan = rows;
            }
        }
    }

    @Test
    void opensAModelThatTheProgramCarries() throws IOException {
        Path source = new TinyModel(17).write(Files.createDirectory(folder.resolve("m")));
        Path target = folder.resolve("out");
        Converter.convert(source, target, ConvertOptions.defaults());
        ModelFiles.Resources resources = name -> Files.exists(target.resolve(name))
                ? Optional.of(new ByteArrayInputStream(Files.readAllBytes(target.resolve(name))))
                : Optional.empty();
        try (ModelWeights mapped = ModelDirectory.open(target, OpenOptions.defaults());
                ModelWeights carried = ModelDirectory.openResource("demo", resources)) {
            assertEquals(Optional.empty(), carried.tokenizerDir());
            assertEquals(mapped.metadata(), carried.metadata());
            assertTrue(carried.unchanged());
            assertEquals(-1, mapped.matrix("llm.lm_head.weight").panels().mismatch(carried.matrix("llm.lm_head.weight").panels()));
            assertEquals("a b", new String(carried.files().bytes("Qwen3-0.6B/merges.txt")).lines().toList().get(1));
            assertEquals(List.of(), carried.warnings());
        }
    }

    @Test
    void closingReleasesTheWeights() throws IOException {
        Path source = new TinyModel(18).write(Files.createDirectory(folder.resolve("m")));
        ModelWeights weights = ModelDirectory.open(source, OpenOptions.defaults().withCacheDir(folder.resolve("cache")));
        var panels = weights.matrix("llm.lm_head.weight").panels();
        weights.close();
        weights.close();
        assertThrows(IllegalStateException.class, () -> panels.get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void convertsExportedRowsAgain() throws IOException {
        TinyModel model = new TinyModel(19);
        exportsExactly(model);
        Path again = model.write(Files.createDirectory(folder.resolve("again")));
        Files.delete(again.resolve("model.pt"));
        Files.copy(folder.resolve("rows.safetensors"), again.resolve("model.safetensors"));
        Converter.convert(again, folder.resolve("twice"), ConvertOptions.defaults());
        try (ModelWeights one = ModelDirectory.open(folder.resolve("converted"), OpenOptions.defaults());
                ModelWeights two = ModelDirectory.open(folder.resolve("twice"), OpenOptions.defaults())) {
            for (String name : one.converted().file().tensors().keySet()) {
                assertEquals(-1, one.converted().file().data(name).mismatch(two.converted().file().data(name)), name);
            }
        }
    }

    @Test
    void tellsProgressUpToTheEnd() throws IOException {
        Path source = new TinyModel(20).write(Files.createDirectory(folder.resolve("m")));
        List<Progress> heard = new ArrayList<>();
        Converter.convert(source, folder.resolve("out"), ConvertOptions.defaults().withListener(new ProgressListener() {
            @Override
            public void progress(Progress progress) {
                heard.add(progress);
            }
        }));
        assertEquals(1.0, heard.getLast().fraction());
        assertTrue(heard.getLast().totalBytes() > Files.size(source.resolve("model.pt")));
    }

    private ModelWeights convert(TinyModel model, ConvertOptions options) throws IOException {
        Path source = model.write(Files.createTempDirectory(folder, "source"));
        Path target = Files.createTempDirectory(folder, "target").resolve("converted");
        Converter.convert(source, target, options);
        return ModelDirectory.open(target, OpenOptions.defaults());
    }

    private static DType dtype(ModelWeights weights, String name) {
        return weights.matrix(name).layout().dtype();
    }

    /** Converts, exports, and compares name by name, byte by byte with what was given. */
    private void exportsExactly(TinyModel model) throws IOException {
        Path source = model.write(Files.createTempDirectory(folder, "source"));
        Path converted = folder.resolve("converted");
        Path rows = folder.resolve("rows.safetensors");
        deleteIfThere(converted);
        Files.deleteIfExists(rows);
        Converter.convert(source, converted, ConvertOptions.defaults());
        Exporter.export(converted, rows, ProgressListener.SILENT);
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile exported = SafetensorsFile.open(rows, arena);
            assertEquals(model.tensors.keySet(), Set.copyOf(exported.tensors().keySet()));
            model.tensors.forEach((name, values) -> {
                assertEquals(values.type(), exported.tensor(name).type(), name);
                assertEquals(values.shape(), exported.tensor(name).shape(), name);
                assertArrayEquals(values.bytes(), exported.data(name).toArray(ValueLayout.JAVA_BYTE), name);
            });
        }
    }

    private static void deleteIfThere(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path path : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
