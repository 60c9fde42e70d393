package io.github.funasrjava.kernels.vector.lanes512;

import static io.github.funasrjava.kernels.vector.lanes512.Species.F32;
import static io.github.funasrjava.kernels.vector.lanes512.Species.FLOATS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.LANES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.ORDER;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** What full attention does around its products, where 32 queries stand side by side and each has a column. */
final class ColumnMath {
    /** Heights of tiles are multiples of four. */
    private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;
    /** Floats of a line. */
    private static final int WIDTH = 32;

    /** Where the values of a column stand. */
    private static final int[] COLUMN = new int[LANES];

    static {
        for (int i = 0; i < LANES; i++) {
            COLUMN[i] = i * WIDTH;
        }
    }

    private ColumnMath() {}

    /**
     * Turns {@code n} lines of scores into {@code exp(scale * score - max)}, where max is the column's largest, and stores the
     * columns' sums: of line {@code i} into partial sum {@code i % 2}, which are added at the end.
     */
    static void softmax(float[] s, int n, float scale, float[] sums) {
        for (int v = 0; v < WIDTH; v += LANES) {
            FloatVector max = largest(s, v, n, scale);
            FloatVector even = FloatVector.zero(FLOATS);
            FloatVector odd = FloatVector.zero(FLOATS);
            int i = 0;
            for (; i + 1 < n; i += 2) {
                int at = i * WIDTH + v;
                FloatVector first = Elementary.exp(FloatVector.fromArray(FLOATS, s, at).mul(scale).sub(max));
                FloatVector second = Elementary.exp(FloatVector.fromArray(FLOATS, s, at + WIDTH).mul(scale).sub(max));
                first.intoArray(s, at);
                second.intoArray(s, at + WIDTH);
                even = even.add(first);
                odd = odd.add(second);
            }
            if (i < n) {
                FloatVector last = Elementary.exp(FloatVector.fromArray(FLOATS, s, i * WIDTH + v).mul(scale).sub(max));
                last.intoArray(s, i * WIDTH + v);
                even = even.add(last);
            }
            even.add(odd).intoArray(sums, v);
        }
    }

    private static FloatVector largest(float[] s, int v, int n, float scale) {
        FloatVector even = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        FloatVector odd = even;
        int i = 0;
        for (; i + 1 < n; i += 2) {
            even = even.max(FloatVector.fromArray(FLOATS, s, i * WIDTH + v).mul(scale));
            odd = odd.max(FloatVector.fromArray(FLOATS, s, (i + 1) * WIDTH + v).mul(scale));
        }
        if (i < n) {
            even = even.max(FloatVector.fromArray(FLOATS, s, i * WIDTH + v).mul(scale));
        }
        return even.max(odd);
    }

    /** {@code out[r][i] = c[i][r] * (1 / sums[r])} for {@code n} lines and {@code rows} columns; c is overwritten. */
    static void divide(float[] c, int n, float[] sums, int rows, MemorySegment out, long outAt, long outRowBytes) {
        for (int v = 0; v < WIDTH; v += LANES) {
            FloatVector inverse = FloatVector.broadcast(FLOATS, 1f).div(FloatVector.fromArray(FLOATS, sums, v));
            for (int i = 0; i < n; i++) {
                FloatVector.fromArray(FLOATS, c, i * WIDTH + v).mul(inverse).intoArray(c, i * WIDTH + v);
            }
        }
        for (int r = 0; r < rows; r++) {
            storeColumn(c, r, n, out, outAt + r * outRowBytes);
        }
    }

    private static void storeColumn(float[] c, int column, int n, MemorySegment out, long outAt) {
        int whole = n / LANES * LANES;
        for (int i = 0; i < whole; i += LANES) {
            FloatVector.fromArray(FLOATS, c, i * WIDTH + column, COLUMN, 0).intoMemorySegment(out, outAt + i * 4L, ORDER);
        }
        for (int i = whole; i < n; i++) {
            out.set(F32, outAt + i * 4L, c[i * WIDTH + column]);
        }
    }

    /**
     * Cuts rows into tiles of {@code height} columns: {@code out[tile * tileStride + row * height + i] = x[row][tile * height + i]},
     * 0 for columns beyond {@code columns}.
     *
     * @param line scratch for a row of all tiles
     */
    static void pack(MemorySegment x, long xAt, long xRowBytes, int rows, int columns, int tiles, int height, float[] line, float[] out,
            int outAt, int tileStride) {
        Arrays.fill(line, columns, tiles * height, 0);
        for (int r = 0; r < rows; r++) {
            MemorySegment.copy(x, F32, xAt + r * xRowBytes, line, 0, columns);
            int to = outAt + r * height;
            for (int tile = 0; tile < tiles; tile++) {
                copyFours(line, tile * height, height, out, to + tile * tileStride);
            }
        }
    }

    private static void copyFours(float[] line, int lineAt, int count, float[] out, int outAt) {
        for (int i = 0; i < count; i += 4) {
            FloatVector.fromArray(FOUR, line, lineAt + i).intoArray(out, outAt + i);
        }
    }
}
