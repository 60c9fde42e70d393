package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.LayerNormed;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.kernels.internal.Operations;
import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.util.Optional;

/**
 * The operations in machine code. Operands of the call in progress live in fields of the parts, so that a call allocates
 * nothing; the contract allows one call at a time.
 */
final class X86Operations implements Operations {
    private final Scratch scratch;
    private final PanelProduct product;
    private final X86Linear linear;
    private final X86Argmax argmax;
    private final X86Rows rows;
    private final X86Attention attention;
    private final X86CausalAttention causalAttention;

    /** {@code terms}: bf16 terms per activation where bf16 is multiplied, 1 or 2. */
    X86Operations(KernelCode code, WorkerPool pool, int terms) {
        this(code, pool, terms, ScratchSlots.allocate(pool));
    }

    /** As the other one, with working memory that it takes over. */
    X86Operations(KernelCode code, WorkerPool pool, int terms, Scratch scratch) {
        this.scratch = scratch;
        product = new PanelProduct(code, pool, scratch, terms);
        linear = new X86Linear(pool, product, scratch);
        argmax = new X86Argmax(code, pool, scratch, product);
        rows = new X86Rows(code, pool, scratch);
        attention = new X86Attention(code, pool, scratch, terms);
        causalAttention = new X86CausalAttention(code, pool, scratch, terms);
    }

    /** Begins with the plain loops or those that prefetch, see {@link LoopChoice}. */
    void assumeLoops(boolean plain) {
        product.assumeLoops(plain);
    }

    @Override
    public void linear(Matrix x, PanelMatrix w, Optional<Matrix> bias, Activation activation, Optional<Matrix> residual,
            Matrix out) {
        linear.run(x, w, bias, activation, residual, out);
    }

    @Override
    public void feedForward(Matrix x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> residual, Matrix hidden, Matrix out) {
        linear.runPair(RowSource.NOTHING, x, w1, bias1, w2, bias2, residual, hidden, out);
    }

    @Override
    public void argmaxLinear(Matrix x, PanelMatrix w, Optional<Matrix> bias, TopToken[] top) {
        argmax.run(x, w, bias, top);
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
    public void rmsNormLinear(Matrix x, Matrix weight, float eps, Matrix normed, PanelMatrix w, Matrix out) {
        if (!linear.packs(w)) {
            Operations.super.rmsNormLinear(x, weight, eps, normed, w, out);
            return;
        }
        rows.beginRmsNorm(x, weight, eps, normed);
        linear.run(rows, normed, w, Optional.empty(), Activation.NONE, Optional.empty(), out);
        rows.end();
    }

    @Override
    public void layerNormLinear(LayerNormed x, PanelMatrix w, Optional<Matrix> bias, Matrix out) {
        if (!linear.packs(w)) {
            Operations.super.layerNormLinear(x, w, bias, out);
            return;
        }
        rows.beginLayerNorm(x);
        linear.run(rows, x.normed(), w, bias, Activation.NONE, Optional.empty(), out);
        rows.end();
    }

    @Override
    public void layerNormFeedForward(LayerNormed x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> residual, Matrix hidden, Matrix out) {
        if (!linear.packs(w1)) {
            Operations.super.layerNormFeedForward(x, w1, bias1, w2, bias2, residual, hidden, out);
            return;
        }
        rows.beginLayerNorm(x);
        linear.runPair(rows, x.normed(), w1, bias1, w2, bias2, residual, hidden, out);
        rows.end();
    }

    @Override
    public void rmsNormSwigluFeedForward(Matrix x, Matrix weight, float eps, Matrix normed, PanelMatrix gateUp, Matrix gated, Matrix hidden,
            PanelMatrix down, Optional<Matrix> residual, Matrix out) {
        if (!linear.gates(x, gateUp, down)) {
            Operations.super.rmsNormSwigluFeedForward(x, weight, eps, normed, gateUp, gated, hidden, down, residual, out);
            return;
        }
        rows.beginRmsNorm(x, weight, eps, normed);
        linear.runGated(rows, normed, gateUp, down, residual, out);
        rows.end();
    }

    @Override
    public void swigluLinear(Matrix gateUp, Matrix hidden, PanelMatrix w, Optional<Matrix> residual, Matrix out) {
        if (!linear.packs(w)) {
            Operations.super.swigluLinear(gateUp, hidden, w, residual, out);
            return;
        }
        rows.beginSwiglu(gateUp, hidden);
        linear.run(rows, hidden, w, Optional.empty(), Activation.NONE, residual, out);
        rows.end();
    }

    @Override
    public void attention(Matrix q, RowSpans querySpans, Matrix k, Matrix v, RowSpans keySpans, int heads, float scale,
            Matrix out) {
        attention.run(q, querySpans, k, v, keySpans, heads, scale, out);
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
        causalAttention.run(q, spans, asked, caches, layer, heads, scale, out);
    }

    @Override
    public void swiglu(Matrix gateUp, Matrix out) {
        rows.swiglu(gateUp, out);
    }

    @Override
    public void embed(PanelMatrix table, int[] ids, Matrix out) {
        rows.embed(table, ids, out);
    }

    @Override
    public void logSoftmax(Matrix x, Matrix out) {
        rows.logSoftmax(x, out);
    }

    @Override
    public void close() {
        scratch.close();
    }
}
