package io.github.funasrjava.engine.vad;

/**
 * A piece of a recording to be recognised alone.
 *
 * @param time where it lies in the recording
 * @param samples 16 kHz mono in [-1, 1), from {@code startMs * 16} on
 * @param cutBefore whether speech was cut to begin it here
 * @param cutAfter whether speech was cut to end it here
 */
public record AudioSegment(SpeechSegment time, float[] samples, boolean cutBefore, boolean cutAfter) {
    /** The largest sample of digital silence with dither. */
    private static final float SILENCE = 2 / 32768f;

    /** Whether there is nothing in it but digital silence, so that no text may come of it. */
    public boolean silent() {
        for (float sample : samples) {
            if (Math.abs(sample) > SILENCE) {
                return false;
            }
        }
        return true;
    }
}
