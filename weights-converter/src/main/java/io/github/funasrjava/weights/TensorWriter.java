package io.github.funasrjava.weights;

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
        long at = offset;
        for (int first = 0; first < layout.panels(); first += perBuffer) {
            int count = Math.min(perBuffer, layout.panels() - first);
            for (int i = 0; i < count; i++) {
                PanelPacker.packPanel(layout, first + i, rows, buffer.asSlice(i * panelBytes, panelBytes));
            }
            at = flush(buffer.asSlice(0, count * panelBytes), at, digest);
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
