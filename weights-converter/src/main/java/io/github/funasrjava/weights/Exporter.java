package io.github.funasrjava.weights;

import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelPacker;
import io.github.funasrjava.weights.StoredTensor.Layout;
import io.github.funasrjava.weights.StoredTensor.SourcePart;
import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The exact inverse of a lossless conversion: plain row-major safetensors with the checkpoint's own names, types and
 * bytes. Only f64 values that f32 could not hold, and what {@code --precision} rounded, stay as they were stored.
 */
public final class Exporter {
    private static final int BUFFER_BYTES = 4 << 20;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** A checkpoint tensor and where its values are: rows {@code firstRow} on of a stored tensor. */
    private record Output(SourcePart part, StoredTensor stored, int firstRow) {
        long bytes() {
            return elements(part.shape()) * part.type().bytes();
        }

        int rows() {
            return part.shape().isEmpty() ? 1 : Math.toIntExact(part.shape().getFirst());
        }

        int columns() {
            return Math.toIntExact(elements(part.shape()) / rows());
        }
    }

    private final ConvertedFile converted;
    private final ProgressListener listener;

    private Exporter(ConvertedFile converted, ProgressListener listener) {
        this.converted = converted;
        this.listener = listener;
    }

    /**
     * Writes the weights of the converted model in {@code directory} to the new file {@code target}, which appears only
     * when it is complete.
     */
    public static void export(Path directory, Path target, ProgressListener listener) {
        try (Arena arena = Arena.ofConfined()) {
            ConvertedFile converted = ConvertedFile.of(
                    SafetensorsFile.open(directory.resolve(Checkpoint.SAFETENSORS_FILE), arena));
            ModelFiles files = new ModelFiles.InDirectory(directory);
            ModelKind kind = ModelKind.of(files);
            converted.requireTensors(kind.catalog(files), kind);
            if (Files.exists(target)) {
                throw new WeightsException(Kind.IO, target + " is there already; remove it or choose another name.");
            }
            try {
                new Exporter(converted, listener).write(target);
            } catch (InternalError e) {
                throw IoFaults.cut(converted.file().source(), e);
            }
        }
    }

    private void write(Path target) {
        Path temporary = HiddenName.beside(target, ".tmp-" + ProcessHandle.current().pid());
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                write(channel);
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw IoFaults.writing(target, e);
        } finally {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException e) {
                listener.message("Cannot remove " + temporary + ".");
            }
        }
    }

    private void write(FileChannel channel) throws IOException {
        List<Output> outputs = outputs();
        ConvertedHeader header = new ConvertedHeader(outputs.stream()
                .map(o -> new ConvertedHeader.Slot(o.part.name(), o.part.type(), o.part.shape(), o.bytes())).toList(), metadata());
        ProgressMeter meter = new ProgressMeter(listener, outputs.stream().mapToLong(Output::bytes).sum());
        ByteBuffer head = header.encode(metadata());
        while (head.hasRemaining()) {
            channel.write(head);
        }
        for (Output output : outputs) {
            try (Arena arena = Arena.ofConfined()) {
                write(channel, output, meter, arena);
            }
        }
    }

    private Map<String, String> metadata() {
        ModelMetadata from = converted.metadata();
        Map<String, String> out = new LinkedHashMap<>();
        out.put("format", "pt");
        out.put("model", from.model());
        out.put("licence", from.licence());
        out.put("attribution", from.attribution());
        out.put("source_file", from.sourceFile());
        out.put("source_sha256", from.sourceSha256());
        out.put("rounded", Boolean.toString(from.rounded()));
        return out;
    }

    private List<Output> outputs() {
        List<Output> outputs = new ArrayList<>();
        for (StoredTensor stored : converted.metadata().tensors().values()) {
            if (stored.layout() == Layout.SCALES) {
                throw new WeightsException(Kind.UNSUPPORTED, converted.file().source() + " holds int8 matrices, from "
                        + "which the checkpoint's values cannot be had back; export a model that was converted with precision keep.");
            }
            requireParts(stored);
            int row = 0;
            for (SourcePart part : stored.parts()) {
                Output output = new Output(part, stored, row);
                row += output.rows();
                outputs.add(output);
            }
        }
        converted.metadata().tiedHead().ifPresent(head -> {
            StoredTensor embedding = converted.metadata().tensors().get(TensorCatalog.EMBEDDING);
            require(embedding != null && embedding.shape().equals(head.shape()) && head.type().isFloat(), head.name());
            outputs.add(new Output(head, embedding, 0));
        });
        Set<String> names = new HashSet<>();
        outputs.forEach(output -> require(names.add(output.part.name()), output.part.name()));
        return outputs;
    }

    /** The parts are what the metadata say, which nothing else has compared with what the file holds. */
    private void requireParts(StoredTensor stored) {
        long held = converted.file().data(stored.name()).byteSize();
        long elements = stored.parts().stream().mapToLong(part -> elements(part.shape())).sum();
        if (stored.layout() == Layout.RAW) {
            require(stored.parts().size() == 1 && elements <= held / stored.parts().getFirst().type().bytes(), stored.name());
            return;
        }
        long rows = stored.shape().isEmpty() ? 1 : stored.shape().getFirst();
        long columns = elements(stored.shape()) / rows;
        require(elements == rows * columns && (stored.layout() == Layout.PANELS || elements <= held / Float.BYTES), stored.name());
        for (SourcePart part : stored.parts()) {
            long partRows = part.shape().isEmpty() ? 1 : part.shape().getFirst();
            require(part.type().isFloat() && elements(part.shape()) == partRows * columns, stored.name());
        }
    }

    private void require(boolean fits, String name) {
        if (!fits) {
            throw new WeightsException(Kind.MALFORMED, converted.file().source() + " says of the checkpoint's tensor "
                    + Messages.quote(name) + " what does not fit the values that it holds; convert the published model again.");
        }
    }

    private void write(FileChannel channel, Output output, ProgressMeter meter, Arena arena) throws IOException {
        if (output.stored.layout() == Layout.RAW) {
            flush(channel, converted.file().data(output.stored.name()).asSlice(0, output.bytes()), meter);
            return;
        }
        RowReader reader = output.stored.layout() == Layout.PANELS
                ? panels(output.stored, arena)
                : (row, values) -> rows(output, row, values);
        int columns = output.columns();
        long rowBytes = (long) columns * output.part.type().bytes();
        int perBuffer = Math.clamp(BUFFER_BYTES / rowBytes, 1, output.rows());
        MemorySegment buffer = arena.allocate(perBuffer * rowBytes, PlannedTensor.LINE_BYTES);
        float[] values = new float[columns];
        for (int first = 0; first < output.rows(); first += perBuffer) {
            int count = Math.min(perBuffer, output.rows() - first);
            for (int i = 0; i < count; i++) {
                reader.read(output.firstRow + first + i, values);
                encode(values, output.part.type(), buffer, i * rowBytes);
            }
            flush(channel, buffer.asSlice(0, count * rowBytes), meter);
        }
    }

    /** Reads the values of one row. */
    private interface RowReader {
        void read(int row, float[] values);
    }

    /** Unpacks a panel when its first row is asked for and keeps it for the others. */
    private RowReader panels(StoredTensor stored, Arena arena) {
        PanelLayout layout = converted.matrix(stored.name()).layout();
        MemorySegment data = converted.file().data(stored.name());
        int bytes = layout.dtype().bytes();
        MemorySegment panelRows = arena.allocate((long) PanelLayout.PANEL_ROWS * layout.k() * bytes, PlannedTensor.LINE_BYTES);
        int[] unpacked = {-1};
        return (row, values) -> {
            int panel = row / PanelLayout.PANEL_ROWS;
            if (unpacked[0] != panel) {
                PanelPacker.unpackPanel(
                        layout, panel, data.asSlice(panel * layout.panelBytes(), layout.panelBytes()), panelRows);
                unpacked[0] = panel;
            }
            int inPanel = row % PanelLayout.PANEL_ROWS;
            PanelPacker.RowSource rows = stored16(layout)
                    ? PanelPacker.RowSource.ofBf16(panelRows, layout.k())
                    : PanelPacker.RowSource.ofF32(panelRows, layout.k());
            rows.read(inPanel, values);
        };
    }

    private static boolean stored16(PanelLayout layout) {
        return layout.dtype().bytes() == Short.BYTES;
    }

    private void rows(Output output, int row, float[] values) {
        MemorySegment data = converted.file().data(output.stored.name());
        MemorySegment.copy(data, FLOAT, (long) row * values.length * Float.BYTES, values, 0, values.length);
    }

    private static void encode(float[] values, ElementType type, MemorySegment out, long at) {
        switch (type) {
            case F32 -> MemorySegment.copy(values, 0, out, FLOAT, at, values.length);
            case BF16 -> {
                for (int i = 0; i < values.length; i++) {
                    short bits = PanelPacker.isBf16(values[i]) // taken as it is, so that NaN payloads survive
                            ? (short) (Float.floatToRawIntBits(values[i]) >>> 16)
                            : PanelPacker.toBf16(values[i]);
                    out.set(SHORT, at + 2L * i, bits);
                }
            }
            case F16 -> {
                for (int i = 0; i < values.length; i++) {
                    out.set(SHORT, at + 2L * i, Float.floatToFloat16(values[i]));
                }
            }
            case F64 -> {
                for (int i = 0; i < values.length; i++) {
                    out.set(DOUBLE, at + 8L * i, values[i]);
                }
            }
            default -> throw new IllegalStateException("weights are floating-point numbers, not " + type);
        }
    }

    private static void flush(FileChannel channel, MemorySegment bytes, ProgressMeter meter) throws IOException {
        for (long from = 0; from < bytes.byteSize(); from += BUFFER_BYTES) {
            ByteBuffer buffer = bytes.asSlice(from, Math.min(BUFFER_BYTES, bytes.byteSize() - from)).asByteBuffer();
            meter.add(buffer.remaining());
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }
    }

    private static long elements(List<Long> shape) {
        long count = 1;
        for (long size : shape) {
            count *= size;
        }
        return count;
    }
}
