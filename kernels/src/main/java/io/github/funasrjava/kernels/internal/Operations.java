package io.github.funasrjava.kernels.internal;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DeviceMeasurement;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.LayerNormed;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.Pass;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * What a tier implements: the operations of {@link io.github.funasrjava.kernels.Kernels} with operands that
 * {@link CheckedKernels} has checked. Shapes fit, memory is native, aligned to 4 bytes, large enough and open to all
 * threads of the pool, outputs are writable and overlap nothing that they must not, and there is at least one row of
 * output. A tier may hand an operation on to another tier's object.
 */
public interface Operations extends AutoCloseable {
    /** Panels (of 32 classes) of one partial sum of {@link #argmaxLinear}. */
    int ARGMAX_BLOCK_PANELS = 8;

    void linear(Matrix x, PanelMatrix w, Optional<Matrix> bias, Activation activation, Optional<Matrix> residual, Matrix out);

    /** Two products, the first with a rectifier. */
    default void feedForward(Matrix x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> residual, Matrix hidden, Matrix out) {
        linear(x, w1, bias1, Activation.RELU, Optional.empty(), hidden);
        linear(hidden, w2, bias2, Activation.NONE, residual, out);
    }

    void argmaxLinear(Matrix x, PanelMatrix w, Optional<Matrix> bias, TopToken[] top);

    void layerNorm(Matrix x, Matrix weight, Matrix bias, float eps, Matrix out);

    void rmsNorm(Matrix x, Matrix weight, float eps, Matrix out);

    void attention(Matrix q, RowSpans querySpans, Matrix k, Matrix v, RowSpans keySpans, int heads, float scale, Matrix out);

    void fsmn(Matrix v, Matrix w, int left, RowSpans spans, Optional<Matrix> residual, Matrix out);

    void qkNormRopeAppend(Matrix qkv, Matrix qNorm, Matrix kNorm, float eps, RopeTable rope, RowSpans spans, KvCache[] caches,
            int layer, int heads);

    void causalAttention(Matrix q, RowSpans spans, RowSpans asked, KvCache[] caches, int layer, int heads, float scale,
            Matrix out);

    void swiglu(Matrix gateUp, Matrix out);

    void embed(PanelMatrix table, int[] ids, Matrix out);

    void logSoftmax(Matrix x, Matrix out);

    /** Copies rows {@code rows[i]} of {@code x} to rows {@code i} of {@code out}. */
    default void gather(Matrix x, int[] rows, Matrix out) {
        for (int i = 0; i < rows.length; i++) {
            out.copyRow(i, x, rows[i]);
        }
    }

    /** An arena for activations. */
    default Arena newArena() {
        return Arena.ofShared();
    }

    /** An empty cache. */
    default KvCache newCache(int layers, int kvHeads, int headDim, int capacity) {
        return new KvCache(layers, kvHeads, headDim, capacity);
    }

    /** Refuses a model that does not fit. */
    default void requireRoom(long weightBytes, long cacheBytes, long workspaceBytes) {
        // The process's memory is mapped and grows.
    }

    /** Norm and product; {@code normed} is scratch. */
    default void rmsNormLinear(Matrix x, Matrix weight, float eps, Matrix normed, PanelMatrix w, Matrix out) {
        rmsNorm(x, weight, eps, normed);
        linear(normed, w, Optional.empty(), Activation.NONE, Optional.empty(), out);
    }

    /** Layer norm and product. */
    default void layerNormLinear(LayerNormed x, PanelMatrix w, Optional<Matrix> bias, Matrix out) {
        layerNorm(x.x(), x.weight(), x.bias(), x.eps(), x.normed());
        linear(x.normed(), w, bias, Activation.NONE, Optional.empty(), out);
    }

    /** Layer norm and two products. */
    default void layerNormFeedForward(LayerNormed x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> residual, Matrix hidden, Matrix out) {
        layerNorm(x.x(), x.weight(), x.bias(), x.eps(), x.normed());
        feedForward(x.normed(), w1, bias1, w2, bias2, residual, hidden, out);
    }

    /** SwiGLU and product; {@code hidden} is scratch. */
    default void swigluLinear(Matrix gateUp, Matrix hidden, PanelMatrix w, Optional<Matrix> residual, Matrix out) {
        swiglu(gateUp, hidden);
        linear(hidden, w, Optional.empty(), Activation.NONE, residual, out);
    }

    /** Norm, product, SwiGLU and product; {@code normed}, {@code gated} and {@code hidden} are scratch. */
    default void rmsNormSwigluFeedForward(Matrix x, Matrix weight, float eps, Matrix normed, PanelMatrix gateUp, Matrix gated, Matrix hidden,
            PanelMatrix down, Optional<Matrix> residual, Matrix out) {
        rmsNormLinear(x, weight, eps, normed, gateUp, gated);
        swigluLinear(gated, hidden, down, residual, out);
    }

    /** Runs operations, or what was recorded of them before. */
    default void pass(Pass pass, Runnable operations) {
        operations.run();
    }

    /** Rows that a pass should have. */
    default int passRows(int rows) {
        return rows;
    }

    /** Writes rows. */
    default void put(float[] values, Matrix out) {
        for (int r = 0; r < out.rows(); r++) {
            MemorySegment.copy(values, r * out.cols(), out.data(), ValueLayout.JAVA_FLOAT, (long) r * out.stride() * Float.BYTES, out.cols());
        }
    }

    /** Begins to bring weights to the device. */
    default void prefetch(MemorySegment weights) {
        // They are where they are read.
    }

    /** Bytes that caches and activations may still take. */
    default long roomBytes() {
        return Long.MAX_VALUE;
    }

    /** Times of the kernels and ceilings of the device. */
    default Optional<DeviceMeasurement> measureDevice(boolean withKernels) {
        return Optional.empty();
    }

    /** Why nothing will be computed any more. */
    default Optional<String> lost() {
        return Optional.empty();
    }

    /** Waits for what was only started. */
    default void finish() {
        // Nothing is only started.
    }

    /** Frees scratch memory. The pool is closed by its owner. */
    @Override
    void close();
}
