package io.github.funasrjava.engine.vad;

/**
 * What became of a recording's time.
 *
 * @param givenMs length of the recording
 * @param speechMs of that, what the detector took for speech
 * @param transcribedMs of that, what went through recognition (with the short pauses inside pieces)
 */
public record Coverage(long givenMs, long speechMs, long transcribedMs) {
    /** What did not go through recognition. */
    public long skippedMs() {
        return givenMs - transcribedMs;
    }

    /** The same after a piece could not be recognised. */
    public Coverage without(SpeechSegment failed) {
        return new Coverage(givenMs, speechMs, transcribedMs - failed.durationMs());
    }
}
