package io.github.funasrjava.engine;

import java.util.OptionalDouble;

/** Hears how a transcription gets on. Called from the thread that transcribes. */
public interface TranscriptionListener {
    /** Hears nothing. */
    TranscriptionListener SILENT = new TranscriptionListener() {};

    /** A segment is finished; segments come in the order of time. */
    default void segment(SegmentTranscript segment) {}

    /**
     * Everything up to {@code doneSeconds} is finished.
     *
     * @param totalSeconds length of the input, where it is known before the end
     */
    default void progress(double doneSeconds, OptionalDouble totalSeconds) {}

    /** The input has been read to its end; what is left is to recognise the last segments. */
    default void inputRead() {}
}
