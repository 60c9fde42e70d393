package io.github.funasrjava.engine.vad;

/** What a detector says about a stream while it runs. Started and Ended alternate, in the order of time. */
public sealed interface SpeechEvent {
    /**
     * Speech has begun.
     *
     * @param startMs from the stream's beginning; earlier than the moment of the event
     */
    record Started(long startMs) implements SpeechEvent {}

    /** The speech that had begun last is over. */
    record Ended(SpeechSegment segment) implements SpeechEvent {}
}
