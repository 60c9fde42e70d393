package io.github.funasrjava.audio;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * How an input is to be read.
 *
 * @param channel the channel to take, counted from 1; empty for the mean of all channels
 * @param resampling the filter for rates other than 16 kHz
 * @param raw the layout of headerless samples; empty to find the format by content
 * @param strict damage in the middle of a compressed stream is an error; otherwise what can be decoded is decoded, with a warning
 * @param externalDecoder whether {@code ffmpeg} may be started for formats without a decoder here
 * @param limits the bounds of the decode
 */
public record AudioOptions(
        OptionalInt channel,
        Resampling resampling,
        Optional<RawFormat> raw,
        boolean strict,
        boolean externalDecoder,
        AudioLimits limits) {

    /** All channels, reference resampler, format by content, damage tolerated, ffmpeg allowed, default limits. */
    public static final AudioOptions DEFAULT = new AudioOptions(
            OptionalInt.empty(), Resampling.REFERENCE, Optional.empty(), false, true, AudioLimits.DEFAULT);

    public AudioOptions {
        if (channel.isPresent() && channel.getAsInt() < 1) {
            throw new IllegalArgumentException("channels are counted from 1, channel " + channel.getAsInt() + " does not exist");
        }
    }

    /** These options taking one channel, counted from 1. */
    public AudioOptions withChannel(int number) {
        return new AudioOptions(OptionalInt.of(number), resampling, raw, strict, externalDecoder, limits);
    }

    /** These options with another resampling filter. */
    public AudioOptions withResampling(Resampling filter) {
        return new AudioOptions(channel, filter, raw, strict, externalDecoder, limits);
    }

    /** These options for headerless samples. */
    public AudioOptions withRaw(RawFormat format) {
        return new AudioOptions(channel, resampling, Optional.of(format), strict, externalDecoder, limits);
    }

    /** These options with damage treated as an error, or not. */
    public AudioOptions withStrict(boolean on) {
        return new AudioOptions(channel, resampling, raw, on, externalDecoder, limits);
    }

    /** These options with {@code ffmpeg} allowed, or not. */
    public AudioOptions withExternalDecoder(boolean allowed) {
        return new AudioOptions(channel, resampling, raw, strict, allowed, limits);
    }

    /** These options with other limits. */
    public AudioOptions withLimits(AudioLimits bounds) {
        return new AudioOptions(channel, resampling, raw, strict, externalDecoder, bounds);
    }
}
