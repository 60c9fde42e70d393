package io.github.funasrjava.audio;

/**
 * Something about an input that did not stop it from being decoded.
 *
 * @param code what it was, for programs
 * @param message one sentence for people
 * @param count how many times it was met (1 where counting makes no sense)
 */
public record AudioWarning(Code code, String message, long count) {

    /** What was odd about the input; the name in lower case is stable and goes into the JSON output. */
    public enum Code {
        /** The header gives no length (a recording piped by its writer): read to the end of the input. */
        STREAMED_SIZE,
        /** The input ends before its own header says; what was there is decoded. */
        TRUNCATED_INPUT,
        /** Bytes at the end that do not fill a whole sample frame were dropped. */
        PARTIAL_FRAME,
        /** NaN, infinite or absurdly large samples were replaced by 0. */
        NON_FINITE_SAMPLES,
        /** Samples far outside -1..1 were kept as they are. */
        OUT_OF_RANGE_SAMPLES,
        /** The channels cancel each other when they are averaged. */
        ANTI_CORRELATED_CHANNELS,
        /** Frames or packets could not be decoded and were left out. */
        LOST_FRAMES,
        /** Bytes that belong to no frame were skipped. */
        JUNK_SKIPPED,
        /** The file grew or was touched while it was read. */
        FILE_CHANGED,
        /** More than one audio stream; the first was taken. */
        SEVERAL_STREAMS,
        /** Decoded by the external program {@code ffmpeg}. */
        EXTERNAL_DECODER
    }
}
