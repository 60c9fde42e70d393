package io.github.funasrjava.weights;

/**
 * {@code frontend_conf} of config.yaml.
 *
 * @param sampleRateHz samples a second of the audio that the model hears
 * @param melBins filters of the mel bank
 * @param frameLengthMs window of one frame
 * @param frameShiftMs distance of frames
 * @param lfrStack {@code lfr_m}: frames stacked into one row
 * @param lfrStride {@code lfr_n}: frames from one row to the next
 */
public record FrontendConfig(
        int sampleRateHz, int melBins, int frameLengthMs, int frameShiftMs, int lfrStack, int lfrStride) {
    /** Columns of the stacked features: {@code melBins * lfrStack}. */
    public int featureWidth() {
        return melBins * lfrStack;
    }

    static FrontendConfig read(Settings conf) {
        conf.requireText("window", "hamming"::equals, "hamming");
        return new FrontendConfig(
                conf.integer("fs", 16_000, 16_000, 16_000),
                conf.integer("n_mels", 1, 512, 80),
                conf.integer("frame_length", 1, 1000, 25),
                conf.integer("frame_shift", 1, 1000, 10),
                conf.integer("lfr_m", 1, 64, 1),
                conf.integer("lfr_n", 1, 64, 1));
    }
}
