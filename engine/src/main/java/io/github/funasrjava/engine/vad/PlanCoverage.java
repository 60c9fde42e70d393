package io.github.funasrjava.engine.vad;

/**
 * What became of a recording's time so far.
 *
 * @param givenMs length of the recording
 * @param speechMs of that, what the detector took for speech
 * @param plannedMs of that, what was given out to be recognised (with the short pauses inside pieces)
 */
public record PlanCoverage(long givenMs, long speechMs, long plannedMs) {
    /** What was not given out. */
    public long skippedMs() {
        return givenMs - plannedMs;
    }
}
