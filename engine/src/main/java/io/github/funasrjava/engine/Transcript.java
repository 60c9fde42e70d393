package io.github.funasrjava.engine;

import java.util.List;

/**
 * What was said, and how the engine came to it.
 *
 * @param text the segments' texts joined with one space
 * @param segments in time order
 * @param warnings of the whole input; segments carry their own
 * @param model which weights and kernels gave the result
 * @param timings where the time went
 * @param coverage how much of the input was speech and went through recognition
 * @param audioTokensPerSecond audio positions per second that this model's decoder sees (about 2.1 for Nano, 16.7 for
 *     MLT-Nano)
 */
public record Transcript(
        String text,
        List<SegmentTranscript> segments,
        List<Warning> warnings,
        ModelInfo model,
        StageTimings timings,
        Coverage coverage,
        double audioTokensPerSecond) {
    public Transcript {
        segments = List.copyOf(segments);
        warnings = List.copyOf(warnings);
    }

    /** Length of the input. */
    public double audioSeconds() {
        return coverage.audioSeconds();
    }

    /** Compute time divided by audio time; 0 for empty audio. */
    public double realTimeFactor() {
        return audioSeconds() == 0 ? 0 : timings.totalMs() / 1000 / audioSeconds();
    }
}
