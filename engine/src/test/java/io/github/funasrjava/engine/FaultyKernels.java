package io.github.funasrjava.engine;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.function.Supplier;

/** Kernels whose normalised rows turn into NaN from time to time, as a broken machine's might. */
final class FaultyKernels implements Kernels {
    private final Kernels kernels;
    private final LongPredicate brokenLayerNorm;
    private final LongPredicate brokenRmsNorm;
    private final Supplier<Arena> memory;
    private long layerNorms;
    private long rmsNorms;

    /**
     * @param brokenLayerNorm whether the layer norm (encoder, CTC branch, adaptor) with this number, from 0, gives NaN
     * @param brokenRmsNorm whether the RMS norm (decoder) with this number, from 0, gives NaN
     */
    FaultyKernels(Kernels kernels, LongPredicate brokenLayerNorm, LongPredicate brokenRmsNorm) {
        this(kernels, brokenLayerNorm, brokenRmsNorm, kernels::newArena);
    }

    FaultyKernels(Kernels kernels, LongPredicate brokenLayerNorm, LongPredicate brokenRmsNorm, Supplier<Arena> memory) {
        this.memory = memory;
        this.kernels = kernels;
        this.brokenLayerNorm = brokenLayerNorm;
        this.brokenRmsNorm = brokenRmsNorm;
    }

    private static void spoil(Matrix rows) {
        for (int r = 0; r < rows.rows(); r++) {
            rows.set(r, 0, Float.NaN);
        }
    }

    @Override
    public String tier() {
        return kernels.tier();
    }

    @Override
    public String description() {
        return "faulty " + kernels.description();
    }

    @Override
    public int threads() {
        return kernels.threads();
    }

    @Override
    public void linear(Matrix x, PanelMatrix w, Optional<Matrix> bias, Activation activation, Optional<Matrix> residual, Matrix out) {
        kernels.linear(x, w, bias, activation, residual, out);
    }

    @Override
    public void feedForward(Matrix x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> residual, Matrix hidden, Matrix out) {
        kernels.feedForward(x, w1, bias1, w2, bias2, residual, hidden, out);
    }

    @Override
    public void argmaxLinear(Matrix x, PanelMatrix w, Optional<Matrix> bias, TopToken[] top) {
        kernels.argmaxLinear(x, w, bias, top);
    }

    @Override
    public void layerNorm(Matrix x, Matrix weight, Matrix bias, float eps, Matrix out) {
        kernels.layerNorm(x, weight, bias, eps, out);
        if (brokenLayerNorm.test(layerNorms++)) {
            spoil(out);
        }
    }

    @Override
    public void rmsNorm(Matrix x, Matrix weight, float eps, Matrix out) {
        kernels.rmsNorm(x, weight, eps, out);
        if (brokenRmsNorm.test(rmsNorms++)) {
            spoil(out);
        }
    }

    @Override
    public void attention(Matrix q, RowSpans querySpans, Matrix k, Matrix v, RowSpans keySpans, int heads, float scale, Matrix out) {
        kernels.attention(q, querySpans, k, v, keySpans, heads, scale, out);
    }

    @Override
    public void fsmn(Matrix v, Matrix w, int left, RowSpans spans, Optional<Matrix> residual, Matrix out) {
        kernels.fsmn(v, w, left, spans, residual, out);
    }

    @Override
    public void qkNormRopeAppend(Matrix qkv, Matrix qNorm, Matrix kNorm, float eps, RopeTable rope, RowSpans spans,
            KvCache[] caches, int layer, int heads) {
        kernels.qkNormRopeAppend(qkv, qNorm, kNorm, eps, rope, spans, caches, layer, heads);
    }

    @Override
    public void causalAttention(Matrix q, RowSpans spans, RowSpans asked, KvCache[] caches, int layer, int heads, float scale,
            Matrix out) {
        kernels.causalAttention(q, spans, asked, caches, layer, heads, scale, out);
    }

    @Override
    public void swiglu(Matrix gateUp, Matrix out) {
        kernels.swiglu(gateUp, out);
    }

    @Override
    public void embed(PanelMatrix table, int[] ids, Matrix out) {
        kernels.embed(table, ids, out);
    }

    @Override
    public void logSoftmax(Matrix x, Matrix out) {
        kernels.logSoftmax(x, out);
    }

    @Override
    public void gather(Matrix x, int[] rows, Matrix out) {
        kernels.gather(x, rows, out);
    }

    @Override
    public Arena newArena() {
        return memory.get();
    }

    @Override
    public KvCache newCache(int layers, int kvHeads, int headDim, int capacity) {
        return kernels.newCache(layers, kvHeads, headDim, capacity);
    }

    @Override
    public void requireRoom(long weightBytes, long cacheBytes, long workspaceBytes) {
        kernels.requireRoom(weightBytes, cacheBytes, workspaceBytes);
    }

    @Override
    public void finish() {
        kernels.finish();
    }

    @Override
    public void close() {
        kernels.close();
    }
}
