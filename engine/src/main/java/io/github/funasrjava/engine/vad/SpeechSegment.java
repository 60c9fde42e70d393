package io.github.funasrjava.engine.vad;

/**
 * A stretch of a recording, from the recording's beginning.
 *
 * @param startMs first millisecond
 * @param endMs first millisecond after it
 */
public record SpeechSegment(long startMs, long endMs) {
    /**
     * @throws IllegalArgumentException if the segment begins before 0 or ends before it begins
     */
    public SpeechSegment {
        if (startMs < 0 || endMs < startMs) {
            throw new IllegalArgumentException("segment from " + startMs + " to " + endMs + " ms");
        }
    }

    /** Length. */
    public long durationMs() {
        return endMs - startMs;
    }
}
