package io.github.funasrjava.kernels.vector.lanes512;

import static io.github.funasrjava.kernels.vector.lanes512.Species.BYTES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.F32;
import static io.github.funasrjava.kernels.vector.lanes512.Species.FLOATS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.INTS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.ORDER;
import static jdk.incubator.vector.VectorOperators.F2I;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** What happens to panels before and after the inner loop: widening weights, and finishing columns into the output. */
final class Panels {
    /** Bytes of the 32 columns of one group of k, and of 32 floats. */
    private static final long LINE = 128;
    private static final int UPPER = 0xffff0000;
    private static final int BYTE_2 = 0x00ff0000;
    private static final int BYTE_3 = 0xff000000;

    private Panels() {}

    /** Widens {@code pairs} lines of bf16 pairs to twice as many lines of 32 f32. */
    static void widenBf16(MemorySegment w, long wAt, int pairs, MemorySegment out, long outAt) {
        for (int i = 0; i < pairs; i++) {
            for (long v = 0; v < LINE; v += BYTES) {
                IntVector pair = IntVector.fromMemorySegment(INTS, w, wAt + i * LINE + v, ORDER);
                pair.lanewise(LSHL, 16).intoMemorySegment(out, outAt + i * 2 * LINE + v, ORDER);
                pair.and(UPPER).intoMemorySegment(out, outAt + i * 2 * LINE + LINE + v, ORDER);
            }
        }
    }

    /** Widens {@code quads} lines of int8 quads to four times as many lines of 32 f32, 2^24 times their value. */
    static void widenInt8(MemorySegment w, long wAt, int quads, MemorySegment out, long outAt) {
        for (int i = 0; i < quads; i++) {
            for (long v = 0; v < LINE; v += BYTES) {
                IntVector quad = IntVector.fromMemorySegment(INTS, w, wAt + i * LINE + v, ORDER);
                long at = outAt + i * 4 * LINE + v;
                quad.lanewise(LSHL, 24).convert(I2F, 0).intoMemorySegment(out, at, ORDER);
                quad.lanewise(LSHL, 16).and(BYTE_3).convert(I2F, 0).intoMemorySegment(out, at + LINE, ORDER);
                quad.and(BYTE_2).lanewise(LSHL, 8).convert(I2F, 0).intoMemorySegment(out, at + 2 * LINE, ORDER);
                quad.and(BYTE_3).convert(I2F, 0).intoMemorySegment(out, at + 3 * LINE, ORDER);
            }
        }
    }

    /** Zeroes lines of 32 floats. */
    static void clear(MemorySegment c, long cAt, int lines) {
        FloatVector zero = FloatVector.zero(FLOATS);
        for (int i = 0; i < lines; i++) {
            for (long v = 0; v < LINE; v += BYTES) {
                zero.intoMemorySegment(c, cAt + i * LINE + v, ORDER);
            }
        }
    }

    /** {@code sums += c} over lines of 32, where c holds whole numbers as f32 and sums int32; then {@code c = 0}. */
    static void drain(MemorySegment c, long cAt, MemorySegment sums, long sumsAt, int lines) {
        FloatVector zero = FloatVector.zero(FLOATS);
        for (int i = 0; i < lines; i++) {
            for (long v = 0; v < LINE; v += BYTES) {
                long at = i * LINE + v;
                IntVector whole = (IntVector) FloatVector.fromMemorySegment(FLOATS, c, cAt + at, ORDER).convert(F2I, 0);
                IntVector.fromMemorySegment(INTS, sums, sumsAt + at, ORDER).add(whole)
                        .intoMemorySegment(sums, sumsAt + at, ORDER);
                zero.intoMemorySegment(c, cAt + at, ORDER);
            }
        }
    }

    /** One line of 32 int8 products from the sums of both digits: {@code fma(high, 128, low) * rowScale * scales}. */
    static void combine(MemorySegment sums, long highAt, long lowAt, float rowScale, MemorySegment scales, long scalesAt,
            MemorySegment c, long cAt) {
        for (long v = 0; v < LINE; v += BYTES) {
            FloatVector high = (FloatVector) IntVector.fromMemorySegment(INTS, sums, highAt + v, ORDER).convert(I2F, 0);
            FloatVector low = (FloatVector) IntVector.fromMemorySegment(INTS, sums, lowAt + v, ORDER).convert(I2F, 0);
            FloatVector scale = FloatVector.fromMemorySegment(FLOATS, scales, scalesAt + v, ORDER);
            high.fma(FloatVector.broadcast(FLOATS, 128f), low).mul(rowScale).mul(scale).intoMemorySegment(c, cAt + v, ORDER);
        }
    }

    /**
     * Finishes 32 columns of {@code rows} rows: {@code out = activation(c + bias) + residual}. Rows of c lie
     * {@code cRowBytes} apart. Without bias or residual the flag is false and the segment is not read.
     */
    static void finish(MemorySegment c, long cAt, long cRowBytes, int rows, boolean hasBias, MemorySegment bias, long biasAt,
            boolean relu, boolean hasResidual, MemorySegment residual, long residualAt, long residualRowBytes,
            MemorySegment out, long outAt, long outRowBytes) {
        for (int r = 0; r < rows; r++) {
            for (long v = 0; v < LINE; v += BYTES) {
                FloatVector value = FloatVector.fromMemorySegment(FLOATS, c, cAt + r * cRowBytes + v, ORDER);
                if (hasBias) {
                    value = value.add(FloatVector.fromMemorySegment(FLOATS, bias, biasAt + v, ORDER));
                }
                if (relu) {
                    value = value.max(0);
                }
                if (hasResidual) {
                    value = value.add(FloatVector.fromMemorySegment(FLOATS, residual, residualAt + r * residualRowBytes + v, ORDER));
                }
                value.intoMemorySegment(out, outAt + r * outRowBytes + v, ORDER);
            }
        }
    }

    /**
     * Packs rows of {@code k} floats for {@link Tiles}: {@code out[i * tileRows + r] = x[r][i]}; missing rows are 0.
     * Done in blocks of k so that the lines of a block stay in the first-level cache while every row passes over them.
     */
    static void packRows(MemorySegment x, long xAt, long xRowBytes, int rows, int k, MemorySegment out, long outAt, int tileRows) {
        int blockK = 128;
        for (int from = 0; from < k; from += blockK) {
            int count = Math.min(blockK, k - from);
            long outBlock = outAt + (long) from * tileRows * Float.BYTES;
            for (int r = 0; r < tileRows; r++) {
                if (r < rows) {
                    scatter(x, xAt + r * xRowBytes + from * 4L, count, out, outBlock + r * 4L, tileRows * 4);
                } else {
                    scatterZero(count, out, outBlock + r * 4L, tileRows * 4);
                }
            }
        }
    }

    /** One row of {@link #packRows}. */
    static void packRow(MemorySegment x, long xAt, int k, MemorySegment out, long outAt, int tileRows) {
        scatter(x, xAt, k, out, outAt, tileRows * Float.BYTES);
    }

    private static void scatter(MemorySegment x, long xAt, int count, MemorySegment out, long outAt, int stepBytes) {
        if (stepBytes == 48) {
            for (int i = 0; i < count; i++) {
                out.set(F32, outAt + i * 48L, x.get(F32, xAt + i * 4L));
            }
        } else {
            for (int i = 0; i < count; i++) {
                out.set(F32, outAt + (long) i * stepBytes, x.get(F32, xAt + i * 4L));
            }
        }
    }

    private static void scatterZero(int count, MemorySegment out, long outAt, int stepBytes) {
        for (int i = 0; i < count; i++) {
            out.set(F32, outAt + (long) i * stepBytes, 0f);
        }
    }
}
