package io.github.funasrjava.engine.vad;

import java.util.Arrays;

/** Votes over the last frames, so that single frames change nothing. */
final class SpeechWindow {
    /** What the newest frame did to the vote. */
    enum Change {
        SILENCE_TO_SPEECH,
        SPEECH_TO_SPEECH,
        SPEECH_TO_SILENCE,
        SILENCE_TO_SILENCE
    }

    private final boolean[] ring;
    private final int beginAt;
    private final int endAt;
    private int next;
    private int speechFrames;
    private boolean speech;

    /**
     * @param frames size of the window
     * @param beginAt speech frames in the window from which on it is speech
     * @param endAt speech frames in the window down to which it stays speech no longer
     */
    SpeechWindow(int frames, int beginAt, int endAt) {
        this.ring = new boolean[frames];
        this.beginAt = beginAt;
        this.endAt = endAt;
    }

    Change accept(boolean speechFrame) {
        speechFrames += (speechFrame ? 1 : 0) - (ring[next] ? 1 : 0);
        ring[next] = speechFrame;
        next = (next + 1) % ring.length;
        if (!speech) {
            speech = speechFrames >= beginAt;
            return speech ? Change.SILENCE_TO_SPEECH : Change.SILENCE_TO_SILENCE;
        }
        // Both thresholds are 15 in the published model: right after a begin the next frame can flip back.
        speech = speechFrames > endAt;
        return speech ? Change.SPEECH_TO_SPEECH : Change.SPEECH_TO_SILENCE;
    }

    void clear() {
        Arrays.fill(ring, false);
        next = 0;
        speechFrames = 0;
        speech = false;
    }
}
