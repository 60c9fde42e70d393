package io.github.funasrjava.engine.vad;

import io.github.funasrjava.engine.frontend.KaldiFbank;

/**
 * The published FSMN voice activity detector. Recordings of fewer than three frames (720 samples), on which the
 * reference fails, have no segments.
 */
public final class FsmnVad implements VoiceActivityDetector {
    private final FsmnVadModel model;
    private final FsmnVadOptions options;
    private final FsmnNetwork network;
    private final KaldiFbank fbank;

    /** A detector for files, as the published model treats them. */
    public FsmnVad(FsmnVadModel model) {
        this(model, FsmnVadOptions.forFiles(model.config()));
    }

    /** A detector with other options. */
    public FsmnVad(FsmnVadModel model, FsmnVadOptions options) {
        this(model, options, new FsmnNetwork(model.sizes(), model.tensors()), new KaldiFbank(model.frontend()));
    }

    private FsmnVad(FsmnVadModel model, FsmnVadOptions options, FsmnNetwork network, KaldiFbank fbank) {
        this.model = model;
        this.options = options;
        this.network = network;
        this.fbank = fbank;
    }

    /** The same model, already loaded, with other options. */
    public FsmnVad withOptions(FsmnVadOptions other) {
        return new FsmnVad(model, other, network, fbank);
    }

    /** How the model is run. */
    public FsmnVadOptions options() {
        return options;
    }

    @Override
    public VadStream openStream() {
        return stream();
    }

    @Override
    public long lookBackMs() {
        FsmnVadConfig config = model.config();
        long rowsAhead = (long) model.frontend().lfrM() * FsmnVadConfig.FRAME_MS;
        return config.windowMs() + config.lookBackMs() + rowsAhead + 2L * model.frontend().frameLengthMs();
    }

    FsmnVadStream stream() {
        return new FsmnVadStream(model.config(), options, scorer());
    }

    FsmnScorer scorer() {
        return new FsmnScorer(model, network, fbank);
    }
}
