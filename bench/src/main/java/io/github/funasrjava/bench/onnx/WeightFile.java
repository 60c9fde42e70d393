package io.github.funasrjava.bench.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file beside an ONNX model that holds its weights: a protobuf message ends at 2 GB, and a file can be mapped.
 * Tensors are f32, little endian, row-major, each at a multiple of the page size.
 */
final class WeightFile implements AutoCloseable {
    /** The alignment that the ONNX format recommends for mapping. */
    static final int PAGE_BYTES = 4096;

    /** Where a tensor lies. */
    record Place(String file, long offset, long length) {}

    /** Gives one row of a tensor. */
    @FunctionalInterface
    interface Rows {
        void read(int row, float[] into);
    }

    private final String name;
    private final FileChannel channel;
    private long end;

    WeightFile(Path file) throws IOException {
        this.name = file.getFileName().toString();
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** Appends a tensor of {@code rows} rows of {@code cols} values. */
    Place append(int rows, int cols, Rows source) throws IOException {
        long begin = (end + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
        float[] row = new float[cols];
        int together = Math.max(1, (1 << 20) / cols);
        ByteBuffer buffer = ByteBuffer.allocateDirect(together * cols * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        channel.position(begin);
        for (int r = 0; r < rows; r++) {
            source.read(r, row);
            buffer.asFloatBuffer().put(row);
            buffer.position(buffer.position() + cols * Float.BYTES);
            if (!buffer.hasRemaining() || r == rows - 1) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                buffer.clear();
            }
        }
        end = channel.position();
        return new Place(name, begin, end - begin);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
