package io.github.funasrjava.kernels.vector.lanes512;

import static io.github.funasrjava.kernels.vector.lanes512.Species.FLOATS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.INTS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.LINE;
import static io.github.funasrjava.kernels.vector.lanes512.Species.ORDER;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * {@code C += x W^T} for one, two or four rows and packed weights that are widened in registers, for decoding, where
 * reading the weights is all the cost. One sequential stream reaches about half of the memory bandwidth, eight nearly
 * all of it: so a kernel walks eight (or four) panels at once, one vector of columns of each. The other columns follow
 * in further calls over the same block of k, whose lines lie in the caches by then.
 *
 * <p>Panels lie {@code panelBytes} apart, rows of x {@code xStride} floats; rows are padded to whole groups of k, with
 * -0 for bf16, which leaves every sum as it is ({@code a + -0 * 0 == a}, even for {@code a == -0}). C is
 * {@code [rows][panels][32]}. Int8 weights are widened to 2^24 times their value, which takes no sign extension; their
 * digits come divided by 2^24. Sizes are bounded by what C1 can compile, see {@link Tiles}.
 */
final class Streams {
    private static final int UPPER = 0xffff0000;
    private static final int TOP_BYTE = 0xff000000;

    private Streams() {}

    /** One row, eight panels of bf16. */
    static void bf16Rows1(float[] x, int xAt, MemorySegment w, long wAt, long panelBytes, int pairs, float[] c,
            int cAt) {
        IntVector upper = IntVector.broadcast(INTS, UPPER);
        FloatVector a0 = FloatVector.fromArray(FLOATS, c, cAt);
        FloatVector a1 = FloatVector.fromArray(FLOATS, c, cAt + 32);
        FloatVector a2 = FloatVector.fromArray(FLOATS, c, cAt + 64);
        FloatVector a3 = FloatVector.fromArray(FLOATS, c, cAt + 96);
        FloatVector a4 = FloatVector.fromArray(FLOATS, c, cAt + 128);
        FloatVector a5 = FloatVector.fromArray(FLOATS, c, cAt + 160);
        FloatVector a6 = FloatVector.fromArray(FLOATS, c, cAt + 192);
        FloatVector a7 = FloatVector.fromArray(FLOATS, c, cAt + 224);
        for (int i = 0; i < pairs; i++) {
            long at = wAt + i * LINE;
            int xi = xAt + 2 * i;
            FloatVector even0 = FloatVector.broadcast(FLOATS, x[xi]);
            FloatVector odd0 = FloatVector.broadcast(FLOATS, x[xi + 1]);
            IntVector pair = IntVector.fromMemorySegment(INTS, w, at, ORDER);
            FloatVector low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            FloatVector high = pair.and(upper).reinterpretAsFloats();
            a0 = odd0.fma(high, even0.fma(low, a0));
            pair = IntVector.fromMemorySegment(INTS, w, at + panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a1 = odd0.fma(high, even0.fma(low, a1));
            pair = IntVector.fromMemorySegment(INTS, w, at + 2 * panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a2 = odd0.fma(high, even0.fma(low, a2));
            pair = IntVector.fromMemorySegment(INTS, w, at + 3 * panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a3 = odd0.fma(high, even0.fma(low, a3));
            pair = IntVector.fromMemorySegment(INTS, w, at + 4 * panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a4 = odd0.fma(high, even0.fma(low, a4));
            pair = IntVector.fromMemorySegment(INTS, w, at + 5 * panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a5 = odd0.fma(high, even0.fma(low, a5));
            pair = IntVector.fromMemorySegment(INTS, w, at + 6 * panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a6 = odd0.fma(high, even0.fma(low, a6));
            pair = IntVector.fromMemorySegment(INTS, w, at + 7 * panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a7 = odd0.fma(high, even0.fma(low, a7));
        }
        a0.intoArray(c, cAt);
        a1.intoArray(c, cAt + 32);
        a2.intoArray(c, cAt + 64);
        a3.intoArray(c, cAt + 96);
        a4.intoArray(c, cAt + 128);
        a5.intoArray(c, cAt + 160);
        a6.intoArray(c, cAt + 192);
        a7.intoArray(c, cAt + 224);
    }

    /** Two rows, eight panels of bf16. */
    static void bf16Rows2(float[] x, int xAt, int xStride, MemorySegment w, long wAt, long panelBytes, int pairs, float[] c,
            int cAt, int cStride) {
        IntVector upper = IntVector.broadcast(INTS, UPPER);
        FloatVector a0 = FloatVector.fromArray(FLOATS, c, cAt);
        FloatVector a1 = FloatVector.fromArray(FLOATS, c, cAt + 32);
        FloatVector a2 = FloatVector.fromArray(FLOATS, c, cAt + 64);
        FloatVector a3 = FloatVector.fromArray(FLOATS, c, cAt + 96);
        FloatVector a4 = FloatVector.fromArray(FLOATS, c, cAt + 128);
        FloatVector a5 = FloatVector.fromArray(FLOATS, c, cAt + 160);
        FloatVector a6 = FloatVector.fromArray(FLOATS, c, cAt + 192);
        FloatVector a7 = FloatVector.fromArray(FLOATS, c, cAt + 224);
        FloatVector b0 = FloatVector.fromArray(FLOATS, c, cAt + cStride);
        FloatVector b1 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 32);
        FloatVector b2 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 64);
        FloatVector b3 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 96);
        FloatVector b4 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 128);
        FloatVector b5 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 160);
        FloatVector b6 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 192);
        FloatVector b7 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 224);
        for (int i = 0; i < pairs; i++) {
            long at = wAt + i * LINE;
            int xi = xAt + 2 * i;
            FloatVector even0 = FloatVector.broadcast(FLOATS, x[xi]);
            FloatVector odd0 = FloatVector.broadcast(FLOATS, x[xi + 1]);
            FloatVector even1 = FloatVector.broadcast(FLOATS, x[xi + xStride]);
            FloatVector odd1 = FloatVector.broadcast(FLOATS, x[xi + xStride + 1]);
            IntVector pair = IntVector.fromMemorySegment(INTS, w, at, ORDER);
            FloatVector low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            FloatVector high = pair.and(upper).reinterpretAsFloats();
            a0 = odd0.fma(high, even0.fma(low, a0));
            b0 = odd1.fma(high, even1.fma(low, b0));
            pair = IntVector.fromMemorySegment(INTS, w, at + panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a1 = odd0.fma(high, even0.fma(low, a1));
            b1 = odd1.fma(high, even1.fma(low, b1));
            pair = IntVector.fromMemorySegment(INTS, w, at + 2 * panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a2 = odd0.fma(high, even0.fma(low, a2));
            b2 = odd1.fma(high, even1.fma(low, b2));
            pair = IntVector.fromMemorySegment(INTS, w, at + 3 * panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a3 = odd0.fma(high, even0.fma(low, a3));
            b3 = odd1.fma(high, even1.fma(low, b3));
            pair = IntVector.fromMemorySegment(INTS, w, at + 4 * panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a4 = odd0.fma(high, even0.fma(low, a4));
            b4 = odd1.fma(high, even1.fma(low, b4));
            pair = IntVector.fromMemorySegment(INTS, w, at + 5 * panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a5 = odd0.fma(high, even0.fma(low, a5));
            b5 = odd1.fma(high, even1.fma(low, b5));
            pair = IntVector.fromMemorySegment(INTS, w, at + 6 * panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a6 = odd0.fma(high, even0.fma(low, a6));
            b6 = odd1.fma(high, even1.fma(low, b6));
            pair = IntVector.fromMemorySegment(INTS, w, at + 7 * panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a7 = odd0.fma(high, even0.fma(low, a7));
            b7 = odd1.fma(high, even1.fma(low, b7));
        }
        a0.intoArray(c, cAt);
        a1.intoArray(c, cAt + 32);
        a2.intoArray(c, cAt + 64);
        a3.intoArray(c, cAt + 96);
        a4.intoArray(c, cAt + 128);
        a5.intoArray(c, cAt + 160);
        a6.intoArray(c, cAt + 192);
        a7.intoArray(c, cAt + 224);
        b0.intoArray(c, cAt + cStride);
        b1.intoArray(c, cAt + cStride + 32);
        b2.intoArray(c, cAt + cStride + 64);
        b3.intoArray(c, cAt + cStride + 96);
        b4.intoArray(c, cAt + cStride + 128);
        b5.intoArray(c, cAt + cStride + 160);
        b6.intoArray(c, cAt + cStride + 192);
        b7.intoArray(c, cAt + cStride + 224);
    }

    /** Four rows, four panels of bf16. */
    static void bf16Rows4(float[] x, int xAt, int xStride, MemorySegment w, long wAt, long panelBytes, int pairs, float[] c,
            int cAt, int cStride) {
        IntVector upper = IntVector.broadcast(INTS, UPPER);
        FloatVector a0 = FloatVector.fromArray(FLOATS, c, cAt);
        FloatVector a1 = FloatVector.fromArray(FLOATS, c, cAt + 32);
        FloatVector a2 = FloatVector.fromArray(FLOATS, c, cAt + 64);
        FloatVector a3 = FloatVector.fromArray(FLOATS, c, cAt + 96);
        FloatVector b0 = FloatVector.fromArray(FLOATS, c, cAt + cStride);
        FloatVector b1 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 32);
        FloatVector b2 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 64);
        FloatVector b3 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 96);
        FloatVector c0 = FloatVector.fromArray(FLOATS, c, cAt + 2 * cStride);
        FloatVector c1 = FloatVector.fromArray(FLOATS, c, cAt + 2 * cStride + 32);
        FloatVector c2 = FloatVector.fromArray(FLOATS, c, cAt + 2 * cStride + 64);
        FloatVector c3 = FloatVector.fromArray(FLOATS, c, cAt + 2 * cStride + 96);
        FloatVector d0 = FloatVector.fromArray(FLOATS, c, cAt + 3 * cStride);
        FloatVector d1 = FloatVector.fromArray(FLOATS, c, cAt + 3 * cStride + 32);
        FloatVector d2 = FloatVector.fromArray(FLOATS, c, cAt + 3 * cStride + 64);
        FloatVector d3 = FloatVector.fromArray(FLOATS, c, cAt + 3 * cStride + 96);
        for (int i = 0; i < pairs; i++) {
            long at = wAt + i * LINE;
            int xi = xAt + 2 * i;
            FloatVector even0 = FloatVector.broadcast(FLOATS, x[xi]);
            FloatVector odd0 = FloatVector.broadcast(FLOATS, x[xi + 1]);
            FloatVector even1 = FloatVector.broadcast(FLOATS, x[xi + xStride]);
            FloatVector odd1 = FloatVector.broadcast(FLOATS, x[xi + xStride + 1]);
            FloatVector even2 = FloatVector.broadcast(FLOATS, x[xi + 2 * xStride]);
            FloatVector odd2 = FloatVector.broadcast(FLOATS, x[xi + 2 * xStride + 1]);
            FloatVector even3 = FloatVector.broadcast(FLOATS, x[xi + 3 * xStride]);
            FloatVector odd3 = FloatVector.broadcast(FLOATS, x[xi + 3 * xStride + 1]);
            IntVector pair = IntVector.fromMemorySegment(INTS, w, at, ORDER);
            FloatVector low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            FloatVector high = pair.and(upper).reinterpretAsFloats();
            a0 = odd0.fma(high, even0.fma(low, a0));
            b0 = odd1.fma(high, even1.fma(low, b0));
            c0 = odd2.fma(high, even2.fma(low, c0));
            d0 = odd3.fma(high, even3.fma(low, d0));
            pair = IntVector.fromMemorySegment(INTS, w, at + panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a1 = odd0.fma(high, even0.fma(low, a1));
            b1 = odd1.fma(high, even1.fma(low, b1));
            c1 = odd2.fma(high, even2.fma(low, c1));
            d1 = odd3.fma(high, even3.fma(low, d1));
            pair = IntVector.fromMemorySegment(INTS, w, at + 2 * panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a2 = odd0.fma(high, even0.fma(low, a2));
            b2 = odd1.fma(high, even1.fma(low, b2));
            c2 = odd2.fma(high, even2.fma(low, c2));
            d2 = odd3.fma(high, even3.fma(low, d2));
            pair = IntVector.fromMemorySegment(INTS, w, at + 3 * panelBytes, ORDER);
            low = pair.lanewise(LSHL, 16).reinterpretAsFloats();
            high = pair.and(upper).reinterpretAsFloats();
            a3 = odd0.fma(high, even0.fma(low, a3));
            b3 = odd1.fma(high, even1.fma(low, b3));
            c3 = odd2.fma(high, even2.fma(low, c3));
            d3 = odd3.fma(high, even3.fma(low, d3));
        }
        a0.intoArray(c, cAt);
        a1.intoArray(c, cAt + 32);
        a2.intoArray(c, cAt + 64);
        a3.intoArray(c, cAt + 96);
        b0.intoArray(c, cAt + cStride);
        b1.intoArray(c, cAt + cStride + 32);
        b2.intoArray(c, cAt + cStride + 64);
        b3.intoArray(c, cAt + cStride + 96);
        c0.intoArray(c, cAt + 2 * cStride);
        c1.intoArray(c, cAt + 2 * cStride + 32);
        c2.intoArray(c, cAt + 2 * cStride + 64);
        c3.intoArray(c, cAt + 2 * cStride + 96);
        d0.intoArray(c, cAt + 3 * cStride);
        d1.intoArray(c, cAt + 3 * cStride + 32);
        d2.intoArray(c, cAt + 3 * cStride + 64);
        d3.intoArray(c, cAt + 3 * cStride + 96);
    }

    /** Two rows of digits, four panels of int8. */
    static void int8Rows2(float[] x, int xAt, int xStride, MemorySegment w, long wAt, long panelBytes, int quads, float[] c,
            int cAt, int cStride) {
        IntVector top = IntVector.broadcast(INTS, TOP_BYTE);
        FloatVector a0 = FloatVector.fromArray(FLOATS, c, cAt);
        FloatVector a1 = FloatVector.fromArray(FLOATS, c, cAt + 32);
        FloatVector a2 = FloatVector.fromArray(FLOATS, c, cAt + 64);
        FloatVector a3 = FloatVector.fromArray(FLOATS, c, cAt + 96);
        FloatVector b0 = FloatVector.fromArray(FLOATS, c, cAt + cStride);
        FloatVector b1 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 32);
        FloatVector b2 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 64);
        FloatVector b3 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 96);
        for (int i = 0; i < quads; i++) {
            long at = wAt + i * LINE;
            int xi = xAt + 4 * i;
            FloatVector x00 = FloatVector.broadcast(FLOATS, x[xi]);
            FloatVector x01 = FloatVector.broadcast(FLOATS, x[xi + 1]);
            FloatVector x02 = FloatVector.broadcast(FLOATS, x[xi + 2]);
            FloatVector x03 = FloatVector.broadcast(FLOATS, x[xi + 3]);
            FloatVector x10 = FloatVector.broadcast(FLOATS, x[xi + xStride]);
            FloatVector x11 = FloatVector.broadcast(FLOATS, x[xi + xStride + 1]);
            FloatVector x12 = FloatVector.broadcast(FLOATS, x[xi + xStride + 2]);
            FloatVector x13 = FloatVector.broadcast(FLOATS, x[xi + xStride + 3]);
            IntVector quad = IntVector.fromMemorySegment(INTS, w, at, ORDER);
            FloatVector w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            FloatVector w1 = (FloatVector) quad.lanewise(LSHL, 16).and(top).convert(I2F, 0);
            FloatVector w2 = (FloatVector) quad.lanewise(LSHL, 8).and(top).convert(I2F, 0);
            FloatVector w3 = (FloatVector) quad.and(top).convert(I2F, 0);
            a0 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a0))));
            b0 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b0))));
            quad = IntVector.fromMemorySegment(INTS, w, at + panelBytes, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(top).convert(I2F, 0);
            w2 = (FloatVector) quad.lanewise(LSHL, 8).and(top).convert(I2F, 0);
            w3 = (FloatVector) quad.and(top).convert(I2F, 0);
            a1 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a1))));
            b1 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b1))));
            quad = IntVector.fromMemorySegment(INTS, w, at + 2 * panelBytes, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(top).convert(I2F, 0);
            w2 = (FloatVector) quad.lanewise(LSHL, 8).and(top).convert(I2F, 0);
            w3 = (FloatVector) quad.and(top).convert(I2F, 0);
            a2 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a2))));
            b2 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b2))));
            quad = IntVector.fromMemorySegment(INTS, w, at + 3 * panelBytes, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(top).convert(I2F, 0);
            w2 = (FloatVector) quad.lanewise(LSHL, 8).and(top).convert(I2F, 0);
            w3 = (FloatVector) quad.and(top).convert(I2F, 0);
            a3 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a3))));
            b3 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b3))));
        }
        a0.intoArray(c, cAt);
        a1.intoArray(c, cAt + 32);
        a2.intoArray(c, cAt + 64);
        a3.intoArray(c, cAt + 96);
        b0.intoArray(c, cAt + cStride);
        b1.intoArray(c, cAt + cStride + 32);
        b2.intoArray(c, cAt + cStride + 64);
        b3.intoArray(c, cAt + cStride + 96);
    }

    /** Four rows of digits, four panels of int8. */
    static void int8Rows4(float[] x, int xAt, int xStride, MemorySegment w, long wAt, long panelBytes, int quads, float[] c,
            int cAt, int cStride) {
        IntVector top = IntVector.broadcast(INTS, TOP_BYTE);
        FloatVector a0 = FloatVector.fromArray(FLOATS, c, cAt);
        FloatVector a1 = FloatVector.fromArray(FLOATS, c, cAt + 32);
        FloatVector a2 = FloatVector.fromArray(FLOATS, c, cAt + 64);
        FloatVector a3 = FloatVector.fromArray(FLOATS, c, cAt + 96);
        FloatVector b0 = FloatVector.fromArray(FLOATS, c, cAt + cStride);
        FloatVector b1 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 32);
        FloatVector b2 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 64);
        FloatVector b3 = FloatVector.fromArray(FLOATS, c, cAt + cStride + 96);
        FloatVector c0 = FloatVector.fromArray(FLOATS, c, cAt + 2 * cStride);
        FloatVector c1 = FloatVector.fromArray(FLOATS, c, cAt + 2 * cStride + 32);
        FloatVector c2 = FloatVector.fromArray(FLOATS, c, cAt + 2 * cStride + 64);
        FloatVector c3 = FloatVector.fromArray(FLOATS, c, cAt + 2 * cStride + 96);
        FloatVector d0 = FloatVector.fromArray(FLOATS, c, cAt + 3 * cStride);
        FloatVector d1 = FloatVector.fromArray(FLOATS, c, cAt + 3 * cStride + 32);
        FloatVector d2 = FloatVector.fromArray(FLOATS, c, cAt + 3 * cStride + 64);
        FloatVector d3 = FloatVector.fromArray(FLOATS, c, cAt + 3 * cStride + 96);
        for (int i = 0; i < quads; i++) {
            long at = wAt + i * LINE;
            int xi = xAt + 4 * i;
            FloatVector x00 = FloatVector.broadcast(FLOATS, x[xi]);
            FloatVector x01 = FloatVector.broadcast(FLOATS, x[xi + 1]);
            FloatVector x02 = FloatVector.broadcast(FLOATS, x[xi + 2]);
            FloatVector x03 = FloatVector.broadcast(FLOATS, x[xi + 3]);
            FloatVector x10 = FloatVector.broadcast(FLOATS, x[xi + xStride]);
            FloatVector x11 = FloatVector.broadcast(FLOATS, x[xi + xStride + 1]);
            FloatVector x12 = FloatVector.broadcast(FLOATS, x[xi + xStride + 2]);
            FloatVector x13 = FloatVector.broadcast(FLOATS, x[xi + xStride + 3]);
            FloatVector x20 = FloatVector.broadcast(FLOATS, x[xi + 2 * xStride]);
            FloatVector x21 = FloatVector.broadcast(FLOATS, x[xi + 2 * xStride + 1]);
            FloatVector x22 = FloatVector.broadcast(FLOATS, x[xi + 2 * xStride + 2]);
            FloatVector x23 = FloatVector.broadcast(FLOATS, x[xi + 2 * xStride + 3]);
            FloatVector x30 = FloatVector.broadcast(FLOATS, x[xi + 3 * xStride]);
            FloatVector x31 = FloatVector.broadcast(FLOATS, x[xi + 3 * xStride + 1]);
            FloatVector x32 = FloatVector.broadcast(FLOATS, x[xi + 3 * xStride + 2]);
            FloatVector x33 = FloatVector.broadcast(FLOATS, x[xi + 3 * xStride + 3]);
            IntVector quad = IntVector.fromMemorySegment(INTS, w, at, ORDER);
            FloatVector w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            FloatVector w1 = (FloatVector) quad.lanewise(LSHL, 16).and(top).convert(I2F, 0);
            FloatVector w2 = (FloatVector) quad.lanewise(LSHL, 8).and(top).convert(I2F, 0);
            FloatVector w3 = (FloatVector) quad.and(top).convert(I2F, 0);
            a0 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a0))));
            b0 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b0))));
            c0 = x23.fma(w3, x22.fma(w2, x21.fma(w1, x20.fma(w0, c0))));
            d0 = x33.fma(w3, x32.fma(w2, x31.fma(w1, x30.fma(w0, d0))));
            quad = IntVector.fromMemorySegment(INTS, w, at + panelBytes, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(top).convert(I2F, 0);
            w2 = (FloatVector) quad.lanewise(LSHL, 8).and(top).convert(I2F, 0);
            w3 = (FloatVector) quad.and(top).convert(I2F, 0);
            a1 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a1))));
            b1 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b1))));
            c1 = x23.fma(w3, x22.fma(w2, x21.fma(w1, x20.fma(w0, c1))));
            d1 = x33.fma(w3, x32.fma(w2, x31.fma(w1, x30.fma(w0, d1))));
            quad = IntVector.fromMemorySegment(INTS, w, at + 2 * panelBytes, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(top).convert(I2F, 0);
            w2 = (FloatVector) quad.lanewise(LSHL, 8).and(top).convert(I2F, 0);
            w3 = (FloatVector) quad.and(top).convert(I2F, 0);
            a2 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a2))));
            b2 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b2))));
            c2 = x23.fma(w3, x22.fma(w2, x21.fma(w1, x20.fma(w0, c2))));
            d2 = x33.fma(w3, x32.fma(w2, x31.fma(w1, x30.fma(w0, d2))));
            quad = IntVector.fromMemorySegment(INTS, w, at + 3 * panelBytes, ORDER);
            w0 = (FloatVector) quad.lanewise(LSHL, 24).convert(I2F, 0);
            w1 = (FloatVector) quad.lanewise(LSHL, 16).and(top).convert(I2F, 0);
            w2 = (FloatVector) quad.lanewise(LSHL, 8).and(top).convert(I2F, 0);
            w3 = (FloatVector) quad.and(top).convert(I2F, 0);
            a3 = x03.fma(w3, x02.fma(w2, x01.fma(w1, x00.fma(w0, a3))));
            b3 = x13.fma(w3, x12.fma(w2, x11.fma(w1, x10.fma(w0, b3))));
            c3 = x23.fma(w3, x22.fma(w2, x21.fma(w1, x20.fma(w0, c3))));
            d3 = x33.fma(w3, x32.fma(w2, x31.fma(w1, x30.fma(w0, d3))));
        }
        a0.intoArray(c, cAt);
        a1.intoArray(c, cAt + 32);
        a2.intoArray(c, cAt + 64);
        a3.intoArray(c, cAt + 96);
        b0.intoArray(c, cAt + cStride);
        b1.intoArray(c, cAt + cStride + 32);
        b2.intoArray(c, cAt + cStride + 64);
        b3.intoArray(c, cAt + cStride + 96);
        c0.intoArray(c, cAt + 2 * cStride);
        c1.intoArray(c, cAt + 2 * cStride + 32);
        c2.intoArray(c, cAt + 2 * cStride + 64);
        c3.intoArray(c, cAt + 2 * cStride + 96);
        d0.intoArray(c, cAt + 3 * cStride);
        d1.intoArray(c, cAt + 3 * cStride + 32);
        d2.intoArray(c, cAt + 3 * cStride + 64);
        d3.intoArray(c, cAt + 3 * cStride + 96);
    }
}
