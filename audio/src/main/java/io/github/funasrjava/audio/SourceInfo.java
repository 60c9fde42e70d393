package io.github.funasrjava.audio;

/**
 * What the input was before it became 16 kHz mono.
 *
 * @param format the format found by its content, such as {@code "WAV (PCM 16 bit)"}
 * @param sampleRateHz its own sample rate
 * @param channels its own number of channels
 * @param durationMs its length; {@link #UNKNOWN_DURATION} as long as a stream that does not say has not been read to its end
 */
public record SourceInfo(String format, int sampleRateHz, int channels, long durationMs) {
    /** The length is not known before the end is reached. */
    public static final long UNKNOWN_DURATION = -1;
}
