package io.github.funasrjava.engine.vad;

import io.github.funasrjava.weights.VadConfig;

/** Whether one frame is speech: by the network's silence probability, and by level against a running noise level. */
final class FrameDecision {
    private static final double NOISE_UNKNOWN = -99.9;

    private final double leastDecibel;
    private final double leastSnrDecibel;
    private final double noiseFrames;
    private double noiseDecibel = -100;

    FrameDecision(VadConfig.Detection detection) {
        this.leastDecibel = detection.decibelThreshold();
        this.leastSnrDecibel = detection.snrThreshold();
        this.noiseFrames = detection.noiseFrames();
    }

    boolean isSpeech(float silenceProbability, float decibel, double threshold) {
        if (decibel < leastDecibel) {
            return false;
        }
        // Through the logarithm and back, as the reference does: the last bit decides on its threshold.
        double speech = Math.exp(Math.log(1.0 - silenceProbability));
        double silence = Math.exp(Math.log(silenceProbability));
        if (speech >= silence + threshold) {
            return decibel - noiseDecibel >= leastSnrDecibel;
        }
        noiseDecibel = noiseDecibel < NOISE_UNKNOWN
                ? decibel
                : (decibel + (noiseFrames - 1) * noiseDecibel) / noiseFrames;
        return false;
    }
}
