package io.github.funasrjava.kernels.cases;

import static org.junit.jupiter.api.Assertions.fail;

import io.github.funasrjava.kernels.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A matrix inside a larger block of NaN: rows before and after it and columns beside it. A kernel that reads its
 * surroundings gets NaN into its results; one that writes them is found by {@link #assertFrameUntouched}.
 *
 * @param view the matrix; its rows start off any vector boundary
 */
public record Framed(Matrix view, MemorySegment block) {
    /** A quiet NaN with a payload that no computation produces. */
    private static final int FRAME = 0x7fc5a5a5;
    private static final int MARGIN_ROWS = 2;
    private static final int LEFT = 5;
    private static final int RIGHT = 6;

    /** A matrix of zeros in a frame. */
    public static Framed zeros(Arena arena, int rows, int cols) {
        int stride = LEFT + cols + RIGHT;
        long floats = (long) (rows + 2 * MARGIN_ROWS) * stride;
        MemorySegment block = arena.allocate(floats * Float.BYTES, 64);
        for (long i = 0; i < floats; i++) {
            block.setAtIndex(ValueLayout.JAVA_INT, i, FRAME);
        }
        long start = ((long) MARGIN_ROWS * stride + LEFT) * Float.BYTES;
        Framed framed = new Framed(new Matrix(block.asSlice(start), rows, cols, stride), block);
        for (int r = 0; r < rows; r++) {
            framed.view.setRow(r, new float[cols]);
        }
        return framed;
    }

    /** A matrix with the given rows in a frame. */
    public static Framed of(Arena arena, float[][] rows, int cols) {
        Framed framed = zeros(arena, rows.length, cols);
        for (int r = 0; r < rows.length; r++) {
            framed.view.setRow(r, rows[r]);
        }
        return framed;
    }

    /** Fails when anything outside the matrix has changed. */
    public void assertFrameUntouched(String message) {
        int stride = view.stride();
        long floats = block.byteSize() / Float.BYTES;
        for (long i = 0; i < floats; i++) {
            long row = i / stride - MARGIN_ROWS;
            long col = i % stride - LEFT;
            boolean inside = row >= 0 && row < view.rows() && col >= 0 && col < view.cols();
            if (!inside && block.getAtIndex(ValueLayout.JAVA_INT, i) != FRAME) {
                fail(message + ": wrote outside its output at row " + row + ", column " + col);
            }
        }
    }
}
