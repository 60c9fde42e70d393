package io.github.funasrjava.engine.model;

import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.weights.ModelWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * FunASR's "Transformer" adaptor, which is also the CTC decoder: {@code k} rows are joined into one, two linear layers
 * with ReLU between them, then pre-norm transformer layers without a final norm. Not thread-safe.
 */
public final class TransformerProjector implements AutoCloseable {
    private final Kernels kernels;
    private final int downsampleRate;
    private final Linear linear1;
    private final Linear linear2;
    private final List<TransformerLayer> blocks = new ArrayList<>();
    private final TransformerLayer.Scratch scratch;
    private final ActivationBuffer joined;
    private final ActivationBuffer widened;
    private final ActivationBuffer stream;
    private final ActivationBuffer result;

    /**
     * @param prefix {@code audio_adaptor} or {@code ctc_decoder}
     * @param downsampleRate rows that are joined into one ({@code downsample_rate})
     * @param width {@code llm_dim} of the section
     * @param layers {@code n_layer}
     * @param heads {@code attention_heads}
     */
    public TransformerProjector(
            Kernels kernels, ModelWeights weights, String prefix, int downsampleRate, int width, int layers, int heads) {
        this.kernels = kernels;
        this.scratch = new TransformerLayer.Scratch(kernels);
        this.joined = new ActivationBuffer(kernels);
        this.widened = new ActivationBuffer(kernels);
        this.stream = new ActivationBuffer(kernels);
        this.result = new ActivationBuffer(kernels);
        this.downsampleRate = downsampleRate;
        this.linear1 = Linear.of(weights, prefix + ".linear1");
        this.linear2 = Linear.of(weights, prefix + ".linear2");
        for (int i = 0; i < layers; i++) {
            blocks.add(new TransformerLayer(weights, prefix + ".blocks." + i, width, heads));
        }
    }

    /** Rows that come out for {@code rows} rows of input. */
    public int outputRows(int rows) {
        return (rows + downsampleRate - 1) / downsampleRate;
    }

    /**
     * @param x {@code [spans.totalRows(), encoder_dim]}
     * @param kept for every span the leading output rows that are wanted; the last layer computes only those
     * @return {@code [kept.totalRows(), width]}, valid until the next call
     */
    public Matrix project(Matrix x, RowSpans spans, RowSpans kept, String tapPrefix, StageTap tap) {
        int[] lengths = new int[spans.count()];
        for (int s = 0; s < lengths.length; s++) {
            lengths[s] = outputRows(spans.length(s));
        }
        RowSpans rows = RowSpans.ofLengths(lengths);
        Matrix input = downsampleRate == 1 ? x : join(x, spans, rows);
        Matrix wide = widened.matrix(input.rows(), linear1.outputs());
        Matrix y = stream.matrix(input.rows(), linear2.outputs());
        kernels.feedForward(input, linear1.weight(), linear1.bias(), linear2.weight(), linear2.bias(), Optional.empty(), wide, y);
        tap.stage(tapPrefix + "_linear", y);
        for (int i = 0; i < blocks.size() - 1; i++) {
            blocks.get(i).forward(kernels, scratch, y, rows, rows, y);
            tap.stage(tapPrefix + "_block" + i, y);
        }
        Matrix last = result.matrix(kept.totalRows(), linear2.outputs());
        if (blocks.isEmpty()) {
            TransformerLayer.leadingRows(kernels, y, rows, kept, last);
        } else {
            blocks.getLast().forward(kernels, scratch, y, rows, kept, last);
        }
        tap.stage(tapPrefix + "_out", last);
        return last;
    }

    /** Joins {@code downsampleRate} rows into one; the end of a span is filled with zeros. */
    private Matrix join(Matrix x, RowSpans spans, RowSpans rows) {
        Matrix out = joined.matrix(rows.totalRows(), x.cols() * downsampleRate);
        kernels.finish();
        for (int s = 0; s < spans.count(); s++) {
            for (int i = 0; i < rows.length(s) * downsampleRate; i++) {
                Matrix part = out.columns(i % downsampleRate * x.cols(), x.cols());
                int row = rows.start(s) + i / downsampleRate;
                if (i < spans.length(s)) {
                    part.copyRow(row, x, spans.start(s) + i);
                } else {
                    part.setRow(row, new float[x.cols()]);
                }
            }
        }
        return out;
    }

    @Override
    public void close() {
        scratch.close();
        joined.close();
        widened.close();
        stream.close();
        result.close();
    }
}
