package io.github.funasrjava.engine.model;

import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.Pass;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.weights.EncoderConfig;
import io.github.funasrjava.weights.ModelWeights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * SenseVoiceEncoderSmall: scaled input plus sinusoidal positions, {@code encoders0.0}, {@code encoders.N},
 * {@code after_norm}, {@code tp_encoders.N}, {@code tp_norm}. Low-frame-rate features {@code [T, 560]} become
 * {@code [T, output_size]}. Not thread-safe: one forward pass at a time.
 */
public final class SanmEncoder implements AutoCloseable {
    private static final String PREFIX = "audio_encoder.";
    private static final float EPS = 1e-5f;

    private final Kernels kernels;
    private final int inputs;
    private final int width;
    private final List<SanmEncoderLayer> encoders = new ArrayList<>();
    private final List<SanmEncoderLayer> tpEncoders = new ArrayList<>();
    private final LayerNorm afterNorm;
    private final LayerNorm tpNorm;
    private final SanmEncoderLayer.Scratch scratch;
    private final ActivationBuffer embedded;
    private final ActivationBuffer stream;
    private float[] positions = new float[0];

    /** Takes the encoder's tensors out of {@code weights}. */
    public SanmEncoder(Kernels kernels, ModelWeights weights, EncoderConfig config) {
        this.kernels = kernels;
        this.scratch = new SanmEncoderLayer.Scratch(kernels);
        this.embedded = new ActivationBuffer(kernels);
        this.stream = new ActivationBuffer(kernels);
        this.inputs = config.inputWidth();
        this.width = config.width();
        int left = config.leftPadding();
        int heads = config.attentionHeads();
        encoders.add(new SanmEncoderLayer(weights, PREFIX + "encoders0.0", inputs, width, heads, left));
        for (int i = 0; i < config.blocks() - 1; i++) {
            encoders.add(new SanmEncoderLayer(weights, PREFIX + "encoders." + i, width, width, heads, left));
        }
        for (int i = 0; i < config.tpBlocks(); i++) {
            tpEncoders.add(new SanmEncoderLayer(weights, PREFIX + "tp_encoders." + i, width, width, heads, left));
        }
        this.afterNorm = LayerNorm.of(weights, PREFIX + "after_norm", EPS);
        this.tpNorm = LayerNorm.of(weights, PREFIX + "tp_norm", EPS);
    }

    /** Width of an output row. */
    public int width() {
        return width;
    }

    /**
     * Encodes a ragged batch.
     *
     * @param features low-frame-rate rows of every span, {@code [T, inputs]}
     * @param spans where the spans' rows go, of the lengths {@code features.get(s).rows()}
     * @return {@code [spans.totalRows(), width]}, valid until the next call
     */
    public Matrix encode(List<Features> features, RowSpans spans, StageTap tap) {
        int rows = spans.totalRows();
        if (tap != StageTap.NONE) {
            Matrix x = embed(features, spans, rows);
            Matrix y = stream.matrix(rows, width);
            layers(x, spans, y, tap);
            return y;
        }
        // Rows behind the last span fill a length bucket up, as a span of their own that nobody reads.
        int all = kernels.passRows(rows);
        RowSpans filled = all == rows ? spans : withFiller(spans, all - rows);
        Matrix x = embed(features, spans, all);
        Matrix y = stream.matrix(all, width);
        kernels.pass(Pass.ofSpans(new EncodeKey(this, all, filled.count()), filled), () -> layers(x, filled, y, StageTap.NONE));
        return all == rows ? y : y.rows(0, rows);
    }

    /** What the record of an encoding depends on. */
    private record EncodeKey(SanmEncoder encoder, int rows, int spans) {}

    private static RowSpans withFiller(RowSpans spans, int rows) {
        int[] lengths = new int[spans.count() + 1];
        for (int s = 0; s < spans.count(); s++) {
            lengths[s] = spans.length(s);
        }
        lengths[spans.count()] = rows;
        return RowSpans.ofLengths(lengths);
    }

    private void layers(Matrix x, RowSpans spans, Matrix y, StageTap tap) {
        tap.stage("enc_embed", x);
        Matrix input = x;
        for (int i = 0; i < encoders.size(); i++) {
            encoders.get(i).forward(kernels, scratch, input, spans, y);
            input = y;
            tap.stage("enc_layer" + i, y);
        }
        afterNorm.apply(kernels, y, y);
        tap.stage("enc_after_norm", y);
        for (int i = 0; i < tpEncoders.size(); i++) {
            tpEncoders.get(i).forward(kernels, scratch, y, spans, y);
            tap.stage("enc_tp_layer" + i, y);
        }
        tpNorm.apply(kernels, y, y);
        tap.stage("enc_out", y);
    }

    /** {@code x * sqrt(output_size)} plus the position encoding, which begins anew at position 1 in every span; zeros behind them. */
    private Matrix embed(List<Features> features, RowSpans spans, int allRows) {
        Matrix x = embedded.matrix(allRows, inputs);
        float scale = (float) Math.sqrt(width);
        float[] scaled = new float[allRows * inputs];
        for (int s = 0; s < spans.count(); s++) {
            Features rows = features.get(s);
            if (rows.rows() != spans.length(s) || rows.cols() != inputs) {
                throw new IllegalArgumentException("span " + s + " takes [" + spans.length(s) + ", " + inputs
                        + "] features, got [" + rows.rows() + ", " + rows.cols() + "]");
            }
            float[] source = rows.data();
            reachPosition(spans.length(s));
            for (int t = 0; t < spans.length(s); t++) {
                int from = t * inputs;
                int to = (spans.start(s) + t) * inputs;
                for (int c = 0; c < inputs; c++) {
                    scaled[to + c] = source[from + c] * scale + positions[from + c];
                }
            }
        }
        kernels.put(scaled, x);
        return x;
    }

    /**
     * Extends the table to {@code rows} positions: sines in the first half of the columns, cosines in the second, angle
     * {@code (t + 1) * exp(-i * ln(10000) / (half - 1))} in f32 as the reference computes it.
     */
    private void reachPosition(int rows) {
        int known = positions.length / inputs;
        if (rows <= known) {
            return;
        }
        float[] grown = Arrays.copyOf(positions, rows * inputs);
        int half = inputs / 2;
        float increment = (float) (Math.log(10000) / (half - 1));
        for (int i = 0; i < half; i++) {
            float frequency = (float) Math.exp(i * -increment);
            for (int t = known; t < rows; t++) {
                float angle = (t + 1) * frequency;
                grown[t * inputs + i] = (float) Math.sin(angle);
                grown[t * inputs + half + i] = (float) Math.cos(angle);
            }
        }
        positions = grown;
    }

    @Override
    public void close() {
        scratch.close();
        embedded.close();
        stream.close();
    }
}
