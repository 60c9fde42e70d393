package io.github.funasrjava.kernels.scalar;

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

/**
 * The reference: plain loops that can be read against the formulas. Rows are shared out over the pool; nothing else is
 * done for speed.
 */
public final class ScalarOperations implements Operations {
    private final WorkerPool pool;
    private final ScalarLinear linear;
    private final ScalarAttention attention;

    public ScalarOperations(WorkerPool pool) {
        this.pool = pool;
        this.linear = new ScalarLinear(pool);
        this.attention = new ScalarAttention(pool);
    }

    @Override
    public void linear(Matrix x, PanelMatrix w, Optional<Matrix> bias, Activation activation, Optional<Matrix> residual,
            Matrix out) {
        linear.run(x, w, bias, activation, residual, out);
    }

    @Override
    public void argmaxLinear(Matrix x, PanelMatrix w, Optional<Matrix> bias, TopToken[] top) {
        linear.argmax(x, w, bias, top);
    }

    @Override
    public void layerNorm(Matrix x, Matrix weight, Matrix bias, float eps, Matrix out) {
        pool.run((row, worker) -> ScalarRows.layerNorm(x, row, weight, bias, eps, out), x.rows());
    }

    @Override
    public void rmsNorm(Matrix x, Matrix weight, float eps, Matrix out) {
        pool.run((row, worker) -> ScalarRows.rmsNorm(x, row, weight, eps, out), x.rows());
    }

    @Override
    public void attention(Matrix q, RowSpans querySpans, Matrix k, Matrix v, RowSpans keySpans, int heads, float scale,
            Matrix out) {
        attention.full(q, querySpans, k, v, keySpans, heads, scale, out);
    }

    @Override
    public void fsmn(Matrix v, Matrix w, int left, RowSpans spans, Optional<Matrix> residual, Matrix out) {
        pool.run((s, worker) -> ScalarRows.fsmn(v, w, left, spans.start(s), spans.length(s), residual, out), spans.count());
    }

    @Override
    public void qkNormRopeAppend(Matrix qkv, Matrix qNorm, Matrix kNorm, float eps, RopeTable rope, RowSpans spans,
            KvCache[] caches, int layer, int heads) {
        pool.run((s, worker) -> {
            for (int i = 0; i < spans.length(s); i++) {
                ScalarRows.qkNormRopeAppend(qkv, spans.start(s) + i, qNorm, kNorm, eps, rope, caches[s],
                        caches[s].length() + i, layer, heads);
            }
        }, spans.count());
    }

    @Override
    public void causalAttention(Matrix q, RowSpans spans, RowSpans asked, KvCache[] caches, int layer, int heads, float scale,
            Matrix out) {
        attention.causal(q, spans, caches, layer, heads, scale, out);
    }

    @Override
    public void swiglu(Matrix gateUp, Matrix out) {
        pool.run((row, worker) -> ScalarRows.swiglu(gateUp, row, out), out.rows());
    }

    @Override
    public void embed(PanelMatrix table, int[] ids, Matrix out) {
        float[] values = new float[table.k()];
        for (int i = 0; i < ids.length; i++) {
            PanelPacker.unpackRow(table, ids[i], values);
            out.setRow(i, values);
        }
    }

    @Override
    public void logSoftmax(Matrix x, Matrix out) {
        pool.run((row, worker) -> ScalarRows.logSoftmax(x, row, out), x.rows());
    }

    @Override
    public void close() {
        // All scratch lives on the heap.
    }
}
