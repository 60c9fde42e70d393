package io.github.funasrjava.engine.vad;

import java.util.List;

/** Hits and misses per 10 ms cell, summed over recordings. */
final class DetectionRates {
    private long hits;
    private long spoken;
    private long found;

    void add(boolean[] speech, List<SpeechSegment> segments) {
        for (int c = 0; c < speech.length; c++) {
            long middle = c * 10L + 5;
            boolean detected = segments.stream().anyMatch(s -> s.startMs() <= middle && middle < s.endMs());
            hits += detected && speech[c] ? 1 : 0;
            spoken += speech[c] ? 1 : 0;
            found += detected ? 1 : 0;
        }
    }

    /** Share of the speech that was found. */
    double recall() {
        return (double) hits / spoken;
    }

    /** Share of what was found that is speech. */
    double precision() {
        return (double) hits / found;
    }

    double minutes() {
        return spoken / 6_000.0;
    }
}
