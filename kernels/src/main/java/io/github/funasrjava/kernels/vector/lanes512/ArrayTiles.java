package io.github.funasrjava.kernels.vector.lanes512;

import static io.github.funasrjava.kernels.vector.lanes512.Species.FLOATS;
import static io.github.funasrjava.kernels.vector.lanes512.Species.LANES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.VECTORS;

import jdk.incubator.vector.FloatVector;

/**
 * {@link Tiles} with B in an array, for products with weights and for full attention. It stands twice because the loop that reads a segment is compiled with
 * what segments it has met by then: once it has met memory of two kinds, C2 leaves the checks of the segment's session and
 * bounds inside, and products take up to twice as long for the rest of the process. An array has no such checks; the price
 * is that its vectors are not aligned.
 */
final class ArrayTiles {
    /** Floats of a line. */
    private static final int WIDTH = 32;

    private ArrayTiles() {}

    static void tile12(float[] a, int aAt, float[] b, int bAt, int k, float[] c, int cAt) {
        for (int v = 0; v < VECTORS; v += 2) {
            strip12(a, aAt, b, bAt + v * LANES, k, c, cAt + v * LANES);
        }
    }

    static void tile4(float[] a, int aAt, float[] b, int bAt, int k, float[] c, int cAt) {
        for (int v = 0; v < VECTORS; v += 2) {
            strip4(a, aAt, b, bAt + v * LANES, k, c, cAt + v * LANES);
        }
    }

    private static void strip12(float[] a, int aAt, float[] b, int bAt, int k, float[] c, int cAt) {
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
        FloatVector c8 = FloatVector.fromArray(FLOATS, c, cAt + 256);
        FloatVector d8 = FloatVector.fromArray(FLOATS, c, cAt + 256 + LANES);
        FloatVector c9 = FloatVector.fromArray(FLOATS, c, cAt + 288);
        FloatVector d9 = FloatVector.fromArray(FLOATS, c, cAt + 288 + LANES);
        FloatVector c10 = FloatVector.fromArray(FLOATS, c, cAt + 320);
        FloatVector d10 = FloatVector.fromArray(FLOATS, c, cAt + 320 + LANES);
        FloatVector c11 = FloatVector.fromArray(FLOATS, c, cAt + 352);
        FloatVector d11 = FloatVector.fromArray(FLOATS, c, cAt + 352 + LANES);
        for (int i = 0; i < k; i++) {
            FloatVector x = FloatVector.fromArray(FLOATS, b, bAt + i * WIDTH);
            FloatVector y = FloatVector.fromArray(FLOATS, b, bAt + i * WIDTH + LANES);
            int at = aAt + i * 12;
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
            t = FloatVector.broadcast(FLOATS, a[at + 8]);
            c8 = t.fma(x, c8);
            d8 = t.fma(y, d8);
            t = FloatVector.broadcast(FLOATS, a[at + 9]);
            c9 = t.fma(x, c9);
            d9 = t.fma(y, d9);
            t = FloatVector.broadcast(FLOATS, a[at + 10]);
            c10 = t.fma(x, c10);
            d10 = t.fma(y, d10);
            t = FloatVector.broadcast(FLOATS, a[at + 11]);
            c11 = t.fma(x, c11);
            d11 = t.fma(y, d11);
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
        c8.intoArray(c, cAt + 256);
        d8.intoArray(c, cAt + 256 + LANES);
        c9.intoArray(c, cAt + 288);
        d9.intoArray(c, cAt + 288 + LANES);
        c10.intoArray(c, cAt + 320);
        d10.intoArray(c, cAt + 320 + LANES);
        c11.intoArray(c, cAt + 352);
        d11.intoArray(c, cAt + 352 + LANES);
    }

    /** Two steps of k at once: with 8 accumulators there is room, and the loop's own instructions weigh more. */
    private static void strip4(float[] a, int aAt, float[] b, int bAt, int k, float[] c, int cAt) {
        FloatVector c0 = FloatVector.fromArray(FLOATS, c, cAt);
        FloatVector d0 = FloatVector.fromArray(FLOATS, c, cAt + LANES);
        FloatVector c1 = FloatVector.fromArray(FLOATS, c, cAt + 32);
        FloatVector d1 = FloatVector.fromArray(FLOATS, c, cAt + 32 + LANES);
        FloatVector c2 = FloatVector.fromArray(FLOATS, c, cAt + 64);
        FloatVector d2 = FloatVector.fromArray(FLOATS, c, cAt + 64 + LANES);
        FloatVector c3 = FloatVector.fromArray(FLOATS, c, cAt + 96);
        FloatVector d3 = FloatVector.fromArray(FLOATS, c, cAt + 96 + LANES);
        for (int i = 0; i < k / 2; i++) {
            FloatVector x = FloatVector.fromArray(FLOATS, b, bAt + i * (2 * WIDTH));
            FloatVector y = FloatVector.fromArray(FLOATS, b, bAt + i * (2 * WIDTH) + LANES);
            FloatVector z = FloatVector.fromArray(FLOATS, b, bAt + i * (2 * WIDTH) + WIDTH);
            FloatVector w = FloatVector.fromArray(FLOATS, b, bAt + i * (2 * WIDTH) + WIDTH + LANES);
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
            FloatVector x = FloatVector.fromArray(FLOATS, b, bAt + (k - 1) * WIDTH);
            FloatVector y = FloatVector.fromArray(FLOATS, b, bAt + (k - 1) * WIDTH + LANES);
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
