package io.github.funasrjava.engine.vad;

import java.util.Arrays;
import java.util.List;

/**
 * A piece of a recording to be recognised alone.
 *
 * @param time where it lies in the recording
 * @param samples 16 kHz mono in [-1, 1), from {@code startMs * 16} on
 * @param cutBefore whether speech was cut to begin it here
 * @param cutAfter whether speech was cut to end it here
 */
public record AudioSegment(SpeechSegment time, float[] samples, boolean cutBefore, boolean cutAfter) {
    private static final int SAMPLES_PER_MS = VoiceActivityDetector.SAMPLE_RATE_HZ / 1000;

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

    /**
     * The segment cut in two at the quietest place of its middle half; itself alone when it is shorter than 2 s.
     */
    public List<AudioSegment> halves() {
        long lengthMs = samples.length / SAMPLES_PER_MS;
        if (lengthMs < 2_000) {
            return List.of(this);
        }
        long cutMs = QuietCut.find(samples, 0, lengthMs / 4, lengthMs * 3 / 4);
        int cut = (int) cutMs * SAMPLES_PER_MS;
        return List.of(
                new AudioSegment(new SpeechSegment(time.startMs(), time.startMs() + cutMs),
                        Arrays.copyOf(samples, cut), cutBefore, true),
                new AudioSegment(new SpeechSegment(time.startMs() + cutMs, time.endMs()),
                        Arrays.copyOfRange(samples, cut, samples.length), true, cutAfter));
    }
}
