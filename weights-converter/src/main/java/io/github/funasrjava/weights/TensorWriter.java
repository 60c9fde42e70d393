package io.github.funasrjava.weights;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelPacker;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.LongConsumer;

/**
 * Writes one tensor to its place, a few megabytes at a time, and takes its checksum on the way. Used by one thread; the
 * data go through {@code write}, not through a mapping, so that a full disk is an error and not a crash.
 */
final class TensorWriter {
    private static final int BUFFER_BYTES = 4 << 20;
    private static final long SCALE_BYTES = (long) PanelLayout.PANEL_ROWS * Float.BYTES;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final FileChannel channel;
    private final LongConsumer written;

    /**
     * A writer to {@code channel}.
     *
     * @param written hears of every piece that has been written, in bytes
     */
    TensorWriter(FileChannel channel, LongConsumer written) {
        this.channel = channel;
        this.written = written;
    }

    /** Writes {@code tensor} at {@code offset}; returns the sha256 of its bytes. */
    String write(PlannedTensor tensor, long offset) throws IOException {
        MessageDigest digest = Sha256.digest();
        try (Arena arena = Arena.ofConfined()) {
            switch (tensor.layout()) {
                case PANELS -> panels(tensor, offset, digest, arena);
                case SCALES -> scales(tensor, offset, digest, arena);
                case ROWS -> rows(tensor, offset, digest, arena);
                case RAW -> raw(tensor, offset, digest, arena);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private void panels(PlannedTensor tensor, long offset, MessageDigest digest, Arena arena) throws IOException {
        PanelLayout layout = tensor.panelLayout();
        boolean round = tensor.rounded() && tensor.type() == ElementType.BF16;
        TensorRows rows = new TensorRows(tensor.sources(), layout.k(), round, arena);
        long panelBytes = layout.panelBytes();
        int perBuffer = Math.clamp(BUFFER_BYTES / panelBytes, 1, layout.panels());
        MemorySegment buffer = arena.allocate(perBuffer * panelBytes, PlannedTensor.LINE_BYTES);
        MemorySegment scales = arena.allocate(SCALE_BYTES, PlannedTensor.LINE_BYTES);
        long at = offset;
        for (int first = 0; first < layout.panels(); first += perBuffer) {
            int count = Math.min(perBuffer, layout.panels() - first);
            for (int i = 0; i < count; i++) {
                MemorySegment panel = buffer.asSlice(i * panelBytes, panelBytes);
                if (layout.dtype() == DType.INT8) {
                    quantize(tensor, layout, first + i, rows, panel, scales);
                } else {
                    PanelPacker.packPanel(layout, first + i, rows, panel);
                }
            }
            at = flush(buffer.asSlice(0, count * panelBytes), at, digest);
        }
    }

    /** Quantises once more for the scales alone: cheaper than keeping those of one tensor until its panels are written. */
    private void scales(PlannedTensor tensor, long offset, MessageDigest digest, Arena arena) throws IOException {
        PanelLayout layout = PlannedTensor.panels(ElementType.I8, tensor.shape());
        TensorRows rows = new TensorRows(tensor.sources(), layout.k(), false, arena);
        MemorySegment panel = arena.allocate(layout.panelBytes(), PlannedTensor.LINE_BYTES);
        MemorySegment scales = arena.allocate(tensor.storedBytes(), PlannedTensor.LINE_BYTES);
        for (int p = 0; p < layout.panels(); p++) {
            quantize(tensor, layout, p, rows, panel, scales.asSlice(p * SCALE_BYTES, SCALE_BYTES));
        }
        flush(scales, offset, digest);
    }

    private static void quantize(PlannedTensor tensor, PanelLayout layout, int panel, TensorRows rows, MemorySegment out,
            MemorySegment scales) {
        try {
            PanelPacker.quantizePanel(layout, panel, rows, out, scales);
        } catch (IllegalArgumentException e) {
            throw new WeightsException(WeightsException.Kind.MALFORMED,
                    "Tensor " + Messages.quote(tensor.name()) + " cannot become int8: " + e.getMessage() + ".", e);
        }
    }

    private void rows(PlannedTensor tensor, long offset, MessageDigest digest, Arena arena) throws IOException {
        int elements = Math.toIntExact(tensor.sources().stream().mapToLong(SourceTensor::elements).sum());
        MemorySegment buffer = arena.allocate(tensor.storedBytes(), PlannedTensor.LINE_BYTES);
        TensorRows source = new TensorRows(tensor.sources(), 1, false, arena);
        float[] value = new float[1];
        for (int i = 0; i < elements; i++) {
            source.read(i, value);
            buffer.set(FLOAT, (long) i * Float.BYTES, value[0]);
        }
        flush(buffer, offset, digest);
    }

    private void raw(PlannedTensor tensor, long offset, MessageDigest digest, Arena arena) throws IOException {
        MemorySegment bytes = tensor.sources().getFirst().rowMajor(arena);
        long at = offset;
        for (long from = 0; from < bytes.byteSize(); from += BUFFER_BYTES) {
            at = flush(bytes.asSlice(from, Math.min(BUFFER_BYTES, bytes.byteSize() - from)), at, digest);
        }
        flush(arena.allocate(tensor.storedBytes() - bytes.byteSize()), at, digest);
    }

    private long flush(MemorySegment bytes, long offset, MessageDigest digest) throws IOException {
        ByteBuffer buffer = bytes.asByteBuffer();
        digest.update(buffer.duplicate());
        long at = offset;
        while (buffer.hasRemaining()) {
            at += channel.write(buffer, at);
        }
        written.accept(bytes.byteSize());
        return at;
    }
}
