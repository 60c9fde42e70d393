package io.github.funasrjava.engine.vad;

import io.github.funasrjava.engine.frontend.FrontendConfig;
import io.github.funasrjava.engine.frontend.KaldiFbank;
import io.github.funasrjava.weights.Cmvn;
import io.github.funasrjava.weights.VadConfig;
import io.github.funasrjava.weights.VadWeights;
import io.github.funasrjava.weights.WeightsException;

/**
 * The published FSMN voice activity detector. Recordings of fewer than three frames (720 samples), on which the
 * reference fails, have no segments.
 */
public final class FsmnVad implements VoiceActivityDetector {
    private final VadConfig config;
    private final Cmvn cmvn;
    private final FsmnNetwork network;
    private final KaldiFbank fbank;
    private final FsmnVadOptions options;

    /**
     * A detector for files, as the published model treats them.
     *
     * @throws WeightsException if the configuration calls for something that no published model does
     */
    public FsmnVad(VadWeights weights) {
        this(weights, FsmnVadOptions.forFiles(weights.config().detection().maxSingleSegmentMs()));
    }

    /**
     * A detector with other options.
     *
     * @throws WeightsException if the configuration calls for something that no published model does
     */
    public FsmnVad(VadWeights weights, FsmnVadOptions options) {
        this(supported(weights.config()), weights.cmvn(), new FsmnNetwork(weights.config(), weights::floats),
                new KaldiFbank(frontend(weights.config())), options);
    }

    private FsmnVad(VadConfig config, Cmvn cmvn, FsmnNetwork network, KaldiFbank fbank, FsmnVadOptions options) {
        this.config = config;
        this.cmvn = cmvn;
        this.network = network;
        this.fbank = fbank;
        this.options = options;
    }

    private static VadConfig supported(VadConfig config) {
        require("frame_in_ms", config.detection().frameMs() == Endpointer.FRAME_MS, "10");
        require("frame_shift", config.frontend().frameShiftMs() == Endpointer.FRAME_MS, "10");
        require("lfr_n", config.frontend().lfrStride() == 1, "1");
        require("do_extend", config.detection().extend(), "1");
        return config;
    }

    private static void require(String key, boolean holds, String expected) {
        if (!holds) {
            throw new WeightsException(WeightsException.Kind.UNSUPPORTED, "The config.yaml of the voice activity detector has another "
                    + key + " than " + expected + ", the only value that published detectors have.");
        }
    }

    private static FrontendConfig frontend(VadConfig config) {
        return new FrontendConfig(config.frontend().sampleRateHz(), config.frontend().melBins(), config.frontend().frameLengthMs(),
                config.frontend().frameShiftMs(), config.frontend().lfrStack(), config.frontend().lfrStride());
    }

    /** The same model, already loaded, with other options. */
    public FsmnVad withOptions(FsmnVadOptions other) {
        return new FsmnVad(config, cmvn, network, fbank, other);
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
        long rowsAhead = (long) config.frontend().lfrStack() * Endpointer.FRAME_MS;
        return config.detection().windowMs() + config.detection().lookbackMs() + rowsAhead + 2L * config.frontend().frameLengthMs();
    }

    FsmnVadStream stream() {
        return new FsmnVadStream(config.detection(), options, scorer());
    }

    FsmnScorer scorer() {
        return new FsmnScorer(config, cmvn, network, fbank);
    }
}
