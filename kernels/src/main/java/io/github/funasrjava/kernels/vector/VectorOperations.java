package io.github.funasrjava.kernels.vector;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.kernels.internal.Operations;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.util.Optional;

/** The portable fast tier: the Vector API at one width. */
public final class VectorOperations implements Operations {
    private final VectorLinear linear;
    private final FullAttention fullAttention;
    private final CausalAttention causalAttention;
    private final VectorRows rows;
    private float[] embedding = new float[0];

    /**
     * @param pool shared with the owner, who closes it
     * @param lanes the inner loops of one width
     * @param manyRegisters whether the CPU has the 32 vector registers that tiles of twelve rows need
     */
    public VectorOperations(WorkerPool pool, Lanes lanes, boolean manyRegisters) {
        this.linear = new VectorLinear(pool, lanes, manyRegisters);
        this.fullAttention = new FullAttention(pool, lanes, manyRegisters);
        this.causalAttention = new CausalAttention(pool, lanes, manyRegisters);
        this.rows = new VectorRows(pool, lanes);
    }

    @Override
    public void linear(Matrix x, PanelMatrix w, Optional<Matrix> bias, Activation activation, Optional<Matrix> residual,
            Matrix out) {
        linear.linear(x, w, bias, activation, residual, out);
    }

    @Override
    public void feedForward(Matrix x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> residual, Matrix hidden, Matrix out) {
        if (LinearRows.packs(x.rows(), w1.layout().dtype()) && LinearRows.packs(x.rows(), w2.layout().dtype())) {
            linear.feedForward(x, w1, bias1, w2, bias2, residual, out);
        } else {
            Operations.super.feedForward(x, w1, bias1, w2, bias2, residual, hidden, out);
        }
    }

    @Override
    public void argmaxLinear(Matrix x, PanelMatrix w, Optional<Matrix> bias, TopToken[] top) {
        linear.argmax(x, w, bias, top);
    }

    @Override
    public void layerNorm(Matrix x, Matrix weight, Matrix bias, float eps, Matrix out) {
        rows.layerNorm(x, weight, bias, eps, out);
    }

    @Override
    public void rmsNorm(Matrix x, Matrix weight, float eps, Matrix out) {
        rows.rmsNorm(x, weight, eps, out);
    }

    @Override
    public void attention(Matrix q, RowSpans querySpans, Matrix k, Matrix v, RowSpans keySpans, int heads, float scale,
            Matrix out) {
        fullAttention.attention(q, querySpans, k, v, keySpans, heads, scale, out);
    }

    @Override
    public void fsmn(Matrix v, Matrix w, int left, RowSpans spans, Optional<Matrix> residual, Matrix out) {
        rows.fsmn(v, w, left, spans, residual, out);
    }

    @Override
    public void qkNormRopeAppend(Matrix qkv, Matrix qNorm, Matrix kNorm, float eps, RopeTable rope, RowSpans spans,
            KvCache[] caches, int layer, int heads) {
        rows.qkNormRopeAppend(qkv, qNorm, kNorm, eps, rope, spans, caches, layer, heads);
    }

    @Override
    public void causalAttention(Matrix q, RowSpans spans, RowSpans asked, KvCache[] caches, int layer, int heads, float scale,
            Matrix out) {
        causalAttention.attention(q, spans, caches, layer, heads, scale, out);
    }

    @Override
    public void swiglu(Matrix gateUp, Matrix out) {
        rows.swiglu(gateUp, out);
    }

    @Override
    public void embed(PanelMatrix table, int[] ids, Matrix out) {
        if (embedding.length != table.k()) {
            embedding = new float[table.k()];
        }
        for (int i = 0; i < ids.length; i++) {
            PanelPacker.unpackRow(table, ids[i], embedding);
            out.setRow(i, embedding);
        }
    }

    @Override
    public void logSoftmax(Matrix x, Matrix out) {
        rows.logSoftmax(x, out);
    }

    @Override
    public void close() {
        rows.close();
    }
}
