package io.github.funasrjava.engine.vad;

import io.github.funasrjava.engine.frontend.FrontendConfig;

/**
 * Everything that a published FSMN-VAD directory says.
 *
 * @param config {@code model_conf}
 * @param frontend {@code frontend_conf}
 * @param sizes {@code encoder_conf}
 * @param cmvnShift am.mvn {@code <AddShift>}, one value per feature of a row
 * @param cmvnScale am.mvn {@code <Rescale>}, as many
 * @param tensors the weights of model.pt
 */
public record FsmnVadModel(FsmnVadConfig config, FrontendConfig frontend, FsmnSizes sizes, float[] cmvnShift,
        float[] cmvnScale, FsmnTensors tensors) {
    /**
     * @throws IllegalArgumentException if features, normalisation and network do not fit together
     */
    public FsmnVadModel {
        if (frontend.sampleRateHz() != VoiceActivityDetector.SAMPLE_RATE_HZ
                || frontend.frameShiftMs() != FsmnVadConfig.FRAME_MS || frontend.lfrN() != 1) {
            throw new IllegalArgumentException(
                    "an FSMN-VAD for 16 kHz, frame_shift 10 and lfr_n 1 is expected, config.yaml says " + frontend);
        }
        if (frontend.lfrWidth() != sizes.input()) {
            throw new IllegalArgumentException("rows of " + frontend.lfrWidth() + " features do not fit input_dim " + sizes.input());
        }
        if (cmvnShift.length != sizes.input() || cmvnScale.length != sizes.input()) {
            throw new IllegalArgumentException("am.mvn has " + cmvnShift.length + " shifts and " + cmvnScale.length
                    + " scales, expected " + sizes.input() + " of each");
        }
    }
}
