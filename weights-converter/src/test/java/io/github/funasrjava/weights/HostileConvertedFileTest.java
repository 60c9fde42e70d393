package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Converted files whose header is good safetensors, but says about a tensor what is not so. */
class HostileConvertedFileTest {
    private static final String RAW = "ctc_decoder.blocks.0.norm1.weight";

    @TempDir
    Path folder;

    @Test
    void exportRefusesARawTensorThatIsSaidToBeLargerThanItIs() throws IOException {
        Path model = converted(new TinyModel(1).remove("ctc.ctc_lo.bias"), ConvertOptions.defaults());
        rewrite(model, metadata -> edit(metadata, "tensor:" + RAW, line -> line.replaceFirst("raw 12 ", "raw 12000 ")), 0);
        refusedToExport(model, RAW);
    }

    @Test
    void exportRefusesPartsThatAreMoreThanTheTensorHas() throws IOException {
        Path model = converted(new TinyModel(2), ConvertOptions.defaults());
        String name = "llm.model.layers.0.self_attn.qkv_proj.weight";
        rewrite(model, metadata -> edit(metadata, "tensor:" + name, line -> line.replace("BF16 24x24 ", "BF16 2400x24 ")), 0);
        refusedToExport(model, name);
    }

    @Test
    void exportRefusesATiedHeadOfAnotherShapeThanTheEmbedding() throws IOException {
        Path model = converted(new TinyModel(3), ConvertOptions.defaults());
        rewrite(model, metadata -> edit(metadata, "tied_head", line -> line.replace("70x24", "9000000x24")), 0);
        refusedToExport(model, "llm.lm_head.weight");
    }

    @Test
    void openingRefusesScalesThatAreNotAligned() throws IOException {
        Path model = converted(new TinyModel(4), ConvertOptions.defaults().withPrecision(Precision.INT8));
        rewrite(model, metadata -> metadata, 2);
        Refusals.refused(Kind.MISMATCH, () -> ModelDirectory.open(model, OpenOptions.defaults()).close(), "does not fit its configuration");
    }

    @Test
    void verificationReadsRawTensorsThatAreNotAligned() throws IOException {
        Path model = converted(new TinyModel(5).remove("ctc.ctc_lo.bias"), ConvertOptions.defaults());
        rewrite(model, metadata -> metadata, 2);
        try (ModelWeights weights = ModelDirectory.open(model, OpenOptions.defaults())) {
            assertEquals(List.of(), Verification.of(weights, ProgressListener.SILENT).faults());
        }
    }

    private void refusedToExport(Path model, String name) {
        Path out = folder.resolve("rows.safetensors");
        Refusals.refused(Kind.MALFORMED, () -> Exporter.export(model, out, ProgressListener.SILENT), name);
        assertFalse(Files.exists(out));
    }

    private Path converted(TinyModel model, ConvertOptions options) throws IOException {
        Path target = folder.resolve("converted");
        Converter.convert(model.write(folder.resolve("m")), target, options);
        return target;
    }

    private static Map<String, String> edit(Map<String, String> metadata, String key, UnaryOperator<String> change) {
        Map<String, String> edited = new LinkedHashMap<>(metadata);
        String line = metadata.get(key);
        String after = change.apply(line);
        assertFalse(after.equals(line), "nothing changed in " + line);
        edited.put(key, after);
        return edited;
    }

    /** Writes the file anew; {@code bytesBefore} bytes that belong to nothing that is used stand before the first tensor that is no matrix. */
    private static void rewrite(Path model, UnaryOperator<Map<String, String>> change, int bytesBefore) throws IOException {
        Path path = model.resolve(Checkpoint.SAFETENSORS_FILE);
        List<ConvertedHeader.Slot> slots = new ArrayList<>();
        List<byte[]> data = new ArrayList<>();
        Map<String, String> metadata;
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile file = SafetensorsFile.open(path, arena);
            metadata = new LinkedHashMap<>(change.apply(file.metadata()));
            boolean put = bytesBefore == 0;
            for (TensorInfo info : file.tensors().values()) {
                String line = metadata.getOrDefault("tensor:" + info.name(), "");
                if (!put && (line.startsWith("scales") || line.startsWith("raw"))) {
                    String filler = "ctc_decoder.filler";
                    slots.add(new ConvertedHeader.Slot(filler, ElementType.U8, List.of((long) bytesBefore), bytesBefore));
                    data.add(new byte[bytesBefore]);
                    metadata.put("tensor:" + filler, "raw " + bytesBefore + " " + Sha256.of(new byte[bytesBefore]) + " U8");
                    put = true;
                }
                slots.add(new ConvertedHeader.Slot(info.name(), info.type(), info.shape(), info.bytes()));
                data.add(file.data(info.name()).toArray(ValueLayout.JAVA_BYTE));
            }
            assertTrue(put);
        }
        ConvertedHeader header = new ConvertedHeader(slots, metadata);
        Files.delete(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.write(header.encode(metadata));
            for (byte[] bytes : data) {
                channel.write(ByteBuffer.wrap(bytes));
            }
        }
    }
}
