package io.github.funasrjava.kernels.vector.lanes512;

import static io.github.funasrjava.kernels.vector.lanes512.Species.BYTES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.FLOATS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.LANES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.LINE;
import static io.github.funasrjava.kernels.vector.lanes512.Species.ORDER;
import static io.github.funasrjava.kernels.vector.lanes512.Species.VECTORS;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The matrix product's inner loop: a tile of 8 (or 4) rows by 32 columns, {@code C += A B}.
 *
 * <p>A is packed {@code [k][8]} (or {@code [k][4]}), B {@code [k][32]}, C {@code [8][32]}. A strip of two vectors of
 * columns keeps 16 accumulators in registers, so that every step of k costs 10 loads for 16 multiply-adds. Each element
 * is one chain of fused multiply-adds over k, in order, whatever the tile.
 *
 * <p>The code is written out because vectors in arrays would be boxed. Tiles of 12 rows are as fast once they run, but
 * C1 cannot compile them with profiling ("out of virtual registers"), and the JVM then may never get to C2: the method
 * stays a hundred times too slow. The same limit is why A and C are arrays, whose elements are cheaper for C1 than those
 * of segments. Whoever enlarges a
 * kernel runs it under {@code -XX:TieredStopAtLevel=3 -XX:+PrintCompilation} and looks for {@code COMPILE SKIPPED}.
 */
final class Tiles {
    private Tiles() {}

    static void tile8(float[] a, int aAt, MemorySegment b, long bAt, int k, float[] c, int cAt) {
        for (int v = 0; v < VECTORS; v += 2) {
            long strip = (long) v * BYTES;
            strip8(a, aAt, b, bAt + strip, k, c, cAt + v * LANES);
        }
    }

    static void tile4(float[] a, int aAt, MemorySegment b, long bAt, int k, float[] c, int cAt) {
        for (int v = 0; v < VECTORS; v += 2) {
            long strip = (long) v * BYTES;
            strip4(a, aAt, b, bAt + strip, k, c, cAt + v * LANES);
        }
    }

    private static void strip8(float[] a, int aAt, MemorySegment b, long bAt, int k, float[] c, int cAt) {
        FloatVector c0 = FloatVector.fromArray(FLOATS, c, cAt);
        FloatVector d0 = FloatVector.fromArray(FLOATS, c, cAt + LANES);
        FloatVector c1 = FloatVector.fromArray(FLOATS, c, cAt + 32);
        FloatVector d1 = FloatVector.fromArray(FLOATS, c, cAt + 32 + LANES);
        FloatVector c2 = FloatVector.fromArray(FLOATS, c, cAt + 64);
        FloatVector d2 = FloatVector.fromArray(FLOATS, c, cAt + 64 + LANES);
        FloatVector c3 = FloatVector.fromArray(FLOATS, c, cAt + 96);
        FloatVector d3 = FloatVector.fromArray(FLOATS, c, cAt + 96 + LANES);
        FloatVector c4 = FloatVector.fromArray(FLOATS, c, cAt + 128);
        FloatVector d4 = FloatVector.fromArray(FLOATS, c, cAt + 128 + LANES);
        FloatVector c5 = FloatVector.fromArray(FLOATS, c, cAt + 160);
        FloatVector d5 = FloatVector.fromArray(FLOATS, c, cAt + 160 + LANES);
        FloatVector c6 = FloatVector.fromArray(FLOATS, c, cAt + 192);
        FloatVector d6 = FloatVector.fromArray(FLOATS, c, cAt + 192 + LANES);
        FloatVector c7 = FloatVector.fromArray(FLOATS, c, cAt + 224);
        FloatVector d7 = FloatVector.fromArray(FLOATS, c, cAt + 224 + LANES);
        for (int i = 0; i < k; i++) {
            FloatVector x = FloatVector.fromMemorySegment(FLOATS, b, bAt + i * LINE, ORDER);
            FloatVector y = FloatVector.fromMemorySegment(FLOATS, b, bAt + i * LINE + BYTES, ORDER);
            int at = aAt + i * 8;
            FloatVector t = FloatVector.broadcast(FLOATS, a[at]);
            c0 = t.fma(x, c0);
            d0 = t.fma(y, d0);
            t = FloatVector.broadcast(FLOATS, a[at + 1]);
            c1 = t.fma(x, c1);
            d1 = t.fma(y, d1);
            t = FloatVector.broadcast(FLOATS, a[at + 2]);
            c2 = t.fma(x, c2);
            d2 = t.fma(y, d2);
            t = FloatVector.broadcast(FLOATS, a[at + 3]);
            c3 = t.fma(x, c3);
            d3 = t.fma(y, d3);
            t = FloatVector.broadcast(FLOATS, a[at + 4]);
            c4 = t.fma(x, c4);
            d4 = t.fma(y, d4);
            t = FloatVector.broadcast(FLOATS, a[at + 5]);
            c5 = t.fma(x, c5);
            d5 = t.fma(y, d5);
            t = FloatVector.broadcast(FLOATS, a[at + 6]);
            c6 = t.fma(x, c6);
            d6 = t.fma(y, d6);
            t = FloatVector.broadcast(FLOATS, a[at + 7]);
            c7 = t.fma(x, c7);
            d7 = t.fma(y, d7);
        }
        c0.intoArray(c, cAt);
        d0.intoArray(c, cAt + LANES);
        c1.intoArray(c, cAt + 32);
        d1.intoArray(c, cAt + 32 + LANES);
        c2.intoArray(c, cAt + 64);
        d2.intoArray(c, cAt + 64 + LANES);
        c3.intoArray(c, cAt + 96);
        d3.intoArray(c, cAt + 96 + LANES);
        c4.intoArray(c, cAt + 128);
        d4.intoArray(c, cAt + 128 + LANES);
        c5.intoArray(c, cAt + 160);
        d5.intoArray(c, cAt + 160 + LANES);
        c6.intoArray(c, cAt + 192);
        d6.intoArray(c, cAt + 192 + LANES);
        c7.intoArray(c, cAt + 224);
        d7.intoArray(c, cAt + 224 + LANES);
    }

    /** Two steps of k at once: with 8 accumulators there is room, and the loop's own instructions weigh more. */
    private static void strip4(float[] a, int aAt, MemorySegment b, long bAt, int k, float[] c, int cAt) {
        FloatVector c0 = FloatVector.fromArray(FLOATS, c, cAt);
        FloatVector d0 = FloatVector.fromArray(FLOATS, c, cAt + LANES);
        FloatVector c1 = FloatVector.fromArray(FLOATS, c, cAt + 32);
        FloatVector d1 = FloatVector.fromArray(FLOATS, c, cAt + 32 + LANES);
        FloatVector c2 = FloatVector.fromArray(FLOATS, c, cAt + 64);
        FloatVector d2 = FloatVector.fromArray(FLOATS, c, cAt + 64 + LANES);
        FloatVector c3 = FloatVector.fromArray(FLOATS, c, cAt + 96);
        FloatVector d3 = FloatVector.fromArray(FLOATS, c, cAt + 96 + LANES);
        for (int i = 0; i < k / 2; i++) {
            FloatVector x = FloatVector.fromMemorySegment(FLOATS, b, bAt + i * (2 * LINE), ORDER);
            FloatVector y = FloatVector.fromMemorySegment(FLOATS, b, bAt + i * (2 * LINE) + BYTES, ORDER);
            FloatVector z = FloatVector.fromMemorySegment(FLOATS, b, bAt + i * (2 * LINE) + LINE, ORDER);
            FloatVector w = FloatVector.fromMemorySegment(FLOATS, b, bAt + i * (2 * LINE) + LINE + BYTES, ORDER);
            int at = aAt + i * 8;
            FloatVector t = FloatVector.broadcast(FLOATS, a[at]);
            FloatVector u = FloatVector.broadcast(FLOATS, a[at + 4]);
            c0 = u.fma(z, t.fma(x, c0));
            d0 = u.fma(w, t.fma(y, d0));
            t = FloatVector.broadcast(FLOATS, a[at + 1]);
            u = FloatVector.broadcast(FLOATS, a[at + 5]);
            c1 = u.fma(z, t.fma(x, c1));
            d1 = u.fma(w, t.fma(y, d1));
            t = FloatVector.broadcast(FLOATS, a[at + 2]);
            u = FloatVector.broadcast(FLOATS, a[at + 6]);
            c2 = u.fma(z, t.fma(x, c2));
            d2 = u.fma(w, t.fma(y, d2));
            t = FloatVector.broadcast(FLOATS, a[at + 3]);
            u = FloatVector.broadcast(FLOATS, a[at + 7]);
            c3 = u.fma(z, t.fma(x, c3));
            d3 = u.fma(w, t.fma(y, d3));
        }
        if (k % 2 != 0) {
            FloatVector x = FloatVector.fromMemorySegment(FLOATS, b, bAt + (k - 1) * LINE, ORDER);
            FloatVector y = FloatVector.fromMemorySegment(FLOATS, b, bAt + (k - 1) * LINE + BYTES, ORDER);
            int at = aAt + (k - 1) * 4;
            FloatVector t = FloatVector.broadcast(FLOATS, a[at]);
            c0 = t.fma(x, c0);
            d0 = t.fma(y, d0);
            t = FloatVector.broadcast(FLOATS, a[at + 1]);
            c1 = t.fma(x, c1);
            d1 = t.fma(y, d1);
            t = FloatVector.broadcast(FLOATS, a[at + 2]);
            c2 = t.fma(x, c2);
            d2 = t.fma(y, d2);
            t = FloatVector.broadcast(FLOATS, a[at + 3]);
            c3 = t.fma(x, c3);
            d3 = t.fma(y, d3);
        }
        c0.intoArray(c, cAt);
        d0.intoArray(c, cAt + LANES);
        c1.intoArray(c, cAt + 32);
        d1.intoArray(c, cAt + 32 + LANES);
        c2.intoArray(c, cAt + 64);
        d2.intoArray(c, cAt + 64 + LANES);
        c3.intoArray(c, cAt + 96);
        d3.intoArray(c, cAt + 96 + LANES);
    }
}
