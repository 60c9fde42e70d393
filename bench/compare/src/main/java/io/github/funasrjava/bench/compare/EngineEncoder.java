package io.github.funasrjava.bench.compare;

import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.model.SanmEncoder;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.engine.model.TransformerProjector;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.weights.AdaptorConfig;
import io.github.funasrjava.weights.ModelWeights;
import java.util.List;

/** This engine's encoder and adaptor, called as recognition calls them. The kernels stay the caller's. */
final class EngineEncoder implements AudioEncoder {
    private final Kernels kernels;
    private final SanmEncoder encoder;
    private final TransformerProjector adaptor;
    private List<Features> features = List.of();
    private RowSpans spans = RowSpans.ofLengths();
    private RowSpans kept = RowSpans.ofLengths();
    private Matrix audio;

    EngineEncoder(Kernels kernels, ModelWeights weights) {
        AdaptorConfig config = weights.config().adaptor();
        this.kernels = kernels;
        this.encoder = new SanmEncoder(kernels, weights, weights.config().encoder());
        this.adaptor = new TransformerProjector(kernels, weights, "audio_adaptor", config.downsampleRate(), config.width(),
                config.layers(), config.attentionHeads());
    }

    @Override
    public void prepare(Features input, int keptRows) {
        features = List.of(input);
        spans = RowSpans.ofLengths(input.rows());
        kept = RowSpans.ofLengths(keptRows);
    }

    @Override
    public void run() {
        Matrix encoded = encoder.encode(features, spans, StageTap.NONE);
        audio = adaptor.project(encoded, spans, kept, "adp", StageTap.NONE);
        kernels.finish();
    }

    @Override
    public float[] result() {
        float[] values = new float[audio.rows() * audio.cols()];
        for (int r = 0; r < audio.rows(); r++) {
            System.arraycopy(audio.row(r), 0, values, r * audio.cols(), audio.cols());
        }
        return values;
    }

    @Override
    public void close() {
        adaptor.close();
        encoder.close();
    }
}
