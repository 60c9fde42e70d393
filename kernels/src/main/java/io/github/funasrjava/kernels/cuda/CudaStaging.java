package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.Map;

/**
 * Scratch memory of the device, one growing buffer per purpose, and the way of small things between it and the process:
 * through pinned memory that is used again only when the device has read it.
 */
final class CudaStaging implements AutoCloseable {
    /** Purposes; what one operation needs at once has different ones. */
    enum Slot { X, Y, Z, BIAS, RESIDUAL, OUT, HI, LO, ROW_SCALES, LOGITS, PART_IDS, PART_MAXIMA, PART_SUMS, NUMBERS, TABLES, POOL }

    private static final long PINNED_BYTES = 1L << 20;

    private final CudaSession session;
    private final Map<Slot, long[]> buffers = new EnumMap<>(Slot.class);
    private long pinned;
    private long pinnedBytes;
    private long pinnedUsed;

    CudaStaging(CudaSession session) {
        this.session = session;
    }

    /** A device buffer of at least that size; its content is undefined. */
    long buffer(Slot slot, long bytes) {
        long[] buffer = buffers.computeIfAbsent(slot, s -> new long[2]);
        if (buffer[1] < bytes) {
            if (buffer[0] != 0) {
                // Forgotten first: an allocation that fails must not leave an address that somebody else may get.
                long old = buffer[0];
                buffer[0] = 0;
                buffer[1] = 0;
                session.free(old);
            }
            long size = bytes + bytes / 4 + 255 & -256L;
            buffer[0] = session.allocate(CudaSession.Use.WORKSPACE, size);
            buffer[1] = size;
        }
        return buffer[0];
    }

    /** Pinned memory that nobody reads or writes until the next {@link #pinned} that has to wait. */
    private MemorySegment pinned(long bytes) {
        session.notWhileRecording("copies operands or results");
        long size = bytes + 255 & -256L;
        if (pinnedUsed + size > pinnedBytes) {
            session.synchronize();
            pinnedUsed = 0;
            if (size > pinnedBytes) {
                session.call(() -> growPinned(Math.max(PINNED_BYTES, size * 2)));
            }
        }
        MemorySegment segment = MemorySegment.ofAddress(pinned + pinnedUsed).reinterpret(size);
        pinnedUsed += size;
        return segment;
    }

    private void growPinned(long bytes) {
        if (pinned != 0) {
            long old = pinned;
            pinned = 0;
            pinnedBytes = 0;
            session.driver().freePinned(old);
        }
        pinned = session.driver().allocatePinned(bytes);
        pinnedBytes = bytes;
    }

    /** Integers in device memory. */
    long upload(Slot slot, int[] values) {
        long bytes = Math.max(1, values.length) * (long) Integer.BYTES;
        MemorySegment from = pinned(bytes);
        MemorySegment.copy(values, 0, from, ValueLayout.JAVA_INT, 0, values.length);
        return upload(slot, from, bytes);
    }

    /** f32 in device memory. */
    long upload(Slot slot, float[] values) {
        long bytes = Math.max(1, values.length) * (long) Float.BYTES;
        MemorySegment from = pinned(bytes);
        MemorySegment.copy(values, 0, from, ValueLayout.JAVA_FLOAT, 0, values.length);
        return upload(slot, from, bytes);
    }

    private long upload(Slot slot, MemorySegment from, long bytes) {
        long to = buffer(slot, bytes);
        session.call(() -> session.driver().copyToDevice(to, from.address(), bytes, session.stream()));
        return to;
    }

    /** f32 at an address of the device. */
    void upload(long to, float[] values, int count) {
        long bytes = (long) count * Float.BYTES;
        MemorySegment from = pinned(bytes);
        MemorySegment.copy(values, 0, from, ValueLayout.JAVA_FLOAT, 0, count);
        session.call(() -> session.driver().copyToDevice(to, from.address(), bytes, session.stream()));
    }

    /** Rows of a matrix of the process, without gaps. */
    long upload(Slot slot, Matrix m) {
        long rowBytes = (long) m.cols() * Float.BYTES;
        MemorySegment from = pinned(Math.max(1, m.rows() * rowBytes));
        for (int r = 0; r < m.rows(); r++) {
            MemorySegment.copy(m.data(), (long) r * m.stride() * Float.BYTES, from, r * rowBytes, rowBytes);
        }
        return upload(slot, from, Math.max(1, m.rows() * rowBytes));
    }

    /** What the device has at an address, when it has it. */
    MemorySegment download(long address, long bytes) {
        MemorySegment to = pinned(bytes);
        session.call(() -> session.driver().copyToHost(to.address(), address, bytes, session.stream()));
        session.synchronize();
        return to;
    }

    /** Rows without gaps of the device into a matrix of the process. */
    void download(long address, Matrix m) {
        long rowBytes = (long) m.cols() * Float.BYTES;
        MemorySegment from = download(address, m.rows() * rowBytes);
        for (int r = 0; r < m.rows(); r++) {
            MemorySegment.copy(from, r * rowBytes, m.data(), (long) r * m.stride() * Float.BYTES, rowBytes);
        }
    }

    @Override
    public void close() {
        if (pinned != 0 && session.lost().isEmpty()) {
            session.call(() -> session.driver().freePinned(pinned));
            pinned = 0;
        }
        buffers.clear();
    }
}
