package io.github.funasrjava.engine.vad;

import java.util.ArrayList;
import java.util.Arrays;
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

    /**
     * Gap up to which neighbouring segments had better be recognised together; negative if segments are meant as they
     * are.
     */
    default long joinGapMs() {
        return -1;
    }

    /** Finds the speech of a whole recording. */
    default List<SpeechSegment> detect(float[] samples) {
        VadStream stream = openStream();
        List<SpeechEvent> events = new ArrayList<>();
        // In pieces, so that features of the whole recording never exist at once.
        int piece = 10 * SAMPLE_RATE_HZ;
        int at = 0;
        while (samples.length - at > piece) {
            events.addAll(stream.accept(Arrays.copyOfRange(samples, at, at + piece), false));
            at += piece;
        }
        events.addAll(stream.accept(Arrays.copyOfRange(samples, at, samples.length), true));
        return events.stream()
                .filter(SpeechEvent.Ended.class::isInstance)
                .map(event -> ((SpeechEvent.Ended) event).segment())
                .toList();
    }
}
