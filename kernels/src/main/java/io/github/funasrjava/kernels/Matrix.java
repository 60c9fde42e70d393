package io.github.funasrjava.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A view of f32 rows in native memory: element {@code (r, c)} lies at byte {@code (r * stride + c) * 4} of {@code data}.
 *
 * <p>Views made by {@link #rows} and {@link #columns} share the memory; the arena that allocated it owns it. A new
 * matrix has its first element on a 64-byte boundary and a stride of whole 64-byte lines, so rows start aligned too;
 * a column view need not.
 *
 * @param data the memory from element (0, 0) on, at least up to the last element
 * @param rows number of rows, may be 0
 * @param cols number of columns
 * @param stride f32 values from one row to the next, at least {@code cols}
 */
public record Matrix(MemorySegment data, int rows, int cols, int stride) {
    /** f32 values of a 64-byte line. */
    private static final int LINE = 16;

    public Matrix {
        if (rows < 0 || cols <= 0 || stride < cols) {
            throw new IllegalArgumentException("matrix [" + rows + ", " + cols + "] with stride " + stride);
        }
        long needed = rows == 0 ? 0 : ((long) (rows - 1) * stride + cols) * Float.BYTES;
        if (data.byteSize() < needed) {
            throw new IllegalArgumentException("matrix [" + rows + ", " + cols + "] with stride " + stride + " needs "
                    + needed + " bytes, got " + data.byteSize());
        }
    }

    /** A zeroed matrix {@code [rows, cols]} with rows on 64-byte boundaries. */
    public static Matrix allocate(Arena arena, int rows, int cols) {
        int stride = (cols + LINE - 1) / LINE * LINE;
        return new Matrix(arena.allocate(Math.max(64, (long) rows * stride * Float.BYTES), 64), rows, cols, stride);
    }

    /** A matrix of one row that holds {@code values}. */
    public static Matrix ofRow(Arena arena, float... values) {
        Matrix m = allocate(arena, 1, values.length);
        MemorySegment.copy(values, 0, m.data, ValueLayout.JAVA_FLOAT, 0, values.length);
        return m;
    }

    /** The view of {@code count} rows from row {@code from} on. */
    public Matrix rows(int from, int count) {
        if (from < 0 || count < 0 || from > rows - count) {
            throw new IndexOutOfBoundsException("rows " + from + " + " + count + " of " + rows);
        }
        long offset = (long) from * stride * Float.BYTES;
        return new Matrix(data.asSlice(Math.min(offset, data.byteSize())), count, cols, stride);
    }

    /** The view of {@code count} columns from column {@code from} on. */
    public Matrix columns(int from, int count) {
        if (from < 0 || count <= 0 || from > cols - count) {
            throw new IndexOutOfBoundsException("columns " + from + " + " + count + " of " + cols);
        }
        return new Matrix(data.asSlice(Math.min((long) from * Float.BYTES, data.byteSize())), rows, count, stride);
    }

    /** Element (row, col). For tests and small work; kernels walk the memory themselves. */
    public float get(int row, int col) {
        return data.get(ValueLayout.JAVA_FLOAT, ((long) row * stride + col) * Float.BYTES);
    }

    /** Sets element (row, col). */
    public void set(int row, int col, float value) {
        data.set(ValueLayout.JAVA_FLOAT, ((long) row * stride + col) * Float.BYTES, value);
    }

    /** A copy of one row on the heap. */
    public float[] row(int row) {
        float[] values = new float[cols];
        MemorySegment.copy(data, ValueLayout.JAVA_FLOAT, (long) row * stride * Float.BYTES, values, 0, cols);
        return values;
    }

    /** Overwrites one row. */
    public void setRow(int row, float[] values) {
        if (values.length != cols) {
            throw new IllegalArgumentException("a row has " + cols + " values, got " + values.length);
        }
        MemorySegment.copy(values, 0, data, ValueLayout.JAVA_FLOAT, (long) row * stride * Float.BYTES, cols);
    }

    /** Overwrites one row with a row of another matrix of the same width. */
    public void copyRow(int row, Matrix source, int sourceRow) {
        if (source.cols != cols) {
            throw new IllegalArgumentException("a row has " + cols + " values, got " + source.cols);
        }
        MemorySegment.copy(source.data, (long) sourceRow * source.stride * Float.BYTES, data,
                (long) row * stride * Float.BYTES, (long) cols * Float.BYTES);
    }
}
