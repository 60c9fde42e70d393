package io.github.funasrjava.engine.vad;

import java.util.List;

/**
 * From a recording to the pieces that are recognised one by one: speech as a detector finds it, joined over short gaps
 * and cut, without overlap, where it is too long. The pieces depend on the samples alone, not on how they arrive.
 *
 * <p>Shared between threads as its detector is; every recording has its own {@link PlanStream}.
 */
public final class SegmentPlanner {
    private final VoiceActivityDetector detector;
    private final SegmentPlan plan;

    /** A planner on a detector. */
    public SegmentPlanner(VoiceActivityDetector detector, SegmentPlan plan) {
        this.detector = detector;
        this.plan = plan;
    }

    /** The pieces of a whole recording, with their samples. */
    public List<AudioSegment> plan(float[] samples) {
        return openStream().accept(samples, true);
    }

    /** Starts on a recording that arrives in pieces. */
    public PlanStream openStream() {
        return new PlanStream(detector, plan);
    }
}
