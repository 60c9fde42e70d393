package io.github.funasrjava.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * The operations that the model is written against. One contract, several implementations: {@code scalar} is the
 * reference, {@code vector} the portable fast one, {@code x86} machine code.
 *
 * <p><b>Shapes.</b> Activations are {@link Matrix}, f32, one row per position; weights are {@link PanelMatrix}. Every
 * method checks shapes and throws {@link IllegalArgumentException}; it never reads or writes outside the views.
 * All operands must be native memory.
 *
 * <p><b>Aliasing.</b> Outputs must not overlap inputs unless a method says so.
 *
 * <p><b>Batch invariance.</b> A row of the result depends on that row's own operands (for attention and FSMN: its own
 * span) alone, bit for bit: not on the number of rows computed together, nor on the number of threads. Sums over K run
 * in one fixed order per implementation, whatever the number of rows.
 *
 * <p><b>Accuracy.</b> f32 arithmetic, except that implementations which multiply bf16 split every activation into two
 * bf16 terms (hi + lo, 16 bits of mantissa); sums are f32. NaN and infinity propagate by the rules of f32 and never
 * leak from padding.
 *
 * <p><b>Threads.</b> One forward pass at a time: a caller owns the instance while it computes (calls from several
 * threads must be serialised by the caller). Work inside a call is spread over the instance's threads.
 */
public interface Kernels extends AutoCloseable {
    /** Short name of the tier, such as {@code scalar}, {@code vector-512}, {@code x86-amx}. */
    String tier();

    /** One line for the log: the tier and why it was chosen. */
    String description();

    /** Threads that compute, the calling one included. */
    int threads();

    /**
     * {@code out = activation(x W^T + bias) + residual}.
     *
     * @param x {@code [m, k]}
     * @param w {@code [n, k]}
     * @param bias {@code [1, n]} or empty
     * @param residual {@code [m, n]} or empty; may be the same view as {@code out}
     * @param out {@code [m, n]}
     */
    void linear(Matrix x, PanelMatrix w, Optional<Matrix> bias, Activation activation, Optional<Matrix> residual, Matrix out);

    /**
     * {@code out = relu(x W1^T + bias1) W2^T + bias2 + residual}: the same bits as two calls of {@link #linear}.
     *
     * @param x {@code [m, k]}
     * @param w1 {@code [n, k]}
     * @param bias1 {@code [1, n]} or empty
     * @param w2 {@code [p, n]}
     * @param bias2 {@code [1, p]} or empty
     * @param residual {@code [m, p]} or empty; may be the same view as {@code out}
     * @param hidden {@code [m, n]}, scratch: what it holds afterwards is not specified
     * @param out {@code [m, p]}
     */
    void feedForward(Matrix x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> residual, Matrix hidden, Matrix out);

    /** {@code out = x W^T}. */
    default void linear(Matrix x, PanelMatrix w, Matrix out) {
        linear(x, w, Optional.empty(), Activation.NONE, Optional.empty(), out);
    }

    /**
     * The largest entry of every row of {@code x W^T + bias}, with the logarithm of the sum of exponentials over all
     * {@code n} classes, without storing the logits. Partial sums are taken over fixed blocks of panels, in order.
     *
     * @param x {@code [m, k]}
     * @param w {@code [n, k]}
     * @param bias {@code [1, n]} or empty
     * @param top receives {@code m} entries
     */
    void argmaxLinear(Matrix x, PanelMatrix w, Optional<Matrix> bias, TopToken[] top);

    /**
     * Row by row {@code (x - mean) / sqrt(variance + eps) * weight + bias}, biased variance.
     *
     * @param x {@code [m, n]}
     * @param weight {@code [1, n]}
     * @param bias {@code [1, n]}
     * @param out {@code [m, n]}; may be the same view as {@code x}
     */
    void layerNorm(Matrix x, Matrix weight, Matrix bias, float eps, Matrix out);

    /**
     * Row by row {@code weight * x / sqrt(mean(x^2) + eps)}.
     *
     * @param x {@code [m, n]}
     * @param weight {@code [1, n]}
     * @param out {@code [m, n]}; may be the same view as {@code x}
     */
    void rmsNorm(Matrix x, Matrix weight, float eps, Matrix out);

    /**
     * {@link #rmsNorm} and {@link #linear} of the result, which some tiers do in one. The same bits as one after the other.
     *
     * @param x {@code [m, k]}
     * @param weight {@code [1, k]}
     * @param normed {@code [m, k]}, scratch; its content is undefined afterwards
     * @param w {@code [n, k]}
     * @param out {@code [m, n]}
     */
    default void rmsNormLinear(Matrix x, Matrix weight, float eps, Matrix normed, PanelMatrix w, Matrix out) {
        rmsNorm(x, weight, eps, normed);
        linear(normed, w, out);
    }

    /**
     * {@link #layerNorm} and {@link #linear} of the result, which some tiers do in one. The same bits as one after the other.
     *
     * @param x {@code [m, k]}
     * @param w {@code [n, k]}
     * @param bias {@code [1, n]} or empty
     * @param out {@code [m, n]}
     */
    default void layerNormLinear(LayerNormed x, PanelMatrix w, Optional<Matrix> bias, Matrix out) {
        layerNorm(x.x(), x.weight(), x.bias(), x.eps(), x.normed());
        linear(x.normed(), w, bias, Activation.NONE, Optional.empty(), out);
    }

    /**
     * {@link #layerNorm} and {@link #feedForward} of the result, which some tiers do in one. The same bits as one after the other.
     *
     * @param x {@code [m, k]}
     * @param w1 {@code [n, k]}
     * @param bias1 {@code [1, n]} or empty
     * @param w2 {@code [p, n]}
     * @param bias2 {@code [1, p]} or empty
     * @param residual {@code [m, p]} or empty; may be the same view as {@code out}
     * @param hidden {@code [m, n]}, scratch: what it holds afterwards is not specified
     * @param out {@code [m, p]}; may be the same view as the rows before their norm
     */
    default void layerNormFeedForward(LayerNormed x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> residual, Matrix hidden, Matrix out) {
        layerNorm(x.x(), x.weight(), x.bias(), x.eps(), x.normed());
        feedForward(x.normed(), w1, bias1, w2, bias2, residual, hidden, out);
    }

    /**
     * {@link #swiglu} and {@link #linear} of the result with a residual, which some tiers do in one. The same bits as one after
     * the other.
     *
     * @param gateUp {@code [m, 2 * k]}
     * @param hidden {@code [m, k]}, scratch; its content is undefined afterwards
     * @param w {@code [n, k]}
     * @param residual {@code [m, n]}; may be the same view as {@code out}
     * @param out {@code [m, n]}
     */
    default void swigluLinear(Matrix gateUp, Matrix hidden, PanelMatrix w, Optional<Matrix> residual, Matrix out) {
        swiglu(gateUp, hidden);
        linear(hidden, w, Optional.empty(), Activation.NONE, residual, out);
    }

    /**
     * {@link #rmsNormLinear} and {@link #swigluLinear} of the result, which some tiers do in one. The same bits as one after the
     * other.
     *
     * @param x {@code [m, k]}
     * @param weight {@code [1, k]}
     * @param normed {@code [m, k]}, scratch, as are {@code gated} and {@code hidden}: their content is undefined afterwards
     * @param gateUp {@code [2 * n, k]}: gate in the first half of the rows, up in the second
     * @param gated {@code [m, 2 * n]}
     * @param hidden {@code [m, n]}
     * @param down {@code [p, n]}
     * @param residual {@code [m, p]} or empty; may be the same view as {@code out}
     * @param out {@code [m, p]}; may be the same view as {@code x}
     */
    default void rmsNormSwigluFeedForward(Matrix x, Matrix weight, float eps, Matrix normed, PanelMatrix gateUp, Matrix gated, Matrix hidden,
            PanelMatrix down, Optional<Matrix> residual, Matrix out) {
        rmsNormLinear(x, weight, eps, normed, gateUp, gated);
        swigluLinear(gated, hidden, down, residual, out);
    }

    /**
     * Full multi-head attention within spans: {@code softmax(scale * q k^T) v} per head. Query span {@code s} attends
     * to all rows of key span {@code s}. Head {@code h} owns columns {@code h*d} to {@code (h+1)*d} of q, k, v and out.
     *
     * @param q {@code [querySpans.totalRows(), heads * d]}
     * @param k {@code [keySpans.totalRows(), heads * d]}
     * @param v as {@code k}
     * @param out as {@code q}
     */
    void attention(Matrix q, RowSpans querySpans, Matrix k, Matrix v, RowSpans keySpans, int heads, float scale, Matrix out);

    /**
     * The memory branch of SAN-M attention: a depthwise cross-correlation over time plus its own input, per span.
     * {@code out[t, c] = v[t, c] + sum_j w[c, j] * v[t + j - left, c] (+ residual[t, c])}, zero outside the span.
     *
     * @param v {@code [spans.totalRows(), n]}
     * @param w {@code [n, kernel]} (checkpoint {@code self_attn.fsmn_block.weight} without its middle axis)
     * @param left rows before t that the kernel covers
     * @param residual as {@code v}, or empty; may be the same view as {@code out}
     * @param out as {@code v}
     */
    void fsmn(Matrix v, Matrix w, int left, RowSpans spans, Optional<Matrix> residual, Matrix out);

    /**
     * Per-head RMS norm of queries and keys, rotary position embedding, and the append of keys and values to the
     * caches of layer {@code layer}. Row {@code i} of span {@code s} has position {@code caches[s].length() + i}; keys
     * and values are written there, the caches' lengths are left to the caller ({@link KvCache#advanceTo}).
     *
     * @param qkv {@code [rows, (heads + 2 * kvHeads) * d]}: queries, keys, values side by side; queries are replaced,
     *     keys are scratch afterwards
     * @param qNorm {@code [1, d]} weight {@code self_attn.q_norm}
     * @param kNorm {@code [1, d]} weight {@code self_attn.k_norm}
     * @param rope tables that reach every position used
     * @param caches one per span, with room for its rows
     */
    void qkNormRopeAppend(Matrix qkv, Matrix qNorm, Matrix kNorm, float eps, RopeTable rope, RowSpans spans, KvCache[] caches,
            int layer, int heads);

    /**
     * Causal grouped-head attention against the caches: row {@code i} of span {@code s} sees positions 0 to
     * {@code caches[s].length() + i}. Query head {@code h} uses key/value head {@code h / (heads / kvHeads)}. Key
     * blocks are walked from position 0.
     *
     * @param q {@code [rows, heads * d]}, after {@link #qkNormRopeAppend} for the same layer
     * @param asked as many spans: how many of each one's last rows must be, bit for bit, what they are when they come
     *     one by one. The rows before them, the inside of a prompt, may be computed with the arithmetic of
     *     {@link #attention}; what such a row gets depends on its own query and positions alone all the same, unless a
     *     later position of its prompt is not finite. {@code spans} itself asks for all
     * @param out {@code [rows, heads * d]}
     */
    void causalAttention(Matrix q, RowSpans spans, RowSpans asked, KvCache[] caches, int layer, int heads, float scale,
            Matrix out);

    /**
     * {@code out = silu(gate) * up}, {@code silu(a) = a / (1 + exp(-a))}.
     *
     * @param gateUp {@code [m, 2 * n]}: gate in the first half of the columns, up in the second
     * @param out {@code [m, n]}
     */
    void swiglu(Matrix gateUp, Matrix out);

    /**
     * Gathers rows of a packed embedding table: {@code out[i] = table[ids[i]]}.
     *
     * @param table {@code [vocabulary, n]}
     * @param out {@code [ids.length, n]}
     */
    void embed(PanelMatrix table, int[] ids, Matrix out);

    /**
     * Row by row {@code x - ln(sum(exp(x)))}.
     *
     * @param x {@code [m, n]}
     * @param out {@code [m, n]}; may be the same view as {@code x}
     */
    void logSoftmax(Matrix x, Matrix out);

    /**
     * Copies rows: row {@code i} of {@code out} becomes row {@code rows[i]} of {@code x}.
     *
     * @param x {@code [m, n]}
     * @param out {@code [rows.length, n]}
     */
    void gather(Matrix x, int[] rows, Matrix out);

    /**
     * An arena for activations, in memory that these kernels reach best. Any native memory will do for every operand;
     * on a GPU other memory is copied back and forth, except that weights and read-only memory are copied once and so must
     * not change while they are open.
     */
    Arena newArena();

    /** An empty cache where these kernels want it; see {@link KvCache#KvCache(int, int, int, int)}. */
    KvCache newCache(int layers, int kvHeads, int headDim, int capacity);

    /**
     * Asks for room for a model before anything of it is allocated.
     *
     * @param weightBytes weights
     * @param cacheBytes keys and values to begin with
     * @param workspaceBytes activations and scratch
     * @throws KernelsUnavailableException when a device's memory does not suffice; the message has the numbers
     */
    void requireRoom(long weightBytes, long cacheBytes, long workspaceBytes);

    /**
     * Runs operations that come again with other values in the fields of {@code pass}, in the same order and on the same
     * matrices whenever the key is equal. They may be started one by one, or, on a GPU, all at once as they were recorded
     * under that key before, without {@code operations} being run: it must do nothing but call these kernels. The results
     * are the same bits either way; {@link Pass#top} is complete when this returns.
     */
    default void pass(Pass pass, Runnable operations) {
        operations.run();
    }

    /** Rows that a pass over {@code rows} rows should have, those behind them being ignored, so that keys come again. */
    default int passRows(int rows) {
        return rows;
    }

    /**
     * Writes rows, when everything that was started before has read them.
     *
     * @param values {@code [out.rows(), out.cols()]}
     */
    default void put(float[] values, Matrix out) {
        finish();
        for (int r = 0; r < out.rows(); r++) {
            MemorySegment.copy(values, r * out.cols(), out.data(), ValueLayout.JAVA_FLOAT, (long) r * out.stride() * Float.BYTES, out.cols());
        }
    }

    /**
     * Begins to bring memory that does not change, which holds weights, to where these kernels want it; an operation that
     * needs a part waits for that part. The memory must stay open until these kernels are closed.
     */
    default void prefetch(MemorySegment weights) {
        // The processor reads it where it is.
    }

    /** Bytes that caches and activations may still take on a device; no limit where there is none. */
    default long roomBytes() {
        return Long.MAX_VALUE;
    }

    /**
     * The ceilings of the device that the kernels run on; empty on the processor, which has {@link MachineCeilings}.
     *
     * @param withKernels whether the kernels are measured, too, which takes some seconds
     */
    default Optional<DeviceMeasurement> measureDevice(boolean withKernels) {
        return Optional.empty();
    }

    /** Why nothing will be computed here any more, once a device is lost. */
    default Optional<String> lost() {
        return Optional.empty();
    }

    /**
     * Waits until all results stand in memory. On a GPU operations are only started; whoever reads or writes operands in
     * memory of {@link #newArena} other than through these operations calls this first.
     */
    void finish();

    /** Stops the worker threads and frees scratch memory; harmless when done twice. */
    @Override
    void close();
}
