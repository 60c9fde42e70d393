package io.github.funasrjava.bench.compare;

import io.github.funasrjava.kernels.PanelPacker.RowSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Collects keys and tensors and writes them as GGUF, version 3, little-endian. */
final class GgufFile {
    /** Tensors begin at multiples of this, the format's default. */
    static final int ALIGNMENT = 32;

    private static final int MAGIC = 0x46554747; // "GGUF"
    private static final int VERSION = 3;
    private static final int UINT32 = 4;
    private static final int FLOAT32 = 6;
    private static final int STRING = 8;
    private static final int BUFFER_BYTES = 1 << 22;

    /** One tensor, {@code [rows, cols]}; a vector has no rows of its own. */
    private record Tensor(String name, boolean vector, int rows, int cols, GgufType type, RowSource source) {
        long bytes() {
            return (long) rows * type.rowBytes(cols);
        }
    }

    /** Little-endian bytes that grow. */
    private static final class Bytes {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        void int32(int value) {
            bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
        }

        void int64(long value) {
            bytes.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
        }

        void text(String value) {
            byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
            int64(encoded.length);
            bytes.writeBytes(encoded);
        }

        void append(Bytes other) {
            bytes.writeBytes(other.bytes.toByteArray());
        }

        void pad() {
            bytes.writeBytes(new byte[(int) (aligned(bytes.size()) - bytes.size())]);
        }
    }

    private final Bytes keys = new Bytes();
    private long keyCount;
    private final List<Tensor> tensors = new ArrayList<>();

    void text(String key, String value) {
        key(key, STRING);
        keys.text(value);
    }

    void integer(String key, int value) {
        key(key, UINT32);
        keys.int32(value);
    }

    void number(String key, float value) {
        key(key, FLOAT32);
        keys.int32(Float.floatToRawIntBits(value));
    }

    private void key(String key, int type) {
        keys.text(key);
        keys.int32(type);
        keyCount++;
    }

    /** A matrix; {@code cols} must be whole blocks of {@code type}. */
    void matrix(String name, int rows, int cols, GgufType type, RowSource source) {
        if (!type.holds(cols)) {
            throw new IllegalArgumentException(name + " has " + cols + " columns, which " + type + " cannot hold");
        }
        tensors.add(new Tensor(name, false, rows, cols, type, source));
    }

    /** A vector of f32. */
    void vector(String name, float[] values) {
        tensors.add(new Tensor(name, true, 1, values.length, GgufType.F32, (row, into) -> System.arraycopy(values, 0, into, 0, values.length)));
    }

    /** Writes everything into a file that must not exist yet. */
    void write(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(header());
            drain(buffer, channel);
            for (Tensor tensor : tensors) {
                write(tensor, channel);
            }
        }
    }

    private byte[] header() {
        Bytes header = new Bytes();
        header.int32(MAGIC);
        header.int32(VERSION);
        header.int64(tensors.size());
        header.int64(keyCount);
        header.append(keys);
        long offset = 0;
        for (Tensor tensor : tensors) {
            header.text(tensor.name());
            header.int32(tensor.vector() ? 1 : 2);
            header.int64(tensor.cols());
            if (!tensor.vector()) {
                header.int64(tensor.rows());
            }
            header.int32(tensor.type().number());
            header.int64(offset);
            offset = aligned(offset + tensor.bytes());
        }
        header.pad();
        return header.bytes.toByteArray();
    }

    private static void write(Tensor tensor, FileChannel channel) throws IOException {
        int rowBytes = tensor.type().rowBytes(tensor.cols());
        ByteBuffer buffer = ByteBuffer.allocateDirect(Math.max(BUFFER_BYTES, rowBytes + ALIGNMENT)).order(ByteOrder.LITTLE_ENDIAN);
        float[] row = new float[tensor.cols()];
        for (int r = 0; r < tensor.rows(); r++) {
            if (buffer.remaining() < rowBytes) {
                drain(buffer.flip(), channel);
                buffer.clear();
            }
            tensor.source().read(r, row);
            tensor.type().encode(row, buffer);
        }
        drain(buffer.flip(), channel);
        drain(ByteBuffer.allocate((int) (aligned(tensor.bytes()) - tensor.bytes())), channel);
    }

    private static void drain(ByteBuffer buffer, FileChannel channel) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
