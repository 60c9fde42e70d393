package io.github.funasrjava.audio;

import java.time.Duration;

/**
 * The bounds of a decode; every one is named in the error that it causes.
 *
 * @param maxFileBytes bytes read from one input
 * @param maxDecodedSeconds audio taken from one input, streamed or not
 * @param maxWaveformSeconds audio held in memory at once by {@link AudioReader#read}; 230 MB per hour
 * @param maxChannels channels of one input
 * @param minSampleRateHz lowest sample rate
 * @param maxSampleRateHz highest sample rate
 * @param maxHeaderBytes bytes of metadata before the first sample (a picture in a tag counts)
 * @param maxDecodeTime time spent decoding one input, without waiting for its bytes or for the caller
 */
public record AudioLimits(
        long maxFileBytes,
        long maxDecodedSeconds,
        long maxWaveformSeconds,
        int maxChannels,
        int minSampleRateHz,
        int maxSampleRateHz,
        long maxHeaderBytes,
        Duration maxDecodeTime) {

    /** 64 GiB, 48 h streamed, 1 h in memory, 32 channels, 4 to 384 kHz, 64 MiB of metadata, 1 h of decoding. */
    public static final AudioLimits DEFAULT =
            new AudioLimits(64L << 30, 48 * 3600, 3600, 32, 4_000, 384_000, 64L << 20, Duration.ofHours(1));

    public AudioLimits {
        requirePositive("maxFileBytes", maxFileBytes);
        requirePositive("maxDecodedSeconds", maxDecodedSeconds);
        requirePositive("maxWaveformSeconds", maxWaveformSeconds);
        requirePositive("maxChannels", maxChannels);
        requirePositive("minSampleRateHz", minSampleRateHz);
        requirePositive("maxSampleRateHz", maxSampleRateHz - (long) minSampleRateHz + 1);
        requirePositive("maxHeaderBytes", maxHeaderBytes);
        requirePositive("maxDecodeTime", maxDecodeTime.toNanos());
    }

    private static void requirePositive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException("audio limit " + name + " must be positive");
        }
    }

    /** These limits with another bound on the bytes of an input. */
    public AudioLimits withMaxFileBytes(long bytes) {
        return new AudioLimits(bytes, maxDecodedSeconds, maxWaveformSeconds, maxChannels, minSampleRateHz, maxSampleRateHz,
                maxHeaderBytes, maxDecodeTime);
    }

    /** These limits with another bound on the decoded length. */
    public AudioLimits withMaxDecodedSeconds(long seconds) {
        return new AudioLimits(maxFileBytes, seconds, maxWaveformSeconds, maxChannels, minSampleRateHz, maxSampleRateHz,
                maxHeaderBytes, maxDecodeTime);
    }

    /** These limits with another bound on what {@link AudioReader#read} holds in memory. */
    public AudioLimits withMaxWaveformSeconds(long seconds) {
        return new AudioLimits(maxFileBytes, maxDecodedSeconds, seconds, maxChannels, minSampleRateHz, maxSampleRateHz,
                maxHeaderBytes, maxDecodeTime);
    }

    /** These limits with another bound on the time spent decoding. */
    public AudioLimits withMaxDecodeTime(Duration time) {
        return new AudioLimits(maxFileBytes, maxDecodedSeconds, maxWaveformSeconds, maxChannels, minSampleRateHz,
                maxSampleRateHz, maxHeaderBytes, time);
    }

    void checkChannels(String name, long channels) {
        if (channels <= 0) {
            throw AudioException.corrupt(name, "the header says " + channels + " channels");
        }
        if (channels > maxChannels) {
            throw AudioException.limit(name, channels + " channels; at most " + maxChannels + " are accepted (limit maxChannels)");
        }
    }

    void checkRate(String name, long sampleRateHz) {
        if (sampleRateHz < minSampleRateHz || sampleRateHz > maxSampleRateHz) {
            throw AudioException.corrupt(name, "sample rate " + sampleRateHz + " Hz; accepted are " + minSampleRateHz
                    + " to " + maxSampleRateHz + " Hz");
        }
    }
}
