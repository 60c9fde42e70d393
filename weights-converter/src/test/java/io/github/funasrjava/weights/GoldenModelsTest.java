package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tiny published-format models convert, open and hold the checkpoint's values bit for bit. */
class GoldenModelsTest {
    @TempDir
    Path cache;

    @Test
    void nanoWithoutCtcWeightsOpensWithoutCtc() {
        try (ModelWeights model = check("tiny-nano/model")) {
            assertFalse(model.ctcAvailable());
            assertTrue(model.config().ctc().isPresent());
            assertTrue(model.ctcUnavailableReason().orElseThrow().contains("none of its weights"));
            assertEquals(1, model.warnings().size());
            assertTrue(model.config().adaptor().useLowFrameRate());
            assertEquals(8, model.config().adaptor().attentionHeads());
            assertTrue(model.headIsTied());
            assertEquals(List.of(678), model.config().decoder().eosTokenIds());
            assertTrue(model.config().prompt().doThink() && model.config().prompt().systemPrompt());
        }
    }

    @Test
    void nanoWithCtcWeightsKeepsThemInF32() {
        try (ModelWeights model = check("tiny-nano-ctc/model")) {
            assertTrue(model.ctcAvailable());
            assertEquals(2379, model.config().ctc().orElseThrow().vocabSize());
            assertEquals(2378, model.config().ctc().orElseThrow().blankId());
            assertEquals(DType.F32, model.matrix("ctc.ctc_lo.weight").layout().dtype());
            assertEquals(DType.BF16, model.matrix("llm.lm_head.weight").layout().dtype());
            assertEquals(List.of(), model.warnings());
        }
    }

    @Test
    void mltWithoutTheKeyHearsEveryFrame() {
        try (ModelWeights model = check("tiny-mlt/model")) {
            assertFalse(model.config().adaptor().useLowFrameRate());
            assertEquals(10, model.config().adaptor().audioTokens(10));
        }
    }

    @Test
    void demoModelOpensAndExportsItsCheckpoint() throws IOException {
        Path directory = Golden.directory("../demo-model/model");
        Path converted = cache.resolve("demo");
        Converter.convert(directory, converted, ConvertOptions.defaults());
        Exporter.export(converted, cache.resolve("rows.safetensors"), ProgressListener.SILENT);
        try (Arena arena = Arena.ofConfined();
                ModelWeights model = ModelDirectory.open(converted, OpenOptions.defaults())) {
            assertEquals(4, model.config().adaptor().attentionHeads());
            assertEquals(48, model.config().decoder().headDim());
            assertTrue(model.ctcAvailable());
            Map<String, SourceTensor> checkpoint = Checkpoint.open(directory.resolve("model.pt"), arena).tensors();
            SafetensorsFile exported = SafetensorsFile.open(cache.resolve("rows.safetensors"), arena);
            assertEquals(checkpoint.keySet(), exported.tensors().keySet());
            for (SourceTensor tensor : checkpoint.values()) {
                assertEquals(tensor.type(), exported.tensor(tensor.name()).type());
                assertEquals(-1, tensor.rowMajor(arena).mismatch(exported.data(tensor.name())), tensor.name());
            }
        }
    }

    /** Opens the directory through the cache and compares every value with the checkpoint. */
    private ModelWeights check(String name) {
        Path directory = Golden.directory(name);
        List<String> messages = new ArrayList<>();
        OpenOptions options = OpenOptions.defaults().withCacheDir(cache).withListener(new ProgressListener() {
            @Override
            public void message(String sentence) {
                messages.add(sentence);
            }
        });
        ModelWeights model = ModelDirectory.open(directory, options);
        assertEquals(2, messages.size(), messages.toString());
        try (Arena arena = Arena.ofConfined()) {
            Map<String, SourceTensor> checkpoint = Checkpoint.open(directory.resolve("model.pt"), arena).tensors();
            int compared = 0;
            for (StoredTensor stored : model.metadata().tensors().values()) {
                compared += compare(model, stored, checkpoint, arena);
            }
            assertEquals(checkpoint.size() - (model.headIsTied() ? 1 : 0), compared);
        }
        messages.clear();
        ModelDirectory.open(directory, options).close();
        assertEquals(List.of(), messages, "a second opening converts nothing");
        return model;
    }

    private static int compare(
            ModelWeights model, StoredTensor stored, Map<String, SourceTensor> checkpoint, Arena arena) {
        int row = 0;
        for (StoredTensor.SourcePart part : stored.parts()) {
            SourceTensor source = checkpoint.get(part.name());
            assertEquals(source.shape(), part.shape());
            int k = Math.toIntExact(source.shape().size() == 1 ? 1 : source.elements() / source.shape().getFirst());
            TensorRows wanted = new TensorRows(List.of(source), k, false, arena);
            float[] expected = new float[k];
            float[] actual = new float[k];
            for (int r = 0; r < source.shape().getFirst(); r++, row++) {
                wanted.read(r, expected);
                if (stored.layout() == StoredTensor.Layout.PANELS) {
                    PanelMatrix matrix = model.matrix(stored.name());
                    PanelPacker.unpackRow(matrix, row, actual);
                } else {
                    actual = model.rows(stored.name()).row(row);
                }
                for (int c = 0; c < k; c++) {
                    assertEquals(Float.floatToRawIntBits(expected[c]), Float.floatToRawIntBits(actual[c]), stored.name());
                }
            }
        }
        return stored.parts().size();
    }
}
