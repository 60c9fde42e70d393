package io.github.funasrjava.kernels.vector.lanes512;

import static io.github.funasrjava.kernels.vector.lanes512.Species.BYTES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.F32;
import static io.github.funasrjava.kernels.vector.lanes512.Species.FLOATS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.INTS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.LANES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.LINE;
import static io.github.funasrjava.kernels.vector.lanes512.Species.ORDER;
import static io.github.funasrjava.kernels.vector.lanes512.Species.VECTORS;
import static jdk.incubator.vector.VectorOperators.F2I;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** What happens to panels before and after the inner loop: widening weights, and finishing columns into the output. */
final class Panels {
    private static final int UPPER = 0xffff0000;
    private static final int TOP_BYTE = 0xff000000;
    private static final int PACK_K = 128;
    /** Floats of a line. */
    private static final int WIDTH = 32;

    private Panels() {}

    /** Widens {@code pairs} lines of bf16 pairs to twice as many lines of 32 f32. */
    static void widenBf16(MemorySegment w, long wAt, int pairs, float[] out) {
        for (int i = 0; i < pairs; i++) {
            for (int v = 0; v < VECTORS; v++) {
                IntVector pair = IntVector.fromMemorySegment(INTS, w, wAt + i * LINE + v * BYTES, ORDER);
                int at = i * (2 * WIDTH) + v * LANES;
                pair.lanewise(LSHL, 16).reinterpretAsFloats().intoArray(out, at);
                pair.and(UPPER).reinterpretAsFloats().intoArray(out, at + WIDTH);
            }
        }
    }

    /** Widens {@code quads} lines of int8 quads to four times as many lines of 32 f32, 2^24 times their value. */
    static void widenInt8(MemorySegment w, long wAt, int quads, float[] out) {
        for (int i = 0; i < quads; i++) {
            for (int v = 0; v < VECTORS; v++) {
                IntVector quad = IntVector.fromMemorySegment(INTS, w, wAt + i * LINE + v * BYTES, ORDER);
                int at = i * (4 * WIDTH) + v * LANES;
                ((FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0)).intoArray(out, at);
                ((FloatVector) quad.lanewise(LSHL, 16).and(TOP_BYTE).convert(I2F, 0)).intoArray(out, at + WIDTH);
                ((FloatVector) quad.lanewise(LSHL, 8).and(TOP_BYTE).convert(I2F, 0)).intoArray(out, at + 2 * WIDTH);
                ((FloatVector) quad.and(TOP_BYTE).convert(I2F, 0)).intoArray(out, at + 3 * WIDTH);
            }
        }
    }

    /** {@code sums += c} where c holds whole numbers as f32; then {@code c = 0}. */
    static void drain(float[] c, int cAt, int[] sums, int sumsAt, int lines) {
        FloatVector zero = FloatVector.zero(FLOATS);
        for (int i = 0; i < 32 * lines; i += LANES) {
            IntVector whole = (IntVector) FloatVector.fromArray(FLOATS, c, cAt + i).convert(F2I, 0);
            IntVector.fromArray(INTS, sums, sumsAt + i).add(whole).intoArray(sums, sumsAt + i);
            zero.intoArray(c, cAt + i);
        }
    }

    /** One line of int8 products from the sums of both digits: {@code fma(high, 128, low) * rowScale * scales}. */
    static void combine(int[] sums, int highAt, int lowAt, float rowScale, MemorySegment scales, long scalesAt, float[] c, int cAt) {
        for (int i = 0; i < 32; i += LANES) {
            FloatVector high = (FloatVector) IntVector.fromArray(INTS, sums, highAt + i).convert(I2F, 0);
            FloatVector low = (FloatVector) IntVector.fromArray(INTS, sums, lowAt + i).convert(I2F, 0);
            FloatVector scale = FloatVector.fromMemorySegment(FLOATS, scales, scalesAt + i * 4L, ORDER);
            high.fma(FloatVector.broadcast(FLOATS, 128f), low).mul(rowScale).mul(scale).intoArray(c, cAt + i);
        }
    }

    /** {@code c += bias} for one line. */
    static void addLine(float[] c, int cAt, MemorySegment bias, long biasAt) {
        for (int i = 0; i < 32; i += LANES) {
            FloatVector.fromArray(FLOATS, c, cAt + i).add(FloatVector.fromMemorySegment(FLOATS, bias, biasAt + i * 4L, ORDER))
                    .intoArray(c, cAt + i);
        }
    }

    /**
     * Finishes 32 columns of {@code rows} rows: {@code out = activation(c + bias) + residual}. Rows of c lie
     * {@code cStride} floats apart. Without bias or residual the flag is false and the operand is not read.
     */
    static void finish(float[] c, int cAt, int cStride, int rows, boolean hasBias, float[] bias, boolean relu,
            boolean hasResidual, MemorySegment residual, long residualAt, long residualRowBytes, MemorySegment out, long outAt,
            long outRowBytes) {
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < VECTORS; v++) {
                FloatVector value = FloatVector.fromArray(FLOATS, c, cAt + r * cStride + v * LANES);
                if (hasBias) {
                    value = value.add(FloatVector.fromArray(FLOATS, bias, v * LANES));
                }
                if (relu) {
                    value = value.max(0);
                }
                if (hasResidual) {
                    value = value.add(FloatVector.fromMemorySegment(FLOATS, residual, residualAt + r * residualRowBytes + v * BYTES, ORDER));
                }
                value.intoMemorySegment(out, outAt + r * outRowBytes + v * BYTES, ORDER);
            }
        }
    }

    /**
     * Finishes the rows of a tile as the operand of another product: {@code out[j * height + r] = max(0, c[r][j] + bias[j])}
     * for {@code columns} values of each row. c is overwritten.
     */
    static void finishTile(float[] c, int cAt, int height, boolean hasBias, float[] bias, int columns, float[] out, int outAt) {
        for (int at = cAt; at < cAt + height * WIDTH; at += WIDTH) {
            for (int v = 0; v < WIDTH; v += LANES) {
                FloatVector value = FloatVector.fromArray(FLOATS, c, at + v);
                if (hasBias) {
                    value = value.add(FloatVector.fromArray(FLOATS, bias, v));
                }
                value.max(0).intoArray(c, at + v);
            }
        }
        if (height == 12) {
            interleave12(c, cAt, columns, out, outAt);
        } else {
            interleave4(c, cAt, columns, out, outAt);
        }
    }

    private static void interleave12(float[] c, int cAt, int columns, float[] out, int outAt) {
        for (int j = 0; j < columns; j++) {
            int from = cAt + j;
            int to = outAt + j * 12;
            out[to] = c[from];
            out[to + 1] = c[from + 32];
            out[to + 2] = c[from + 64];
            out[to + 3] = c[from + 96];
            out[to + 4] = c[from + 128];
            out[to + 5] = c[from + 160];
            out[to + 6] = c[from + 192];
            out[to + 7] = c[from + 224];
            out[to + 8] = c[from + 256];
            out[to + 9] = c[from + 288];
            out[to + 10] = c[from + 320];
            out[to + 11] = c[from + 352];
        }
    }

    private static void interleave4(float[] c, int cAt, int columns, float[] out, int outAt) {
        for (int j = 0; j < columns; j++) {
            int from = cAt + j;
            int to = outAt + j * 4;
            out[to] = c[from];
            out[to + 1] = c[from + 32];
            out[to + 2] = c[from + 64];
            out[to + 3] = c[from + 96];
        }
    }

    /**
     * Packs rows of {@code k} floats for {@link Tiles}: {@code out[i * tileRows + r] = x[r][i]}; missing rows are 0.
     * Done in blocks of k so that the lines of a block stay in the first-level cache while every row passes over them.
     */
    static void packRows(MemorySegment x, long xAt, long xRowBytes, int rows, int k, float[] out, int outAt, int tileRows) {
        for (int from = 0; from < k; from += PACK_K) {
            int count = Math.min(PACK_K, k - from);
            int block = outAt + from * tileRows;
            for (int r = 0; r < tileRows; r++) {
                if (r < rows) {
                    packRow(x, xAt + r * xRowBytes + from * 4L, count, out, block + r, tileRows);
                } else {
                    for (int i = 0; i < count; i++) {
                        out[block + r + i * tileRows] = 0;
                    }
                }
            }
        }
    }

    /** One row of {@link #packRows}. */
    static void packRow(MemorySegment x, long xAt, int k, float[] out, int outAt, int tileRows) {
        switch (tileRows) {
            case 32 -> {
                for (int i = 0; i < k; i++) {
                    out[outAt + i * 32] = x.get(F32, xAt + i * 4L);
                }
            }
            case 12 -> {
                for (int i = 0; i < k; i++) {
                    out[outAt + i * 12] = x.get(F32, xAt + i * 4L);
                }
            }
            case 8 -> {
                for (int i = 0; i < k; i++) {
                    out[outAt + i * 8] = x.get(F32, xAt + i * 4L);
                }
            }
            default -> {
                for (int i = 0; i < k; i++) {
                    out[outAt + i * 4] = x.get(F32, xAt + i * 4L);
                }
            }
        }
    }

    /** One row of {@code k} floats as a column of lines of 32: {@code out[i][column] = x[i]}. */
    static void packColumn(MemorySegment x, long xAt, int k, MemorySegment out, long outAt) {
        for (int i = 0; i < k; i++) {
            out.set(F32, outAt + i * LINE, x.get(F32, xAt + i * 4L));
        }
    }
}
