package io.github.funasrjava.engine.vad;

/**
 * How speech becomes the pieces that are recognised.
 *
 * @param maxSegmentMs longest piece; longer speech is cut where it is quietest
 * @param joinGapMs neighbouring segments with at most this much between them become one piece, as long as that is not
 *     too long; negative: never
 */
public record SegmentPlan(long maxSegmentMs, long joinGapMs) {
    /** The longest piece that the models are made for. */
    public static final long MODEL_LIMIT_MS = 30_000;

    /** The shortest limit that still leaves a choice of where to cut. */
    public static final long LEAST_LIMIT_MS = 1_000;

    /**
     * @throws IllegalArgumentException if the longest piece is not of 1 to 30 s
     */
    public SegmentPlan {
        if (maxSegmentMs < LEAST_LIMIT_MS || maxSegmentMs > MODEL_LIMIT_MS) {
            throw new IllegalArgumentException(
                    "longest segment of " + maxSegmentMs + " ms, expected " + LEAST_LIMIT_MS + " to " + MODEL_LIMIT_MS);
        }
    }

    /** What suits a detector. */
    public static SegmentPlan of(VoiceActivityDetector detector, long maxSegmentMs) {
        return new SegmentPlan(maxSegmentMs, detector.joinGapMs());
    }

    /** The detector's own segments, cut where they are longer. */
    public static SegmentPlan asDetected(long maxSegmentMs) {
        return new SegmentPlan(maxSegmentMs, -1);
    }
}
