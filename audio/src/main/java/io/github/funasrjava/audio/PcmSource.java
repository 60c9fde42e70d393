package io.github.funasrjava.audio;

/** A decoder: interleaved float frames at the input's own rate. Used by one thread, and closed with its input by its stream. */
interface PcmSource extends AutoCloseable {
    /** Frame count that is not known before the end. */
    long UNKNOWN_FRAMES = -1;

    /** What was found, for people: {@code "WAV (PCM 16 bit)"}. */
    String format();

    int sampleRateHz();

    int channels();

    /** Frames that the header promises, or {@link #UNKNOWN_FRAMES}. */
    default long expectedFrames() {
        return UNKNOWN_FRAMES;
    }

    /**
     * Decodes up to {@code maxFrames} frames into the beginning of {@code interleaved}, whose length is at least
     * {@code maxFrames * channels()}.
     *
     * @return frames written (at least 1), or -1 at the end
     */
    int read(float[] interleaved, int maxFrames);

    @Override
    default void close() {}
}
