package io.github.funasrjava.engine.model;

import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.weights.ModelWeights;
import java.util.Optional;

/** One pre-norm transformer layer of the adaptor and the CTC decoder, with full attention within spans. */
final class TransformerLayer {
    /** ESPnet's layer norm, which these blocks use, has this epsilon; the encoder's own has 1e-5. */
    private static final float EPS = 1e-12f;

    private final LayerNorm norm1;
    private final Linear linearQkv;
    private final Linear linearOut;
    private final LayerNorm norm2;
    private final Linear w1;
    private final Linear w2;
    private final int width;
    private final int heads;

    TransformerLayer(ModelWeights weights, String prefix, int width, int heads) {
        this.norm1 = LayerNorm.of(weights, prefix + ".norm1", EPS);
        this.linearQkv = Linear.of(weights, prefix + ".self_attn.linear_q_k_v");
        this.linearOut = Linear.of(weights, prefix + ".self_attn.linear_out");
        this.norm2 = LayerNorm.of(weights, prefix + ".norm2", EPS);
        this.w1 = Linear.of(weights, prefix + ".feed_forward.w_1");
        this.w2 = Linear.of(weights, prefix + ".feed_forward.w_2");
        this.width = width;
        this.heads = heads;
    }

    /**
     * @param y {@code [spans.totalRows(), width]}
     * @param kept for every span the leading rows whose result is wanted; keys and values come from all rows
     * @param out {@code [kept.totalRows(), width]}; may be the same view as {@code y} when all rows are kept
     */
    void forward(Kernels kernels, Scratch scratch, Matrix y, RowSpans spans, RowSpans kept, Matrix out) {
        Matrix normed = scratch.normed.matrix(y.rows(), width);
        Matrix qkv = scratch.qkv.matrix(y.rows(), 3 * width);
        linearQkv.apply(kernels, norm1.of(y, normed), qkv);
        Matrix q = qkv.columns(0, width);
        Matrix residual = y;
        if (kept.totalRows() != spans.totalRows()) {
            q = leadingRows(kernels, q, spans, kept, scratch.queries.matrix(kept.totalRows(), width));
            residual = leadingRows(kernels, y, spans, kept, scratch.residual.matrix(kept.totalRows(), width));
        }
        Matrix heard = scratch.attended.matrix(kept.totalRows(), width);
        float scale = (float) (1 / Math.sqrt((double) width / heads));
        kernels.attention(q, kept, qkv.columns(width, width), qkv.columns(2 * width, width), spans, heads, scale, heard);
        linearOut.applyAdd(kernels, heard, residual, out);

        Matrix normedAgain = scratch.normed.matrix(out.rows(), width);
        Matrix hidden = scratch.hidden.matrix(out.rows(), w1.outputs());
        kernels.layerNormFeedForward(norm2.of(out, normedAgain), w1.weight(), w1.bias(), w2.weight(), w2.bias(), Optional.of(out),
                hidden, out);
    }

    /** Gathers the first rows of every span. */
    static Matrix leadingRows(Kernels kernels, Matrix from, RowSpans spans, RowSpans kept, Matrix to) {
        int[] rows = new int[kept.totalRows()];
        for (int s = 0; s < spans.count(); s++) {
            for (int i = 0; i < kept.length(s); i++) {
                rows[kept.start(s) + i] = spans.start(s) + i;
            }
        }
        kernels.gather(from, rows, to);
        return to;
    }

    /** Buffers that all layers of a stack share. */
    static final class Scratch implements AutoCloseable {
        private final ActivationBuffer normed;
        private final ActivationBuffer qkv;
        private final ActivationBuffer queries;
        private final ActivationBuffer residual;
        private final ActivationBuffer attended;
        private final ActivationBuffer hidden;

        Scratch(Kernels kernels) {
            normed = new ActivationBuffer(kernels);
            qkv = new ActivationBuffer(kernels);
            queries = new ActivationBuffer(kernels);
            residual = new ActivationBuffer(kernels);
            attended = new ActivationBuffer(kernels);
            hidden = new ActivationBuffer(kernels);
        }

        @Override
        public void close() {
            normed.close();
            qkv.close();
            queries.close();
            residual.close();
            attended.close();
            hidden.close();
        }
    }
}
