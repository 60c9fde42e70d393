package io.github.funasrjava.engine.model;

import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.weights.DecoderConfig;
import java.util.Optional;

/** One Qwen3 layer: grouped-query attention with per-head norms and rotary positions, then a SwiGLU network. */
final class Qwen3DecoderLayer {
    private final DecoderConfig config;
    private final int layer;
    private final float eps;
    private final Matrix inputLayernorm;
    private final Linear qkvProj;
    private final Matrix qNorm;
    private final Matrix kNorm;
    private final Linear oProj;
    private final Matrix postAttentionLayernorm;
    private final Linear gateUpProj;
    private final Linear downProj;

    Qwen3DecoderLayer(DecoderWeights weights, DecoderConfig config, int layer) {
        String prefix = "llm.model.layers." + layer;
        this.config = config;
        this.layer = layer;
        this.eps = (float) config.rmsNormEps();
        this.inputLayernorm = weights.vector(prefix + ".input_layernorm.weight");
        this.qkvProj = weights.linear(prefix + ".self_attn.qkv_proj");
        this.qNorm = weights.vector(prefix + ".self_attn.q_norm.weight");
        this.kNorm = weights.vector(prefix + ".self_attn.k_norm.weight");
        this.oProj = weights.linear(prefix + ".self_attn.o_proj");
        this.postAttentionLayernorm = weights.vector(prefix + ".post_attention_layernorm.weight");
        this.gateUpProj = weights.linear(prefix + ".mlp.gate_up_proj");
        this.downProj = weights.linear(prefix + ".mlp.down_proj");
    }

    /**
     * @param x {@code [spans.totalRows(), hidden_size]}, the residual stream, updated in place
     * @param asked see {@link Kernels#causalAttention}
     * @param caches one per span, with room for its rows
     */
    void forward(Kernels kernels, Scratch scratch, RopeTable rope, Matrix x, RowSpans spans, RowSpans asked, KvCache[] caches) {
        Matrix queries = append(kernels, scratch, rope, x, spans, caches);
        attend(kernels, scratch, queries, x, spans, asked, caches);
    }

    /**
     * The first half of {@link #forward}: the rows' keys and values to the caches, whose lengths stay.
     *
     * @return {@code [spans.totalRows(), heads * head_dim]}, the queries; a view of the scratch
     */
    Matrix append(Kernels kernels, Scratch scratch, RopeTable rope, Matrix x, RowSpans spans, KvCache[] caches) {
        Matrix normed = scratch.normed.matrix(x.rows(), x.cols());
        Matrix qkv = scratch.qkv.matrix(x.rows(), qkvProj.outputs());
        qkvProj.applyNormed(kernels, x, inputLayernorm, eps, normed, qkv);
        kernels.qkNormRopeAppend(qkv, qNorm, kNorm, eps, rope, spans, caches, layer, config.attentionHeads());
        return scratch.qkv.firstColumns(config.attentionHeads() * config.headDim());
    }

    /**
     * The second half of {@link #forward}, for rows whose keys and values {@link #append} has left behind the caches'
     * lengths.
     *
     * @param queries {@code [spans.totalRows(), heads * head_dim]}
     * @param x {@code [spans.totalRows(), hidden_size]}, the residual stream, updated in place
     */
    void attend(Kernels kernels, Scratch scratch, Matrix queries, Matrix x, RowSpans spans, RowSpans asked, KvCache[] caches) {
        int rows = x.rows();
        Matrix heard = scratch.attended.matrix(rows, queries.cols());
        float scale = (float) (1 / Math.sqrt(config.headDim()));
        kernels.causalAttention(queries, spans, asked, caches, layer, config.attentionHeads(), scale, heard);
        Optional<Matrix> residual = scratch.residual(x);
        oProj.applyAdd(kernels, heard, residual, x);

        Matrix normedAgain = scratch.normed.matrix(rows, x.cols());
        Matrix gateUp = scratch.gateUp.matrix(rows, gateUpProj.outputs());
        Matrix hidden = scratch.hidden.matrix(rows, gateUpProj.outputs() / 2);
        if (gateUpProj.bias().isEmpty() && downProj.bias().isEmpty()) {
            kernels.rmsNormSwigluFeedForward(x, postAttentionLayernorm, eps, normedAgain, gateUpProj.weight(), gateUp, hidden,
                    downProj.weight(), residual, x);
        } else {
            gateUpProj.applyNormed(kernels, x, postAttentionLayernorm, eps, normedAgain, gateUp);
            downProj.applySwiglu(kernels, gateUp, hidden, residual, x);
        }
    }

    /** Bytes of the weights that one pass reads. */
    long weightBytes() {
        return qkvProj.weightBytes() + oProj.weightBytes() + gateUpProj.weightBytes() + downProj.weightBytes();
    }

    /** Buffers that all layers share. */
    static final class Scratch implements AutoCloseable {
        private final ActivationBuffer normed;
        private final ActivationBuffer qkv;
        private final ActivationBuffer attended;
        private final ActivationBuffer gateUp;
        private final ActivationBuffer hidden;
        private Optional<Matrix> residual = Optional.empty();

        Scratch(Kernels kernels) {
            normed = new ActivationBuffer(kernels);
            qkv = new ActivationBuffer(kernels);
            attended = new ActivationBuffer(kernels);
            gateUp = new ActivationBuffer(kernels);
            hidden = new ActivationBuffer(kernels);
        }

        /** {@code x} wrapped once per pass instead of twice per layer. */
        private Optional<Matrix> residual(Matrix x) {
            if (residual.isEmpty() || residual.get() != x) {
                residual = Optional.of(x);
            }
            return residual;
        }

        @Override
        public void close() {
            normed.close();
            qkv.close();
            attended.close();
            gateUp.close();
            hidden.close();
        }
    }
}
