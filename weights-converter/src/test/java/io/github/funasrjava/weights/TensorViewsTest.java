package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row 39 of the reliability cases: offsets, strides and shared storages. */
class TensorViewsTest {
    @TempDir
    Path folder;

    @Test
    void honoursOffsetsAndStrides() {
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, values(0, List.of(3L, 4L), List.of(4L, 1L)));
        assertArrayEquals(new float[] {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}, values(0, List.of(4L, 3L), List.of(1L, 4L)), "transposed");
        assertArrayEquals(new float[] {5, 6, 9, 10}, values(5, List.of(2L, 2L), List.of(4L, 1L)), "a slice");
        assertArrayEquals(new float[] {1, 3, 5}, values(1, List.of(3L), List.of(2L)), "every other one");
        assertArrayEquals(new float[] {7, 7, 7, 7}, values(7, List.of(2L, 2L), List.of(0L, 0L)), "expanded");
        assertArrayEquals(new float[] {11}, values(11, List.of(), List.of()), "a scalar");
        assertArrayEquals(new float[] {2, 3}, values(2, List.of(1L, 2L), List.of(99_999L, 1L)), "the stride of a single row is nobody's business");
        assertArrayEquals(new float[] {0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11}, values(0, List.of(2L, 3L, 2L), List.of(3L, 1L, 6L)));
    }

    @Test
    void rejectsViewsThatLeaveTheirStorage() {
        refused(0, List.of(13L), List.of(1L), "reaches out of its storage");
        refused(1, List.of(3L, 4L), List.of(4L, 1L), "reaches out of its storage");
        refused(12, List.of(1L), List.of(1L), "reaches out of its storage");
        refused(12, List.of(), List.of(), "reaches out of its storage");
        refused(0, List.of(2L, 2L), List.of(11L, 1L), "reaches out of its storage");
        refused(0, List.of(2L), List.of(Long.MAX_VALUE), "reaches out of its storage");
        refused(Long.MAX_VALUE, List.of(2L), List.of(1L), "size overflows");
        refused(0, List.of(3L), List.of(Long.MAX_VALUE), "size overflows");
        refused(0, List.of(Long.MAX_VALUE, Long.MAX_VALUE), List.of(0L, 0L), "size overflows");
        refused(0, List.of(4L, 0L), List.of(1L, 1L), "without elements");
    }

    @Test
    void rejectsSmallFilesThatPretendToBeHugeModels() {
        byte[] bytes = storage().view("t", "s", 0, List.of(1L << 20, 1L << 10), List.of(0L, 0L)).build();
        Refusals.refused(Kind.LIMIT, () -> read(bytes), "more than 16 times its own length");
    }

    @Test
    void convertsParametersAndNonContiguousWeights() throws IOException {
        TinyModel model = new TinyModel(1);
        TorchBytes torch = new TorchBytes();
        model.tensors.forEach((name, values) -> {
            if (name.endsWith("self_attn.k_proj.weight")) { // stored transposed, viewed back
                long n = values.shape().get(0);
                long k = values.shape().get(1);
                double[] turned = new double[values.values().length];
                for (int i = 0; i < turned.length; i++) {
                    turned[(int) (i % k * n + i / k)] = values.values()[i];
                }
                torch.storage(name, values.type(), new TinyModel.Values(values.type(), values.shape(), turned).bytes())
                        .parameter(name, name, 0, values.shape(), List.of(1L, n));
            } else {
                torch.tensor(name, values.type(), values.shape(), values.bytes());
            }
        });
        Path plain = model.write(folder.resolve("plain"));
        Path odd = model.write(folder.resolve("odd"), torch.build());
        Converter.convert(plain, folder.resolve("a"), ConvertOptions.defaults());
        Converter.convert(odd, folder.resolve("b"), ConvertOptions.defaults());
        sameTensors(folder.resolve("a"), folder.resolve("b"));
    }

    @Test
    void sharedStorageIsWrittenOnce() throws IOException {
        TinyModel model = new TinyModel(2);
        TorchBytes torch = new TorchBytes();
        model.tensors.forEach((name, values) -> {
            if (name.equals(TensorCatalog.HEAD)) {
                return;
            }
            torch.storage(name, values.type(), values.bytes())
                    .view(name, name, 0, values.shape(), TorchBytes.strides(values.shape()));
        });
        List<Long> shape = model.tensors.get(TensorCatalog.EMBEDDING).shape();
        torch.view(TensorCatalog.HEAD, TensorCatalog.EMBEDDING, 0, shape, TorchBytes.strides(shape));
        Path source = model.write(folder.resolve("shared"), torch.build());
        Converter.convert(source, folder.resolve("a"), ConvertOptions.defaults());
        try (ModelWeights weights = ModelDirectory.open(folder.resolve("a"), OpenOptions.defaults())) {
            assertTrue(weights.headIsTied());
            assertFalse(weights.converted().file().has(TensorCatalog.HEAD));
        }
        Exporter.export(folder.resolve("a"), folder.resolve("rows.safetensors"), ProgressListener.SILENT);
        try (Arena arena = Arena.ofConfined()) {
            assertArrayEquals(model.tensors.get(TensorCatalog.HEAD).bytes(),
                    SafetensorsFile.open(folder.resolve("rows.safetensors"), arena).data(TensorCatalog.HEAD).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    private static void sameTensors(Path a, Path b) {
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile left = SafetensorsFile.open(a.resolve("model.safetensors"), arena);
            SafetensorsFile right = SafetensorsFile.open(b.resolve("model.safetensors"), arena);
            assertEquals(left.tensors().keySet(), right.tensors().keySet());
            for (String name : left.tensors().keySet()) {
                assertEquals(-1, left.data(name).mismatch(right.data(name)), name);
            }
        }
    }

    /** A storage of the numbers 0 to 11. */
    private static TorchBytes storage() {
        ByteBuffer data = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 12; i++) {
            data.putFloat(i);
        }
        return new TorchBytes().storage("s", ElementType.F32, data.array());
    }

    private static float[] values(long offset, List<Long> shape, List<Long> strides) {
        SourceTensor tensor = read(storage().view("t", "s", offset, shape, strides).build());
        try (Arena arena = Arena.ofConfined()) {
            return tensor.rowMajor(arena).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        }
    }

    private static SourceTensor read(byte[] bytes) {
        return TorchCheckpoint.read(MemorySegment.ofArray(bytes), "model.pt").get("t");
    }

    private static void refused(long offset, List<Long> shape, List<Long> strides, String words) {
        byte[] bytes = storage().view("t", "s", offset, shape, strides).build();
        Refusals.refused(Kind.MALFORMED, () -> read(bytes), words);
    }
}
