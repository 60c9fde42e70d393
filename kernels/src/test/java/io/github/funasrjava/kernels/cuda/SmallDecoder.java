package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.Pass;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.kernels.cases.LinearCases;
import io.github.funasrjava.kernels.cases.Values;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.Random;

/** Two layers of a decoder, small enough for the interpreter: every operation of a decoding step. */
final class SmallDecoder implements AutoCloseable {
    static final int VOCABULARY = 40;
    private static final int WIDTH = 48;
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int HEAD = 16;
    private static final int HIDDEN = 32;
    private static final int LAYERS = 2;

    private final Kernels kernels;
    private final Arena host = Arena.ofShared();
    private final PanelMatrix table;
    private final PanelMatrix[] qkv = new PanelMatrix[LAYERS];
    private final PanelMatrix[] out = new PanelMatrix[LAYERS];
    private final PanelMatrix[] gateUp = new PanelMatrix[LAYERS];
    private final PanelMatrix[] down = new PanelMatrix[LAYERS];
    private final Matrix norm;
    private final Matrix headNorm;
    private final RopeTable rope;
    private Arena rows;
    private int capacity;
    private Matrix x;
    private Matrix normed;
    private Matrix heads;
    private Matrix heard;
    private Matrix gated;
    private Matrix hidden;

    SmallDecoder(Kernels kernels, DType dtype) {
        this.kernels = kernels;
        table = weights(dtype, 1, VOCABULARY, WIDTH);
        for (int l = 0; l < LAYERS; l++) {
            qkv[l] = weights(dtype, 10 + l, (HEADS + 2 * KV_HEADS) * HEAD, WIDTH);
            out[l] = weights(dtype, 20 + l, WIDTH, HEADS * HEAD);
            gateUp[l] = weights(dtype, 30 + l, 2 * HIDDEN, WIDTH);
            down[l] = weights(dtype, 40 + l, WIDTH, HIDDEN);
        }
        norm = constant(2, WIDTH);
        headNorm = constant(3, HEAD);
        rope = RopeTable.compute(host, 64, HEAD, 1e6);
        rows = kernels.newArena();
        grow(1);
    }

    private PanelMatrix weights(DType dtype, int seed, int n, int k) {
        return LinearCases.pack(host, dtype, Values.NORMAL.bf16Rows(new Random(seed), n, k));
    }

    private Matrix constant(int seed, int cols) {
        Matrix m = Matrix.allocate(host, 1, cols);
        float[] values = Values.NORMAL.bf16Rows(new Random(seed), 1, cols)[0];
        for (int c = 0; c < cols; c++) {
            m.set(0, c, values[c]);
        }
        return new Matrix(m.data().asReadOnly(), 1, cols, m.stride());
    }

    /** Buffers for so many rows, in other memory than before. */
    void grow(int count) {
        rows.close();
        rows = kernels.newArena();
        capacity = count;
        x = Matrix.allocate(rows, count, WIDTH);
        normed = Matrix.allocate(rows, count, WIDTH);
        heads = Matrix.allocate(rows, count, (HEADS + 2 * KV_HEADS) * HEAD);
        heard = Matrix.allocate(rows, count, HEADS * HEAD);
        gated = Matrix.allocate(rows, count, 2 * HIDDEN);
        hidden = Matrix.allocate(rows, count, HIDDEN);
    }

    KvCache newCache() {
        return kernels.newCache(LAYERS, KV_HEADS, HEAD, 0);
    }

    private record Key(int rows) {}

    /** Appends {@code ids} to the sequences and returns the best tokens behind them. */
    TopToken[] step(boolean asPass, KvCache[] caches, int[] lengths, int... ids) {
        RowSpans spans = RowSpans.ofLengths(lengths);
        for (int s = 0; s < caches.length; s++) {
            caches[s].reserve(caches[s].length() + lengths[s]);
        }
        if (ids.length > capacity) {
            grow(ids.length);
        }
        TopToken[] top = new TopToken[ids.length];
        Runnable work = () -> compute(spans, caches, ids, top);
        if (asPass) {
            kernels.pass(new Pass(new Key(ids.length), spans, caches, ids, top), work);
        } else {
            work.run();
        }
        for (int s = 0; s < caches.length; s++) {
            caches[s].advanceTo(caches[s].length() + lengths[s]);
        }
        return top;
    }

    private void compute(RowSpans spans, KvCache[] caches, int[] ids, TopToken[] top) {
        int count = ids.length;
        Matrix now = x.rows(0, count);
        kernels.embed(table, ids, now);
        for (int l = 0; l < LAYERS; l++) {
            kernels.rmsNormLinear(now, norm, 1e-6f, normed.rows(0, count), qkv[l], heads.rows(0, count));
            kernels.qkNormRopeAppend(heads.rows(0, count), headNorm, headNorm, 1e-6f, rope, spans, caches, l, HEADS);
            kernels.causalAttention(heads.rows(0, count).columns(0, HEADS * HEAD), spans, spans, caches, l, HEADS, 0.25f, heard.rows(0, count));
            kernels.linear(heard.rows(0, count), out[l], Optional.empty(), Activation.NONE, Optional.of(now), now);
            kernels.rmsNormLinear(now, norm, 1e-6f, normed.rows(0, count), gateUp[l], gated.rows(0, count));
            kernels.swigluLinear(gated.rows(0, count), hidden.rows(0, count), down[l], Optional.of(now), now);
        }
        kernels.argmaxLinear(now, table, Optional.empty(), top);
    }

    @Override
    public void close() {
        rows.close();
        host.close();
    }
}
