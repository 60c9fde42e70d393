package io.github.funasrjava.engine;

/**
 * What became of the input's time.
 *
 * @param audioSeconds length of the input
 * @param speechSeconds of it, what was taken for speech
 * @param transcribedSeconds of it, what went through recognition (short pauses inside segments included)
 */
public record Coverage(double audioSeconds, double speechSeconds, double transcribedSeconds) {
    /** What did not go through recognition. */
    public double skippedSeconds() {
        return Math.max(0, audioSeconds - transcribedSeconds);
    }
}
