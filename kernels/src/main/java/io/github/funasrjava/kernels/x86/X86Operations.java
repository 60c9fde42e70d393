package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.kernels.internal.Operations;
import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;
import io.github.funasrjava.kernels.scalar.ScalarOperations;
import java.util.Optional;

/** The operations in machine code. */
final class X86Operations implements Operations {
    private static final int SCRATCH_SLOTS = 4;

    private final Scratch scratch = new Scratch(SCRATCH_SLOTS);
    private final ScalarOperations scalar;
    private final X86Linear linear;

    X86Operations(KernelCode code, WorkerPool pool, int terms) {
        scalar = new ScalarOperations(pool);
        linear = new X86Linear(pool, new PanelProduct(code, pool, scratch, terms));
    }

    @Override
    public void linear(Matrix x, PanelMatrix w, Optional<Matrix> bias, Activation activation, Optional<Matrix> residual,
            Matrix out) {
        if (w.layout().dtype() == DType.BF16) {
            linear.run(x, w, bias, activation, residual, out);
        } else {
            scalar.linear(x, w, bias, activation, residual, out);
        }
    }

    @Override
    public void argmaxLinear(Matrix x, PanelMatrix w, Optional<Matrix> bias, TopToken[] top) {
        scalar.argmaxLinear(x, w, bias, top);
    }

    @Override
    public void layerNorm(Matrix x, Matrix weight, Matrix bias, float eps, Matrix out) {
        scalar.layerNorm(x, weight, bias, eps, out);
    }

    @Override
    public void rmsNorm(Matrix x, Matrix weight, float eps, Matrix out) {
        scalar.rmsNorm(x, weight, eps, out);
    }

    @Override
    public void attention(Matrix q, RowSpans querySpans, Matrix k, Matrix v, RowSpans keySpans, int heads, float scale,
            Matrix out) {
        scalar.attention(q, querySpans, k, v, keySpans, heads, scale, out);
    }

    @Override
    public void fsmn(Matrix v, Matrix w, int left, RowSpans spans, Optional<Matrix> residual, Matrix out) {
        scalar.fsmn(v, w, left, spans, residual, out);
    }

    @Override
    public void qkNormRopeAppend(Matrix qkv, Matrix qNorm, Matrix kNorm, float eps, RopeTable rope, RowSpans spans,
            KvCache[] caches, int layer, int heads) {
        scalar.qkNormRopeAppend(qkv, qNorm, kNorm, eps, rope, spans, caches, layer, heads);
    }

    @Override
    public void causalAttention(Matrix q, RowSpans spans, KvCache[] caches, int layer, int heads, float scale, Matrix out) {
        scalar.causalAttention(q, spans, caches, layer, heads, scale, out);
    }

    @Override
    public void swiglu(Matrix gateUp, Matrix out) {
        scalar.swiglu(gateUp, out);
    }

    @Override
    public void embed(PanelMatrix table, int[] ids, Matrix out) {
        scalar.embed(table, ids, out);
    }

    @Override
    public void logSoftmax(Matrix x, Matrix out) {
        scalar.logSoftmax(x, out);
    }

    @Override
    public void close() {
        scratch.close();
    }
}
