package io.github.funasrjava.engine.frontend;

/**
 * What {@code frontend_conf} of a published config.yaml says about features.
 *
 * @param sampleRateHz {@code fs}
 * @param melBins {@code n_mels}
 * @param frameLengthMs {@code frame_length}
 * @param frameShiftMs {@code frame_shift}
 * @param lfrM {@code lfr_m}: frames that are joined into one low-frame-rate row
 * @param lfrN {@code lfr_n}: frames from one low-frame-rate row to the next
 */
public record FrontendConfig(int sampleRateHz, int melBins, int frameLengthMs, int frameShiftMs, int lfrM, int lfrN) {
    /** The values of Fun-ASR-Nano and Fun-ASR-MLT-Nano. */
    public static final FrontendConfig FUN_ASR_NANO = new FrontendConfig(16_000, 80, 25, 10, 7, 6);

    /** The values of FSMN-VAD. */
    public static final FrontendConfig FSMN_VAD = new FrontendConfig(16_000, 80, 25, 10, 5, 1);

    /**
     * @throws IllegalArgumentException if a value is outside what any model of this family uses
     */
    public FrontendConfig {
        requireBetween("fs", sampleRateHz, 4_000, 48_000);
        requireBetween("n_mels", melBins, 1, 512);
        requireBetween("frame_length", frameLengthMs, 1, 200);
        requireBetween("frame_shift", frameShiftMs, 1, frameLengthMs);
        requireBetween("lfr_m", lfrM, 1, 64);
        requireBetween("lfr_n", lfrN, 1, 64);
    }

    /** Samples per frame. */
    public int frameLength() {
        return (int) ((long) sampleRateHz * frameLengthMs / 1000);
    }

    /** Samples from one frame's start to the next. */
    public int frameShift() {
        return (int) ((long) sampleRateHz * frameShiftMs / 1000);
    }

    /** Values per low-frame-rate row, the width of the encoder's input. */
    public int lfrWidth() {
        return melBins * lfrM;
    }

    private static void requireBetween(String key, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "frontend_conf." + key + " is " + value + ", expected " + least + " to " + most);
        }
    }
}
