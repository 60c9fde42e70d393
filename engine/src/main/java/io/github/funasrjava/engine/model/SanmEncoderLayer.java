package io.github.funasrjava.engine.model;

import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.weights.ModelWeights;
import java.util.Optional;

/**
 * One SAN-M layer: self-attention with an FSMN memory branch on the values, then a feed-forward network, both behind
 * a layer norm. The attention part has a residual only where input and output widths agree (not in
 * {@code encoders0.0}, 560 to 512).
 */
final class SanmEncoderLayer {
    private static final float EPS = 1e-5f;

    private final LayerNorm norm1;
    private final Linear linearQkv;
    private final Matrix fsmnBlock;
    private final int fsmnLeft;
    private final Linear linearOut;
    private final LayerNorm norm2;
    private final Linear w1;
    private final Linear w2;
    private final int inputs;
    private final int width;
    private final int heads;

    SanmEncoderLayer(ModelWeights weights, String prefix, int inputs, int width, int heads, int fsmnLeft) {
        this.norm1 = LayerNorm.of(weights, prefix + ".norm1", EPS);
        this.linearQkv = Linear.of(weights, prefix + ".self_attn.linear_q_k_v");
        this.fsmnBlock = weights.rows(prefix + ".self_attn.fsmn_block.weight");
        this.fsmnLeft = fsmnLeft;
        this.linearOut = Linear.of(weights, prefix + ".self_attn.linear_out");
        this.norm2 = LayerNorm.of(weights, prefix + ".norm2", EPS);
        this.w1 = Linear.of(weights, prefix + ".feed_forward.w_1");
        this.w2 = Linear.of(weights, prefix + ".feed_forward.w_2");
        this.inputs = inputs;
        this.width = width;
        this.heads = heads;
    }

    /**
     * @param x {@code [rows, inputs]}
     * @param out {@code [rows, width]}; may be the same view as {@code x} where the widths agree
     */
    void forward(Kernels kernels, Scratch scratch, Matrix x, RowSpans spans, Matrix out) {
        int rows = x.rows();
        Matrix normed = scratch.normed.matrix(rows, inputs);
        Matrix qkv = scratch.qkv.matrix(rows, 3 * width);
        linearQkv.apply(kernels, norm1.of(x, normed), qkv);
        Matrix v = qkv.columns(2 * width, width);

        // The memory branch takes the layer's residual along, so that linear_out adds both in one pass.
        Matrix memory = scratch.memory.matrix(rows, width);
        Optional<Matrix> residual = inputs == width ? Optional.of(x) : Optional.empty();
        kernels.fsmn(v, fsmnBlock, fsmnLeft, spans, residual, memory);
        Matrix heard = scratch.attended.matrix(rows, width);
        float scale = (float) (1 / Math.sqrt((double) width / heads));
        kernels.attention(qkv.columns(0, width), spans, qkv.columns(width, width), v, spans, heads, scale, heard);
        linearOut.applyAdd(kernels, heard, memory, out);

        Matrix normedAgain = scratch.normed.matrix(rows, width);
        Matrix hidden = scratch.hidden.matrix(rows, w1.outputs());
        kernels.layerNormFeedForward(norm2.of(out, normedAgain), w1.weight(), w1.bias(), w2.weight(), w2.bias(), Optional.of(out),
                hidden, out);
    }

    /** Buffers that all layers of an encoder share. */
    static final class Scratch implements AutoCloseable {
        private final ActivationBuffer normed;
        private final ActivationBuffer qkv;
        private final ActivationBuffer memory;
        private final ActivationBuffer attended;
        private final ActivationBuffer hidden;

        Scratch(Kernels kernels) {
            normed = new ActivationBuffer(kernels);
            qkv = new ActivationBuffer(kernels);
            memory = new ActivationBuffer(kernels);
            attended = new ActivationBuffer(kernels);
            hidden = new ActivationBuffer(kernels);
        }

        @Override
        public void close() {
            normed.close();
            qkv.close();
            memory.close();
            attended.close();
            hidden.close();
        }
    }
}
