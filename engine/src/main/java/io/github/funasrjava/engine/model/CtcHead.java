package io.github.funasrjava.engine.model;

import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.weights.CtcConfig;
import io.github.funasrjava.weights.ModelWeights;
import java.util.Arrays;

/** The CTC branch: a {@link TransformerProjector} over the encoder output and a linear head with a blank class. */
public final class CtcHead implements AutoCloseable {
    private final Kernels kernels;
    private final TransformerProjector decoder;
    private final Linear ctcLo;
    private final int blankId;

    public CtcHead(Kernels kernels, ModelWeights weights, CtcConfig config) {
        this.kernels = kernels;
        this.decoder = new TransformerProjector(kernels, weights, "ctc_decoder", config.downsampleRate(),
                config.width(), config.layers(), config.attentionHeads());
        this.ctcLo = Linear.of(weights, "ctc.ctc_lo");
        this.blankId = config.blankId();
    }

    /** The class that stands for "nothing new". */
    public int blankId() {
        return blankId;
    }

    /** Number of classes, the blank included. */
    public int classes() {
        return ctcLo.outputs();
    }

    /** CTC frames for {@code rows} encoder rows. */
    public int outputRows(int rows) {
        return decoder.outputRows(rows);
    }

    /**
     * The rows that the linear head reads.
     *
     * @param encoded {@code [spans.totalRows(), encoder width]}
     * @return one row per encoder frame, valid until the next call
     */
    public Matrix decode(Matrix encoded, RowSpans spans, StageTap tap) {
        int[] lengths = new int[spans.count()];
        for (int s = 0; s < lengths.length; s++) {
            lengths[s] = outputRows(spans.length(s));
        }
        return decoder.project(encoded, spans, RowSpans.ofLengths(lengths), "ctc_decoder", tap);
    }

    /** The best class of every row. */
    public TopToken[] best(Matrix decoded) {
        TopToken[] top = new TopToken[decoded.rows()];
        kernels.argmaxLinear(decoded, ctcLo.weight(), ctcLo.bias(), top);
        return top;
    }

    /** Log-probabilities of all classes, {@code [rows, classes]}. */
    public void logProbabilities(Matrix decoded, Matrix out) {
        ctcLo.apply(kernels, decoded, out);
        kernels.logSoftmax(out, out);
    }

    /** Collapses runs of the same class and drops blanks. */
    public int[] collapse(int[] frames) {
        int[] ids = new int[frames.length];
        int count = 0;
        for (int t = 0; t < frames.length; t++) {
            if (frames[t] != blankId && (t == 0 || frames[t] != frames[t - 1])) {
                ids[count++] = frames[t];
            }
        }
        return Arrays.copyOf(ids, count);
    }

    @Override
    public void close() {
        decoder.close();
    }
}
