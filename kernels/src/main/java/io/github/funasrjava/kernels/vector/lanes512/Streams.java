package io.github.funasrjava.kernels.vector.lanes512;

import static io.github.funasrjava.kernels.vector.lanes512.Species.BYTES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.F32;
import static io.github.funasrjava.kernels.vector.lanes512.Species.FLOATS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.INTS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.ORDER;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Products of one, two or four rows with packed weights that are widened in registers, for decoding, where reading the
 * weights is all the cost. One sequential stream reaches about half of the memory bandwidth, so several panels are
 * walked at once: 16 vectors of columns for one row, 8 for two rows, 4 for four, in every case 16 accumulators.
 *
 * <p>Vector {@code v} of such a group belongs to panel {@code v / VECTORS} and starts at byte
 * {@code v % VECTORS * BYTES} of the panel's lines. Rows of x lie {@code rowBytes} apart and are padded to whole groups
 * of k: with -0 for bf16, which leaves every sum as it is ({@code a + -0 * 0 == a}, even for {@code a == -0}).
 */
final class Streams {
    /** Vectors of one line of a panel: 32 lanes of 4 bytes. */
    private static final int VECTORS = 32 * Float.BYTES / BYTES;
    /** Bytes of the 32 columns of one group of k. */
    private static final long LINE = 128;
    private static final int UPPER = 0xffff0000;
    private static final int BYTE_2 = 0x00ff0000;
    private static final int BYTE_3 = 0xff000000;

    private Streams() {}

    /** One row by 16 vectors of bf16 columns; C is {@code [1][columns]} with rows {@code cRowBytes} apart. */
    static void bf16Rows1(MemorySegment x, long xAt, long rowBytes, MemorySegment w, long wAt, long panelBytes, int pairs,
            MemorySegment c, long cAt, long cRowBytes) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = FloatVector.zero(FLOATS);
        FloatVector a2 = FloatVector.zero(FLOATS);
        FloatVector a3 = FloatVector.zero(FLOATS);
        FloatVector a4 = FloatVector.zero(FLOATS);
        FloatVector a5 = FloatVector.zero(FLOATS);
        FloatVector a6 = FloatVector.zero(FLOATS);
        FloatVector a7 = FloatVector.zero(FLOATS);
        FloatVector a8 = FloatVector.zero(FLOATS);
        FloatVector a9 = FloatVector.zero(FLOATS);
        FloatVector a10 = FloatVector.zero(FLOATS);
        FloatVector a11 = FloatVector.zero(FLOATS);
        FloatVector a12 = FloatVector.zero(FLOATS);
        FloatVector a13 = FloatVector.zero(FLOATS);
        FloatVector a14 = FloatVector.zero(FLOATS);
        FloatVector a15 = FloatVector.zero(FLOATS);
        for (int i = 0; i < pairs; i++) {
            long at = wAt + i * LINE;
            long xi = xAt + i * 8L;
            FloatVector even0 = FloatVector.broadcast(FLOATS, x.get(F32, xi));
            FloatVector odd0 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 4));
            IntVector pair = IntVector.fromMemorySegment(INTS, w, at + 0 / VECTORS * panelBytes + 0 % VECTORS * BYTES, ORDER);
            FloatVector low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            FloatVector high = pair.and(UPPER).reinterpretAsFloats();
            a0 = odd0.fma(high, even0.fma(low, a0));
            pair = IntVector.fromMemorySegment(INTS, w, at + 1 / VECTORS * panelBytes + 1 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a1 = odd0.fma(high, even0.fma(low, a1));
            pair = IntVector.fromMemorySegment(INTS, w, at + 2 / VECTORS * panelBytes + 2 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a2 = odd0.fma(high, even0.fma(low, a2));
            pair = IntVector.fromMemorySegment(INTS, w, at + 3 / VECTORS * panelBytes + 3 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a3 = odd0.fma(high, even0.fma(low, a3));
            pair = IntVector.fromMemorySegment(INTS, w, at + 4 / VECTORS * panelBytes + 4 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a4 = odd0.fma(high, even0.fma(low, a4));
            pair = IntVector.fromMemorySegment(INTS, w, at + 5 / VECTORS * panelBytes + 5 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a5 = odd0.fma(high, even0.fma(low, a5));
            pair = IntVector.fromMemorySegment(INTS, w, at + 6 / VECTORS * panelBytes + 6 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a6 = odd0.fma(high, even0.fma(low, a6));
            pair = IntVector.fromMemorySegment(INTS, w, at + 7 / VECTORS * panelBytes + 7 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a7 = odd0.fma(high, even0.fma(low, a7));
            pair = IntVector.fromMemorySegment(INTS, w, at + 8 / VECTORS * panelBytes + 8 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a8 = odd0.fma(high, even0.fma(low, a8));
            pair = IntVector.fromMemorySegment(INTS, w, at + 9 / VECTORS * panelBytes + 9 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a9 = odd0.fma(high, even0.fma(low, a9));
            pair = IntVector.fromMemorySegment(INTS, w, at + 10 / VECTORS * panelBytes + 10 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a10 = odd0.fma(high, even0.fma(low, a10));
            pair = IntVector.fromMemorySegment(INTS, w, at + 11 / VECTORS * panelBytes + 11 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a11 = odd0.fma(high, even0.fma(low, a11));
            pair = IntVector.fromMemorySegment(INTS, w, at + 12 / VECTORS * panelBytes + 12 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a12 = odd0.fma(high, even0.fma(low, a12));
            pair = IntVector.fromMemorySegment(INTS, w, at + 13 / VECTORS * panelBytes + 13 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a13 = odd0.fma(high, even0.fma(low, a13));
            pair = IntVector.fromMemorySegment(INTS, w, at + 14 / VECTORS * panelBytes + 14 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a14 = odd0.fma(high, even0.fma(low, a14));
            pair = IntVector.fromMemorySegment(INTS, w, at + 15 / VECTORS * panelBytes + 15 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a15 = odd0.fma(high, even0.fma(low, a15));
        }
        a0.intoMemorySegment(c, cAt, ORDER);
        a1.intoMemorySegment(c, cAt + 1 * BYTES, ORDER);
        a2.intoMemorySegment(c, cAt + 2 * BYTES, ORDER);
        a3.intoMemorySegment(c, cAt + 3 * BYTES, ORDER);
        a4.intoMemorySegment(c, cAt + 4 * BYTES, ORDER);
        a5.intoMemorySegment(c, cAt + 5 * BYTES, ORDER);
        a6.intoMemorySegment(c, cAt + 6 * BYTES, ORDER);
        a7.intoMemorySegment(c, cAt + 7 * BYTES, ORDER);
        a8.intoMemorySegment(c, cAt + 8 * BYTES, ORDER);
        a9.intoMemorySegment(c, cAt + 9 * BYTES, ORDER);
        a10.intoMemorySegment(c, cAt + 10 * BYTES, ORDER);
        a11.intoMemorySegment(c, cAt + 11 * BYTES, ORDER);
        a12.intoMemorySegment(c, cAt + 12 * BYTES, ORDER);
        a13.intoMemorySegment(c, cAt + 13 * BYTES, ORDER);
        a14.intoMemorySegment(c, cAt + 14 * BYTES, ORDER);
        a15.intoMemorySegment(c, cAt + 15 * BYTES, ORDER);
    }

    /** Two rows by 8 vectors of bf16 columns; C is {@code [2][columns]} with rows {@code cRowBytes} apart. */
    static void bf16Rows2(MemorySegment x, long xAt, long rowBytes, MemorySegment w, long wAt, long panelBytes, int pairs,
            MemorySegment c, long cAt, long cRowBytes) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = FloatVector.zero(FLOATS);
        FloatVector a2 = FloatVector.zero(FLOATS);
        FloatVector a3 = FloatVector.zero(FLOATS);
        FloatVector a4 = FloatVector.zero(FLOATS);
        FloatVector a5 = FloatVector.zero(FLOATS);
        FloatVector a6 = FloatVector.zero(FLOATS);
        FloatVector a7 = FloatVector.zero(FLOATS);
        FloatVector b0 = FloatVector.zero(FLOATS);
        FloatVector b1 = FloatVector.zero(FLOATS);
        FloatVector b2 = FloatVector.zero(FLOATS);
        FloatVector b3 = FloatVector.zero(FLOATS);
        FloatVector b4 = FloatVector.zero(FLOATS);
        FloatVector b5 = FloatVector.zero(FLOATS);
        FloatVector b6 = FloatVector.zero(FLOATS);
        FloatVector b7 = FloatVector.zero(FLOATS);
        for (int i = 0; i < pairs; i++) {
            long at = wAt + i * LINE;
            long xi = xAt + i * 8L;
            FloatVector even0 = FloatVector.broadcast(FLOATS, x.get(F32, xi));
            FloatVector odd0 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 4));
            FloatVector even1 = FloatVector.broadcast(FLOATS, x.get(F32, xi + rowBytes));
            FloatVector odd1 = FloatVector.broadcast(FLOATS, x.get(F32, xi + rowBytes + 4));
            IntVector pair = IntVector.fromMemorySegment(INTS, w, at + 0 / VECTORS * panelBytes + 0 % VECTORS * BYTES, ORDER);
            FloatVector low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            FloatVector high = pair.and(UPPER).reinterpretAsFloats();
            a0 = odd0.fma(high, even0.fma(low, a0));
            b0 = odd1.fma(high, even1.fma(low, b0));
            pair = IntVector.fromMemorySegment(INTS, w, at + 1 / VECTORS * panelBytes + 1 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a1 = odd0.fma(high, even0.fma(low, a1));
            b1 = odd1.fma(high, even1.fma(low, b1));
            pair = IntVector.fromMemorySegment(INTS, w, at + 2 / VECTORS * panelBytes + 2 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a2 = odd0.fma(high, even0.fma(low, a2));
            b2 = odd1.fma(high, even1.fma(low, b2));
            pair = IntVector.fromMemorySegment(INTS, w, at + 3 / VECTORS * panelBytes + 3 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a3 = odd0.fma(high, even0.fma(low, a3));
            b3 = odd1.fma(high, even1.fma(low, b3));
            pair = IntVector.fromMemorySegment(INTS, w, at + 4 / VECTORS * panelBytes + 4 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a4 = odd0.fma(high, even0.fma(low, a4));
            b4 = odd1.fma(high, even1.fma(low, b4));
            pair = IntVector.fromMemorySegment(INTS, w, at + 5 / VECTORS * panelBytes + 5 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a5 = odd0.fma(high, even0.fma(low, a5));
            b5 = odd1.fma(high, even1.fma(low, b5));
            pair = IntVector.fromMemorySegment(INTS, w, at + 6 / VECTORS * panelBytes + 6 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a6 = odd0.fma(high, even0.fma(low, a6));
            b6 = odd1.fma(high, even1.fma(low, b6));
            pair = IntVector.fromMemorySegment(INTS, w, at + 7 / VECTORS * panelBytes + 7 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a7 = odd0.fma(high, even0.fma(low, a7));
            b7 = odd1.fma(high, even1.fma(low, b7));
        }
        a0.intoMemorySegment(c, cAt, ORDER);
        a1.intoMemorySegment(c, cAt + 1 * BYTES, ORDER);
        a2.intoMemorySegment(c, cAt + 2 * BYTES, ORDER);
        a3.intoMemorySegment(c, cAt + 3 * BYTES, ORDER);
        a4.intoMemorySegment(c, cAt + 4 * BYTES, ORDER);
        a5.intoMemorySegment(c, cAt + 5 * BYTES, ORDER);
        a6.intoMemorySegment(c, cAt + 6 * BYTES, ORDER);
        a7.intoMemorySegment(c, cAt + 7 * BYTES, ORDER);
        b0.intoMemorySegment(c, cAt + cRowBytes, ORDER);
        b1.intoMemorySegment(c, cAt + cRowBytes + 1 * BYTES, ORDER);
        b2.intoMemorySegment(c, cAt + cRowBytes + 2 * BYTES, ORDER);
        b3.intoMemorySegment(c, cAt + cRowBytes + 3 * BYTES, ORDER);
        b4.intoMemorySegment(c, cAt + cRowBytes + 4 * BYTES, ORDER);
        b5.intoMemorySegment(c, cAt + cRowBytes + 5 * BYTES, ORDER);
        b6.intoMemorySegment(c, cAt + cRowBytes + 6 * BYTES, ORDER);
        b7.intoMemorySegment(c, cAt + cRowBytes + 7 * BYTES, ORDER);
    }

    /** Four rows by 4 vectors of bf16 columns; C is {@code [4][columns]} with rows {@code cRowBytes} apart. */
    static void bf16Rows4(MemorySegment x, long xAt, long rowBytes, MemorySegment w, long wAt, long panelBytes, int pairs,
            MemorySegment c, long cAt, long cRowBytes) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = FloatVector.zero(FLOATS);
        FloatVector a2 = FloatVector.zero(FLOATS);
        FloatVector a3 = FloatVector.zero(FLOATS);
        FloatVector b0 = FloatVector.zero(FLOATS);
        FloatVector b1 = FloatVector.zero(FLOATS);
        FloatVector b2 = FloatVector.zero(FLOATS);
        FloatVector b3 = FloatVector.zero(FLOATS);
        FloatVector c0 = FloatVector.zero(FLOATS);
        FloatVector c1 = FloatVector.zero(FLOATS);
        FloatVector c2 = FloatVector.zero(FLOATS);
        FloatVector c3 = FloatVector.zero(FLOATS);
        FloatVector d0 = FloatVector.zero(FLOATS);
        FloatVector d1 = FloatVector.zero(FLOATS);
        FloatVector d2 = FloatVector.zero(FLOATS);
        FloatVector d3 = FloatVector.zero(FLOATS);
        for (int i = 0; i < pairs; i++) {
            long at = wAt + i * LINE;
            long xi = xAt + i * 8L;
            FloatVector even0 = FloatVector.broadcast(FLOATS, x.get(F32, xi));
            FloatVector odd0 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 4));
            FloatVector even1 = FloatVector.broadcast(FLOATS, x.get(F32, xi + rowBytes));
            FloatVector odd1 = FloatVector.broadcast(FLOATS, x.get(F32, xi + rowBytes + 4));
            FloatVector even2 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 2 * rowBytes));
            FloatVector odd2 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 2 * rowBytes + 4));
            FloatVector even3 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 3 * rowBytes));
            FloatVector odd3 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 3 * rowBytes + 4));
            IntVector pair = IntVector.fromMemorySegment(INTS, w, at + 0 / VECTORS * panelBytes + 0 % VECTORS * BYTES, ORDER);
            FloatVector low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            FloatVector high = pair.and(UPPER).reinterpretAsFloats();
            a0 = odd0.fma(high, even0.fma(low, a0));
            b0 = odd1.fma(high, even1.fma(low, b0));
            c0 = odd2.fma(high, even2.fma(low, c0));
            d0 = odd3.fma(high, even3.fma(low, d0));
            pair = IntVector.fromMemorySegment(INTS, w, at + 1 / VECTORS * panelBytes + 1 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a1 = odd0.fma(high, even0.fma(low, a1));
            b1 = odd1.fma(high, even1.fma(low, b1));
            c1 = odd2.fma(high, even2.fma(low, c1));
            d1 = odd3.fma(high, even3.fma(low, d1));
            pair = IntVector.fromMemorySegment(INTS, w, at + 2 / VECTORS * panelBytes + 2 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a2 = odd0.fma(high, even0.fma(low, a2));
            b2 = odd1.fma(high, even1.fma(low, b2));
            c2 = odd2.fma(high, even2.fma(low, c2));
            d2 = odd3.fma(high, even3.fma(low, d2));
            pair = IntVector.fromMemorySegment(INTS, w, at + 3 / VECTORS * panelBytes + 3 % VECTORS * BYTES, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(UPPER).reinterpretAsFloats();
            a3 = odd0.fma(high, even0.fma(low, a3));
            b3 = odd1.fma(high, even1.fma(low, b3));
            c3 = odd2.fma(high, even2.fma(low, c3));
            d3 = odd3.fma(high, even3.fma(low, d3));
        }
        a0.intoMemorySegment(c, cAt, ORDER);
        a1.intoMemorySegment(c, cAt + 1 * BYTES, ORDER);
        a2.intoMemorySegment(c, cAt + 2 * BYTES, ORDER);
        a3.intoMemorySegment(c, cAt + 3 * BYTES, ORDER);
        b0.intoMemorySegment(c, cAt + cRowBytes, ORDER);
        b1.intoMemorySegment(c, cAt + cRowBytes + 1 * BYTES, ORDER);
        b2.intoMemorySegment(c, cAt + cRowBytes + 2 * BYTES, ORDER);
        b3.intoMemorySegment(c, cAt + cRowBytes + 3 * BYTES, ORDER);
        c0.intoMemorySegment(c, cAt + 2 * cRowBytes, ORDER);
        c1.intoMemorySegment(c, cAt + 2 * cRowBytes + 1 * BYTES, ORDER);
        c2.intoMemorySegment(c, cAt + 2 * cRowBytes + 2 * BYTES, ORDER);
        c3.intoMemorySegment(c, cAt + 2 * cRowBytes + 3 * BYTES, ORDER);
        d0.intoMemorySegment(c, cAt + 3 * cRowBytes, ORDER);
        d1.intoMemorySegment(c, cAt + 3 * cRowBytes + 1 * BYTES, ORDER);
        d2.intoMemorySegment(c, cAt + 3 * cRowBytes + 2 * BYTES, ORDER);
        d3.intoMemorySegment(c, cAt + 3 * cRowBytes + 3 * BYTES, ORDER);
    }

    /**
     * Two rows of digits by 8 vectors of int8 columns. Weights are widened to 2^24 times their value, which takes
     * no sign extension; the digits come divided by 2^24.
     */
    static void int8Rows2(MemorySegment x, long xAt, long rowBytes, MemorySegment w, long wAt, long panelBytes, int quads,
            MemorySegment c, long cAt, long cRowBytes) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = FloatVector.zero(FLOATS);
        FloatVector a2 = FloatVector.zero(FLOATS);
        FloatVector a3 = FloatVector.zero(FLOATS);
        FloatVector a4 = FloatVector.zero(FLOATS);
        FloatVector a5 = FloatVector.zero(FLOATS);
        FloatVector a6 = FloatVector.zero(FLOATS);
        FloatVector a7 = FloatVector.zero(FLOATS);
        FloatVector b0 = FloatVector.zero(FLOATS);
        FloatVector b1 = FloatVector.zero(FLOATS);
        FloatVector b2 = FloatVector.zero(FLOATS);
        FloatVector b3 = FloatVector.zero(FLOATS);
        FloatVector b4 = FloatVector.zero(FLOATS);
        FloatVector b5 = FloatVector.zero(FLOATS);
        FloatVector b6 = FloatVector.zero(FLOATS);
        FloatVector b7 = FloatVector.zero(FLOATS);
        for (int i = 0; i < quads; i++) {
            long at = wAt + i * LINE;
            long xi = xAt + i * 16L;
            FloatVector x00 = FloatVector.broadcast(FLOATS, x.get(F32, xi));
            FloatVector x01 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 4));
            FloatVector x02 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 8));
            FloatVector x03 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 12));
            FloatVector x10 = FloatVector.broadcast(FLOATS, x.get(F32, xi + rowBytes));
            FloatVector x11 = FloatVector.broadcast(FLOATS, x.get(F32, xi + rowBytes + 4));
            FloatVector x12 = FloatVector.broadcast(FLOATS, x.get(F32, xi + rowBytes + 8));
            FloatVector x13 = FloatVector.broadcast(FLOATS, x.get(F32, xi + rowBytes + 12));
            IntVector quad = IntVector.fromMemorySegment(INTS, w, at + 0 / VECTORS * panelBytes + 0 % VECTORS * BYTES, ORDER);
            FloatVector w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            FloatVector w1 = (FloatVector) quad.lanewise(LSHL, 16).and(BYTE_3).convert(I2F, 0);
            FloatVector w2 = (FloatVector) quad.and(BYTE_2).lanewise(LSHL, 8).convert(I2F, 0);
            FloatVector w3 = (FloatVector) quad.and(BYTE_3).convert(I2F, 0);
            a0 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a0))));
            b0 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b0))));
            quad = IntVector.fromMemorySegment(INTS, w, at + 1 / VECTORS * panelBytes + 1 % VECTORS * BYTES, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(BYTE_3).convert(I2F, 0);
            w2 = (FloatVector) quad.and(BYTE_2).lanewise(LSHL, 8).convert(I2F, 0);
            w3 = (FloatVector) quad.and(BYTE_3).convert(I2F, 0);
            a1 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a1))));
            b1 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b1))));
            quad = IntVector.fromMemorySegment(INTS, w, at + 2 / VECTORS * panelBytes + 2 % VECTORS * BYTES, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(BYTE_3).convert(I2F, 0);
            w2 = (FloatVector) quad.and(BYTE_2).lanewise(LSHL, 8).convert(I2F, 0);
            w3 = (FloatVector) quad.and(BYTE_3).convert(I2F, 0);
            a2 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a2))));
            b2 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b2))));
            quad = IntVector.fromMemorySegment(INTS, w, at + 3 / VECTORS * panelBytes + 3 % VECTORS * BYTES, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(BYTE_3).convert(I2F, 0);
            w2 = (FloatVector) quad.and(BYTE_2).lanewise(LSHL, 8).convert(I2F, 0);
            w3 = (FloatVector) quad.and(BYTE_3).convert(I2F, 0);
            a3 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a3))));
            b3 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b3))));
            quad = IntVector.fromMemorySegment(INTS, w, at + 4 / VECTORS * panelBytes + 4 % VECTORS * BYTES, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(BYTE_3).convert(I2F, 0);
            w2 = (FloatVector) quad.and(BYTE_2).lanewise(LSHL, 8).convert(I2F, 0);
            w3 = (FloatVector) quad.and(BYTE_3).convert(I2F, 0);
            a4 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a4))));
            b4 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b4))));
            quad = IntVector.fromMemorySegment(INTS, w, at + 5 / VECTORS * panelBytes + 5 % VECTORS * BYTES, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(BYTE_3).convert(I2F, 0);
            w2 = (FloatVector) quad.and(BYTE_2).lanewise(LSHL, 8).convert(I2F, 0);
            w3 = (FloatVector) quad.and(BYTE_3).convert(I2F, 0);
            a5 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a5))));
            b5 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b5))));
            quad = IntVector.fromMemorySegment(INTS, w, at + 6 / VECTORS * panelBytes + 6 % VECTORS * BYTES, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(BYTE_3).convert(I2F, 0);
            w2 = (FloatVector) quad.and(BYTE_2).lanewise(LSHL, 8).convert(I2F, 0);
            w3 = (FloatVector) quad.and(BYTE_3).convert(I2F, 0);
            a6 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a6))));
            b6 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b6))));
            quad = IntVector.fromMemorySegment(INTS, w, at + 7 / VECTORS * panelBytes + 7 % VECTORS * BYTES, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(BYTE_3).convert(I2F, 0);
            w2 = (FloatVector) quad.and(BYTE_2).lanewise(LSHL, 8).convert(I2F, 0);
            w3 = (FloatVector) quad.and(BYTE_3).convert(I2F, 0);
            a7 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a7))));
            b7 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b7))));
        }
        a0.intoMemorySegment(c, cAt, ORDER);
        a1.intoMemorySegment(c, cAt + 1 * BYTES, ORDER);
        a2.intoMemorySegment(c, cAt + 2 * BYTES, ORDER);
        a3.intoMemorySegment(c, cAt + 3 * BYTES, ORDER);
        a4.intoMemorySegment(c, cAt + 4 * BYTES, ORDER);
        a5.intoMemorySegment(c, cAt + 5 * BYTES, ORDER);
        a6.intoMemorySegment(c, cAt + 6 * BYTES, ORDER);
        a7.intoMemorySegment(c, cAt + 7 * BYTES, ORDER);
        b0.intoMemorySegment(c, cAt + cRowBytes, ORDER);
        b1.intoMemorySegment(c, cAt + cRowBytes + 1 * BYTES, ORDER);
        b2.intoMemorySegment(c, cAt + cRowBytes + 2 * BYTES, ORDER);
        b3.intoMemorySegment(c, cAt + cRowBytes + 3 * BYTES, ORDER);
        b4.intoMemorySegment(c, cAt + cRowBytes + 4 * BYTES, ORDER);
        b5.intoMemorySegment(c, cAt + cRowBytes + 5 * BYTES, ORDER);
        b6.intoMemorySegment(c, cAt + cRowBytes + 6 * BYTES, ORDER);
        b7.intoMemorySegment(c, cAt + cRowBytes + 7 * BYTES, ORDER);
    }

    /**
     * Four rows of digits by 4 vectors of int8 columns. Weights are widened to 2^24 times their value, which takes
     * no sign extension; the digits come divided by 2^24.
     */
    static void int8Rows4(MemorySegment x, long xAt, long rowBytes, MemorySegment w, long wAt, long panelBytes, int quads,
            MemorySegment c, long cAt, long cRowBytes) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = FloatVector.zero(FLOATS);
        FloatVector a2 = FloatVector.zero(FLOATS);
        FloatVector a3 = FloatVector.zero(FLOATS);
        FloatVector b0 = FloatVector.zero(FLOATS);
        FloatVector b1 = FloatVector.zero(FLOATS);
        FloatVector b2 = FloatVector.zero(FLOATS);
        FloatVector b3 = FloatVector.zero(FLOATS);
        FloatVector c0 = FloatVector.zero(FLOATS);
        FloatVector c1 = FloatVector.zero(FLOATS);
        FloatVector c2 = FloatVector.zero(FLOATS);
        FloatVector c3 = FloatVector.zero(FLOATS);
        FloatVector d0 = FloatVector.zero(FLOATS);
        FloatVector d1 = FloatVector.zero(FLOATS);
        FloatVector d2 = FloatVector.zero(FLOATS);
        FloatVector d3 = FloatVector.zero(FLOATS);
        for (int i = 0; i < quads; i++) {
            long at = wAt + i * LINE;
            long xi = xAt + i * 16L;
            FloatVector x00 = FloatVector.broadcast(FLOATS, x.get(F32, xi));
            FloatVector x01 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 4));
            FloatVector x02 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 8));
            FloatVector x03 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 12));
            FloatVector x10 = FloatVector.broadcast(FLOATS, x.get(F32, xi + rowBytes));
            FloatVector x11 = FloatVector.broadcast(FLOATS, x.get(F32, xi + rowBytes + 4));
            FloatVector x12 = FloatVector.broadcast(FLOATS, x.get(F32, xi + rowBytes + 8));
            FloatVector x13 = FloatVector.broadcast(FLOATS, x.get(F32, xi + rowBytes + 12));
            FloatVector x20 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 2 * rowBytes));
            FloatVector x21 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 2 * rowBytes + 4));
            FloatVector x22 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 2 * rowBytes + 8));
            FloatVector x23 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 2 * rowBytes + 12));
            FloatVector x30 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 3 * rowBytes));
            FloatVector x31 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 3 * rowBytes + 4));
            FloatVector x32 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 3 * rowBytes + 8));
            FloatVector x33 = FloatVector.broadcast(FLOATS, x.get(F32, xi + 3 * rowBytes + 12));
            IntVector quad = IntVector.fromMemorySegment(INTS, w, at + 0 / VECTORS * panelBytes + 0 % VECTORS * BYTES, ORDER);
            FloatVector w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            FloatVector w1 = (FloatVector) quad.lanewise(LSHL, 16).and(BYTE_3).convert(I2F, 0);
            FloatVector w2 = (FloatVector) quad.and(BYTE_2).lanewise(LSHL, 8).convert(I2F, 0);
            FloatVector w3 = (FloatVector) quad.and(BYTE_3).convert(I2F, 0);
            a0 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a0))));
            b0 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b0))));
            c0 = x23.fma(w3, x22.fma(w2, x21.fma(w1, x20.fma(w0, c0))));
            d0 = x33.fma(w3, x32.fma(w2, x31.fma(w1, x30.fma(w0, d0))));
            quad = IntVector.fromMemorySegment(INTS, w, at + 1 / VECTORS * panelBytes + 1 % VECTORS * BYTES, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(BYTE_3).convert(I2F, 0);
            w2 = (FloatVector) quad.and(BYTE_2).lanewise(LSHL, 8).convert(I2F, 0);
            w3 = (FloatVector) quad.and(BYTE_3).convert(I2F, 0);
            a1 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a1))));
            b1 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b1))));
            c1 = x23.fma(w3, x22.fma(w2, x21.fma(w1, x20.fma(w0, c1))));
            d1 = x33.fma(w3, x32.fma(w2, x31.fma(w1, x30.fma(w0, d1))));
            quad = IntVector.fromMemorySegment(INTS, w, at + 2 / VECTORS * panelBytes + 2 % VECTORS * BYTES, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(BYTE_3).convert(I2F, 0);
            w2 = (FloatVector) quad.and(BYTE_2).lanewise(LSHL, 8).convert(I2F, 0);
            w3 = (FloatVector) quad.and(BYTE_3).convert(I2F, 0);
            a2 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a2))));
            b2 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b2))));
            c2 = x23.fma(w3, x22.fma(w2, x21.fma(w1, x20.fma(w0, c2))));
            d2 = x33.fma(w3, x32.fma(w2, x31.fma(w1, x30.fma(w0, d2))));
            quad = IntVector.fromMemorySegment(INTS, w, at + 3 / VECTORS * panelBytes + 3 % VECTORS * BYTES, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(BYTE_3).convert(I2F, 0);
            w2 = (FloatVector) quad.and(BYTE_2).lanewise(LSHL, 8).convert(I2F, 0);
            w3 = (FloatVector) quad.and(BYTE_3).convert(I2F, 0);
            a3 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a3))));
            b3 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b3))));
            c3 = x23.fma(w3, x22.fma(w2, x21.fma(w1, x20.fma(w0, c3))));
            d3 = x33.fma(w3, x32.fma(w2, x31.fma(w1, x30.fma(w0, d3))));
        }
        a0.intoMemorySegment(c, cAt, ORDER);
        a1.intoMemorySegment(c, cAt + 1 * BYTES, ORDER);
        a2.intoMemorySegment(c, cAt + 2 * BYTES, ORDER);
        a3.intoMemorySegment(c, cAt + 3 * BYTES, ORDER);
        b0.intoMemorySegment(c, cAt + cRowBytes, ORDER);
        b1.intoMemorySegment(c, cAt + cRowBytes + 1 * BYTES, ORDER);
        b2.intoMemorySegment(c, cAt + cRowBytes + 2 * BYTES, ORDER);
        b3.intoMemorySegment(c, cAt + cRowBytes + 3 * BYTES, ORDER);
        c0.intoMemorySegment(c, cAt + 2 * cRowBytes, ORDER);
        c1.intoMemorySegment(c, cAt + 2 * cRowBytes + 1 * BYTES, ORDER);
        c2.intoMemorySegment(c, cAt + 2 * cRowBytes + 2 * BYTES, ORDER);
        c3.intoMemorySegment(c, cAt + 2 * cRowBytes + 3 * BYTES, ORDER);
        d0.intoMemorySegment(c, cAt + 3 * cRowBytes, ORDER);
        d1.intoMemorySegment(c, cAt + 3 * cRowBytes + 1 * BYTES, ORDER);
        d2.intoMemorySegment(c, cAt + 3 * cRowBytes + 2 * BYTES, ORDER);
        d3.intoMemorySegment(c, cAt + 3 * cRowBytes + 3 * BYTES, ORDER);
    }
}
