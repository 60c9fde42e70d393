package io.github.funasrjava.engine.vad;

import java.util.List;

/**
 * From the excess of frames to segments. A run of frames over the lower threshold is speech if most frames somewhere in
 * it are over the upper one; short gaps between runs are bridged, short runs dropped, the rest widened a little.
 */
final class SpeechRuns {
    private static final float CERTAIN_DB = 5;
    private static final float POSSIBLE_DB = 3;
    /** Of so many frames around a frame ... */
    private static final int VOTERS = 7;
    /** ... so many must be over the upper threshold. */
    private static final int VOTES = 4;
    private static final int BRIDGED_FRAMES = 30;
    private static final int LEAST_FRAMES = 10;
    private static final int BEFORE_FRAMES = 4;
    private static final int AFTER_FRAMES = 8;
    /** How far before its first certain frame a run may begin. */
    private static final int LOOK_BACK_FRAMES = 30;
    private static final int FRAME_MS = 10;

    /** Upper bound of the frames from a segment's beginning to the newest frame when it is announced. */
    static final int DELAY_FRAMES = BEFORE_FRAMES + LOOK_BACK_FRAMES + LEAST_FRAMES + BRIDGED_FRAMES + VOTERS;

    private static final long NONE = -1;

    private final float[] recent = new float[VOTERS];
    private long frames;
    private long decided;
    /** The present run of frames over the lower threshold. */
    private long runStart = NONE;
    private boolean runCertain;
    /** Certain runs with less than the bridged gap between them. */
    private long regionStart = NONE;
    private long regionEnd;
    private boolean announced;
    private long announcedStartMs;

    /** Takes the excess of the next frame. */
    void accept(float excess, List<SpeechEvent> events) {
        recent[(int) (frames++ % VOTERS)] = excess;
        if (frames > VOTERS / 2) {
            decide(decided++, events);
        }
    }

    /**
     * Decides the last frames and ends whatever is open.
     *
     * @param durationMs length of the recording
     */
    void finish(long durationMs, List<SpeechEvent> events) {
        long end = frames;
        while (decided < end) {
            accept(0, events);
        }
        closeRegion(durationMs, events);
    }

    private void decide(long t, List<SpeechEvent> events) {
        float excess = recent[(int) (t % VOTERS)];
        if (excess <= POSSIBLE_DB) {
            runStart = NONE;
            runCertain = false;
        } else if (!runCertain) {
            runStart = runStart == NONE ? t : Math.max(runStart, t - LOOK_BACK_FRAMES);
            runCertain = excess > CERTAIN_DB && votes() >= VOTES;
        }
        long gapEnd = runStart == NONE ? t + 1 : runStart;
        if (regionStart != NONE && gapEnd - regionEnd > BRIDGED_FRAMES) {
            closeRegion(Long.MAX_VALUE, events);
        }
        if (runCertain) {
            extendRegion(t, events);
        }
    }

    private int votes() {
        int votes = 0;
        for (float excess : recent) {
            votes += excess > CERTAIN_DB ? 1 : 0;
        }
        return votes;
    }

    private void extendRegion(long t, List<SpeechEvent> events) {
        if (regionStart == NONE) {
            regionStart = runStart;
        }
        regionEnd = t + 1;
        if (!announced && regionEnd - regionStart >= LEAST_FRAMES) {
            announced = true;
            announcedStartMs = Math.max(0, regionStart - BEFORE_FRAMES) * FRAME_MS;
            events.add(new SpeechEvent.Started(announcedStartMs));
        }
    }

    private void closeRegion(long durationMs, List<SpeechEvent> events) {
        if (announced) {
            long endMs = Math.min(durationMs, (regionEnd + AFTER_FRAMES) * FRAME_MS);
            events.add(new SpeechEvent.Ended(new SpeechSegment(announcedStartMs, endMs)));
        }
        announced = false;
        regionStart = NONE;
    }
}
