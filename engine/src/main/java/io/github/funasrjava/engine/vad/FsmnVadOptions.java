package io.github.funasrjava.engine.vad;

/**
 * How an FSMN-VAD is run.
 *
 * @param endSilence silence that ends a segment
 * @param maxSegmentMs longest segment; it is cut hard where it reaches that
 * @param chunkMs audio between two looks at the schedule of {@code endSilence}
 * @param liveBoundaries whether a beginning is reported (and noted by the schedule) as soon as it is known
 */
public record FsmnVadOptions(EndSilence endSilence, int maxSegmentMs, int chunkMs, boolean liveBoundaries) {
    /** Longest chunk of a file, from the reference. */
    public static final int FILE_CHUNK_MS = 60_000;

    /** The chunk of the reference's {@code DynamicStreamingVAD}. */
    public static final int LIVE_CHUNK_MS = 60;

    /**
     * @throws IllegalArgumentException if a length is outside 10 ms to 24 h (segments) or 10 ms to 10 min (chunks)
     */
    public FsmnVadOptions {
        if (maxSegmentMs < Endpointer.FRAME_MS || maxSegmentMs > 86_400_000) {
            throw new IllegalArgumentException("longest segment of " + maxSegmentMs + " ms, expected 10 to 86400000");
        }
        if (chunkMs < Endpointer.FRAME_MS || chunkMs > 600_000) {
            throw new IllegalArgumentException("chunks of " + chunkMs + " ms, expected 10 to 600000");
        }
    }

    /** What the published model does with a file. */
    public static FsmnVadOptions forFiles(int maxSegmentMs) {
        return new FsmnVadOptions(EndSilence.dynamic(), maxSegmentMs, FILE_CHUNK_MS, false);
    }

    /** What the published model does with live audio. */
    public static FsmnVadOptions forLiveAudio(int maxSegmentMs) {
        return new FsmnVadOptions(EndSilence.live(), maxSegmentMs, LIVE_CHUNK_MS, true);
    }

    /** The same with another end silence. */
    public FsmnVadOptions withEndSilence(EndSilence other) {
        return new FsmnVadOptions(other, maxSegmentMs, chunkMs, liveBoundaries);
    }

    /** The same with another longest segment. */
    public FsmnVadOptions withMaxSegmentMs(int other) {
        return new FsmnVadOptions(endSilence, other, chunkMs, liveBoundaries);
    }
}
