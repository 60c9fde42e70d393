package io.github.funasrjava.engine.vad;

import io.github.funasrjava.weights.VadConfig;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The state machine that turns frame decisions into segments, as the published FSMN-VAD does it, oddities included: a
 * segment that begins in the very last frame stays without end, and {@code next} runs ahead of the frames.
 * Frames are absolute and 10 ms long.
 */
final class Endpointer {
    /**
     * What one call reports of one segment.
     *
     * @param startMs beginning, or {@link #UNKNOWN} if it was reported before
     * @param endMs end, or {@link #UNKNOWN} if it is not known yet
     */
    record Report(long startMs, long endMs) {
        static final long UNKNOWN = -1;
    }

    private enum State {
        NONE,
        SPEECH,
        END
    }

    private static final class Segment {
        private final long startMs;
        private long endMs;
        private boolean ended;
        private boolean startReported;

        private Segment(long startMs) {
            this.startMs = startMs;
        }
    }

    /** Milliseconds per frame. */
    static final int FRAME_MS = 10;

    private final FrameDecision decision;
    private final SpeechWindow window;
    private final int lookBackFrames;
    private final int lookAheadFrames;
    private final long maxSegmentFrames;
    private final ArrayDeque<Segment> segments = new ArrayDeque<>();

    private State state = State.NONE;
    private long frame = -1;
    /** First frame that is not consumed yet; never decreases. */
    private long next;
    private long lastSpeech;
    private long start = -1;
    private int silentFrames;
    private boolean anyEnd;

    /**
     * @param maxSegmentMs longest segment
     */
    Endpointer(VadConfig.Detection detection, int maxSegmentMs) {
        this.decision = new FrameDecision(detection);
        int windowFrames = detection.windowMs() / FRAME_MS;
        this.window = new SpeechWindow(windowFrames, detection.silToSpeechMs() / FRAME_MS,
                detection.speechToSilMs() / FRAME_MS);
        this.lookBackFrames = windowFrames + detection.lookbackMs() / FRAME_MS;
        this.lookAheadFrames = detection.lookaheadMs() / FRAME_MS;
        this.maxSegmentFrames = maxSegmentMs / FRAME_MS;
    }

    /** Whether a segment is open. */
    boolean inSpeech() {
        return state == State.SPEECH;
    }

    /**
     * Takes the next frame.
     *
     * @param endSilenceMs silence that ends a segment, after what the window already swallowed
     * @param last whether it is the recording's last frame
     */
    void accept(float silenceProbability, float decibel, double threshold, int endSilenceMs, boolean last) {
        frame++;
        boolean speech = decision.isSpeech(silenceProbability, decibel, threshold);
        switch (window.accept(speech)) {
            case SILENCE_TO_SPEECH -> {
                silentFrames = 0;
                if (state == State.NONE) {
                    begin();
                } else {
                    voiceUntil(frame - 1);
                    goOn(last);
                }
            }
            case SPEECH_TO_SPEECH, SPEECH_TO_SILENCE -> {
                silentFrames = 0;
                if (state == State.SPEECH) {
                    goOn(last);
                }
            }
            case SILENCE_TO_SILENCE -> {
                silentFrames++;
                if (state == State.SPEECH) {
                    pause(endSilenceMs, last);
                } else {
                    stayQuiet(last);
                }
            }
        }
        if (state == State.END) {
            lastSpeech = 0;
            start = -1;
            silentFrames = 0;
            state = State.NONE;
            window.clear();
        }
    }

    private void begin() {
        start = Math.max(next, frame - lookBackFrames);
        segments.addLast(new Segment(start * FRAME_MS));
        emit(start);
        state = State.SPEECH;
        for (long t = start + 1; t <= frame; t++) {
            voice(t);
        }
    }

    private void goOn(boolean last) {
        if (last || tooLong()) {
            end(frame);
        } else {
            voice(frame);
        }
    }

    private void pause(int endSilenceMs, boolean last) {
        if (silentFrames * FRAME_MS >= endSilenceMs) {
            long back = Math.max(0, endSilenceMs / FRAME_MS - lookAheadFrames - 1);
            end(frame - back);
        } else if (last || tooLong()) {
            end(frame);
        } else if (silentFrames <= lookAheadFrames) {
            voice(frame);
        }
    }

    private void stayQuiet(boolean last) {
        if (last && !anyEnd) {
            next = Math.max(next, frame - 1);
            anyEnd = true;
            state = State.END;
        } else if (frame >= lookBackFrames) {
            next = Math.max(next, frame - lookBackFrames);
        }
    }

    private boolean tooLong() {
        return frame - start + 1 > maxSegmentFrames;
    }

    private void end(long at) {
        voiceUntil(at - 1);
        emit(at);
        segments.getLast().ended = true;
        anyEnd = true;
        state = State.END;
    }

    private void voiceUntil(long end) {
        for (long t = lastSpeech + 1; t <= end; t++) {
            voice(t);
        }
    }

    private void voice(long t) {
        lastSpeech = t;
        emit(t);
    }

    private void emit(long t) {
        next = Math.max(next, t) + 1;
        segments.getLast().endMs = (t + 1) * FRAME_MS;
    }

    /** What became known since the last call. */
    List<Report> takeReports() {
        List<Report> reports = new ArrayList<>();
        for (Segment segment : segments) {
            if (!segment.startReported || segment.ended) {
                reports.add(new Report(segment.startReported ? Report.UNKNOWN : segment.startMs,
                        segment.ended ? segment.endMs : Report.UNKNOWN));
                segment.startReported = true;
            }
        }
        segments.removeIf(segment -> segment.ended);
        return reports;
    }

    /** Up to where an open segment reaches by now. */
    OptionalLong openSegmentEndMs() {
        return segments.isEmpty() || segments.getLast().ended
                ? OptionalLong.empty()
                : OptionalLong.of(segments.getLast().endMs);
    }
}
