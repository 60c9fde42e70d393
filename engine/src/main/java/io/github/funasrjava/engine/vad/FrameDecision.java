package io.github.funasrjava.engine.vad;

/** Whether one frame is speech: by the network's silence probability, and by level against a running noise level. */
final class FrameDecision {
    private static final double LEAST_DECIBEL = -100;
    private static final double LEAST_SNR_DECIBEL = -100;
    private static final double NOISE_UNKNOWN = -99.9;
    private static final double NOISE_FRAMES = 100;

    private double noiseDecibel = -100;

    boolean isSpeech(float silenceProbability, float decibel, double threshold) {
        if (decibel < LEAST_DECIBEL) {
            return false;
        }
        // Through the logarithm and back, as the reference does: the last bit decides on its threshold.
        double speech = Math.exp(Math.log(1.0 - silenceProbability));
        double silence = Math.exp(Math.log(silenceProbability));
        if (speech >= silence + threshold) {
            return decibel - noiseDecibel >= LEAST_SNR_DECIBEL;
        }
        noiseDecibel = noiseDecibel < NOISE_UNKNOWN
                ? decibel
                : (decibel + (NOISE_FRAMES - 1) * noiseDecibel) / NOISE_FRAMES;
        return false;
    }
}
