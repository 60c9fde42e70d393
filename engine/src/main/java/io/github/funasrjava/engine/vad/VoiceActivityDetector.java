package io.github.funasrjava.engine.vad;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds speech in a recording: 16 kHz, mono, samples in [-1, 1). Segments come in the order of time and do not overlap.
 * The same samples always give the same segments. Detectors may be shared between threads.
 */
public interface VoiceActivityDetector {
    /** Sample rate that all detectors work at. */
    int SAMPLE_RATE_HZ = 16_000;

    /** Starts on a recording that arrives in pieces. */
    VadStream openStream();

    /**
     * How far before the newest sample a beginning may lie when it is announced. Whoever needs a segment's samples keeps
     * at least so much.
     */
    long lookBackMs();

    /** Finds the speech of a whole recording. */
    default List<SpeechSegment> detect(float[] samples) {
        List<SpeechSegment> segments = new ArrayList<>();
        for (SpeechEvent event : openStream().accept(samples, true)) {
            if (event instanceof SpeechEvent.Ended ended) {
                segments.add(ended.segment());
            }
        }
        return List.copyOf(segments);
    }
}
