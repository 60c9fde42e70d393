package io.github.funasrjava.engine;

/**
 * Recognises signals that cannot hold speech, whatever a language model would make of them: digital silence, a
 * constant, or a signal that stands at full scale most of the time.
 */
final class SpeechGate {
    /** Quieter than one LSB of 16 bits around the mean is silence: -90 dBFS. */
    private static final double SILENCE_RMS = 1.0 / 32768;

    /** A sample this close to full scale is clipped. */
    private static final float CLIPPED = 0.999f;

    /** Loud speech clips a few samples of each period; above this share no formant is left. */
    private static final double CLIPPED_SHARE = 0.35;

    private SpeechGate() {}

    static boolean cannotBeSpeech(float[] samples, int from, int to) {
        double sum = 0;
        int clipped = 0;
        for (int i = from; i < to; i++) {
            sum += samples[i];
            if (Math.abs(samples[i]) >= CLIPPED) {
                clipped++;
            }
        }
        int count = to - from;
        if (count == 0 || clipped > CLIPPED_SHARE * count) {
            return true;
        }
        double mean = sum / count;
        double squares = 0;
        for (int i = from; i < to; i++) {
            squares += (samples[i] - mean) * (samples[i] - mean);
        }
        return Math.sqrt(squares / count) < SILENCE_RMS;
    }
}
