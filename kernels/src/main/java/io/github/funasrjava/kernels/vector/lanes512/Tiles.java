package io.github.funasrjava.kernels.vector.lanes512;

import static io.github.funasrjava.kernels.vector.lanes512.Species.BYTES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.F32;
import static io.github.funasrjava.kernels.vector.lanes512.Species.FLOATS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.ORDER;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The matrix product's inner loop: a tile of 12 (or 4) rows by 32 columns, {@code C += A B}.
 *
 * <p>A is packed {@code [k][12]} (or {@code [k][4]}), B {@code [k][32]}, C {@code [12][32]}. A strip of two vectors of
 * columns keeps 24 accumulators in registers, so that every step of k costs 14 loads for 24 multiply-adds. The code is
 * written out because vectors in arrays would be boxed, and the loop is not unrolled because C2 then spills: of the
 * shapes tried, 12 rows by two vectors came closest to the multiply-add peak. Each element is one chain of fused
 * multiply-adds over k, in order, whatever the tile.
 */
final class Tiles {
    /** Bytes of a row of B or C: 32 floats. */
    private static final long ROW = 32 * Float.BYTES;

    private Tiles() {}

    static void tile12(MemorySegment a, long aAt, MemorySegment b, long bAt, int k, MemorySegment c, long cAt) {
        for (long strip = 0; strip < ROW; strip += 2 * BYTES) {
            strip12(a, aAt, b, bAt + strip, k, c, cAt + strip);
        }
    }

    static void tile4(MemorySegment a, long aAt, MemorySegment b, long bAt, int k, MemorySegment c, long cAt) {
        for (long strip = 0; strip < ROW; strip += 2 * BYTES) {
            strip4(a, aAt, b, bAt + strip, k, c, cAt + strip);
        }
    }

    private static void strip12(MemorySegment a, long aAt, MemorySegment b, long bAt, int k, MemorySegment c, long cAt) {
        FloatVector c0 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 0 * ROW, ORDER);
        FloatVector d0 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 0 * ROW + BYTES, ORDER);
        FloatVector c1 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 1 * ROW, ORDER);
        FloatVector d1 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 1 * ROW + BYTES, ORDER);
        FloatVector c2 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 2 * ROW, ORDER);
        FloatVector d2 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 2 * ROW + BYTES, ORDER);
        FloatVector c3 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 3 * ROW, ORDER);
        FloatVector d3 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 3 * ROW + BYTES, ORDER);
        FloatVector c4 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 4 * ROW, ORDER);
        FloatVector d4 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 4 * ROW + BYTES, ORDER);
        FloatVector c5 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 5 * ROW, ORDER);
        FloatVector d5 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 5 * ROW + BYTES, ORDER);
        FloatVector c6 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 6 * ROW, ORDER);
        FloatVector d6 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 6 * ROW + BYTES, ORDER);
        FloatVector c7 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 7 * ROW, ORDER);
        FloatVector d7 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 7 * ROW + BYTES, ORDER);
        FloatVector c8 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 8 * ROW, ORDER);
        FloatVector d8 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 8 * ROW + BYTES, ORDER);
        FloatVector c9 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 9 * ROW, ORDER);
        FloatVector d9 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 9 * ROW + BYTES, ORDER);
        FloatVector c10 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 10 * ROW, ORDER);
        FloatVector d10 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 10 * ROW + BYTES, ORDER);
        FloatVector c11 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 11 * ROW, ORDER);
        FloatVector d11 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 11 * ROW + BYTES, ORDER);
        for (int i = 0; i < k; i++) {
            FloatVector x = FloatVector.fromMemorySegment(FLOATS, b, bAt + i * ROW, ORDER);
            FloatVector y = FloatVector.fromMemorySegment(FLOATS, b, bAt + i * ROW + BYTES, ORDER);
            long at = aAt + i * 48L;
            FloatVector t = FloatVector.broadcast(FLOATS, a.get(F32, at));
            c0 = t.fma(x, c0);
            d0 = t.fma(y, d0);
            t = FloatVector.broadcast(FLOATS, a.get(F32, at + 4));
            c1 = t.fma(x, c1);
            d1 = t.fma(y, d1);
            t = FloatVector.broadcast(FLOATS, a.get(F32, at + 8));
            c2 = t.fma(x, c2);
            d2 = t.fma(y, d2);
            t = FloatVector.broadcast(FLOATS, a.get(F32, at + 12));
            c3 = t.fma(x, c3);
            d3 = t.fma(y, d3);
            t = FloatVector.broadcast(FLOATS, a.get(F32, at + 16));
            c4 = t.fma(x, c4);
            d4 = t.fma(y, d4);
            t = FloatVector.broadcast(FLOATS, a.get(F32, at + 20));
            c5 = t.fma(x, c5);
            d5 = t.fma(y, d5);
            t = FloatVector.broadcast(FLOATS, a.get(F32, at + 24));
            c6 = t.fma(x, c6);
            d6 = t.fma(y, d6);
            t = FloatVector.broadcast(FLOATS, a.get(F32, at + 28));
            c7 = t.fma(x, c7);
            d7 = t.fma(y, d7);
            t = FloatVector.broadcast(FLOATS, a.get(F32, at + 32));
            c8 = t.fma(x, c8);
            d8 = t.fma(y, d8);
            t = FloatVector.broadcast(FLOATS, a.get(F32, at + 36));
            c9 = t.fma(x, c9);
            d9 = t.fma(y, d9);
            t = FloatVector.broadcast(FLOATS, a.get(F32, at + 40));
            c10 = t.fma(x, c10);
            d10 = t.fma(y, d10);
            t = FloatVector.broadcast(FLOATS, a.get(F32, at + 44));
            c11 = t.fma(x, c11);
            d11 = t.fma(y, d11);
        }
        c0.intoMemorySegment(c, cAt + 0 * ROW, ORDER);
        d0.intoMemorySegment(c, cAt + 0 * ROW + BYTES, ORDER);
        c1.intoMemorySegment(c, cAt + 1 * ROW, ORDER);
        d1.intoMemorySegment(c, cAt + 1 * ROW + BYTES, ORDER);
        c2.intoMemorySegment(c, cAt + 2 * ROW, ORDER);
        d2.intoMemorySegment(c, cAt + 2 * ROW + BYTES, ORDER);
        c3.intoMemorySegment(c, cAt + 3 * ROW, ORDER);
        d3.intoMemorySegment(c, cAt + 3 * ROW + BYTES, ORDER);
        c4.intoMemorySegment(c, cAt + 4 * ROW, ORDER);
        d4.intoMemorySegment(c, cAt + 4 * ROW + BYTES, ORDER);
        c5.intoMemorySegment(c, cAt + 5 * ROW, ORDER);
        d5.intoMemorySegment(c, cAt + 5 * ROW + BYTES, ORDER);
        c6.intoMemorySegment(c, cAt + 6 * ROW, ORDER);
        d6.intoMemorySegment(c, cAt + 6 * ROW + BYTES, ORDER);
        c7.intoMemorySegment(c, cAt + 7 * ROW, ORDER);
        d7.intoMemorySegment(c, cAt + 7 * ROW + BYTES, ORDER);
        c8.intoMemorySegment(c, cAt + 8 * ROW, ORDER);
        d8.intoMemorySegment(c, cAt + 8 * ROW + BYTES, ORDER);
        c9.intoMemorySegment(c, cAt + 9 * ROW, ORDER);
        d9.intoMemorySegment(c, cAt + 9 * ROW + BYTES, ORDER);
        c10.intoMemorySegment(c, cAt + 10 * ROW, ORDER);
        d10.intoMemorySegment(c, cAt + 10 * ROW + BYTES, ORDER);
        c11.intoMemorySegment(c, cAt + 11 * ROW, ORDER);
        d11.intoMemorySegment(c, cAt + 11 * ROW + BYTES, ORDER);
    }

    private static void strip4(MemorySegment a, long aAt, MemorySegment b, long bAt, int k, MemorySegment c, long cAt) {
        FloatVector c0 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 0 * ROW, ORDER);
        FloatVector d0 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 0 * ROW + BYTES, ORDER);
        FloatVector c1 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 1 * ROW, ORDER);
        FloatVector d1 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 1 * ROW + BYTES, ORDER);
        FloatVector c2 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 2 * ROW, ORDER);
        FloatVector d2 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 2 * ROW + BYTES, ORDER);
        FloatVector c3 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 3 * ROW, ORDER);
        FloatVector d3 = FloatVector.fromMemorySegment(FLOATS, c, cAt + 3 * ROW + BYTES, ORDER);
        for (int i = 0; i < k; i++) {
            FloatVector x = FloatVector.fromMemorySegment(FLOATS, b, bAt + i * ROW, ORDER);
            FloatVector y = FloatVector.fromMemorySegment(FLOATS, b, bAt + i * ROW + BYTES, ORDER);
            long at = aAt + i * 16L;
            FloatVector t = FloatVector.broadcast(FLOATS, a.get(F32, at));
            c0 = t.fma(x, c0);
            d0 = t.fma(y, d0);
            t = FloatVector.broadcast(FLOATS, a.get(F32, at + 4));
            c1 = t.fma(x, c1);
            d1 = t.fma(y, d1);
            t = FloatVector.broadcast(FLOATS, a.get(F32, at + 8));
            c2 = t.fma(x, c2);
            d2 = t.fma(y, d2);
            t = FloatVector.broadcast(FLOATS, a.get(F32, at + 12));
            c3 = t.fma(x, c3);
            d3 = t.fma(y, d3);
        }
        c0.intoMemorySegment(c, cAt + 0 * ROW, ORDER);
        d0.intoMemorySegment(c, cAt + 0 * ROW + BYTES, ORDER);
        c1.intoMemorySegment(c, cAt + 1 * ROW, ORDER);
        d1.intoMemorySegment(c, cAt + 1 * ROW + BYTES, ORDER);
        c2.intoMemorySegment(c, cAt + 2 * ROW, ORDER);
        d2.intoMemorySegment(c, cAt + 2 * ROW + BYTES, ORDER);
        c3.intoMemorySegment(c, cAt + 3 * ROW, ORDER);
        d3.intoMemorySegment(c, cAt + 3 * ROW + BYTES, ORDER);
    }
}
