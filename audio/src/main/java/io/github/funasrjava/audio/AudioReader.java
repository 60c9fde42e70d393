package io.github.funasrjava.audio;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Any audio input to 16 kHz mono samples. The format is found by content, never by name. Stateless; all methods may be
 * called from any thread.
 */
public final class AudioReader {
    /** What a whole decode holds at first; more only as it really comes, whatever the header promises. */
    private static final int FIRST_SAMPLES = 1 << 15;

    private AudioReader() {}

    /**
     * Opens a file for decoding block by block.
     *
     * @throws AudioException when it cannot be opened, is no audio, or its header is damaged or beyond a limit
     */
    public static AudioStream open(Path file, AudioOptions options) {
        return open(ByteInput.open(file, options.limits()), options);
    }

    /**
     * Opens a stream, such as standard input, for decoding block by block; closing the result closes it.
     *
     * @param name what messages call the input
     * @throws AudioException as {@link #open(Path, AudioOptions)}
     */
    public static AudioStream open(InputStream stream, String name, AudioOptions options) {
        return open(ByteInput.of(stream, name, options.limits()), options);
    }

    /**
     * Decodes a whole file into memory.
     *
     * @throws AudioException when it cannot be read, or is longer than {@link AudioLimits#maxWaveformSeconds()}
     */
    public static Waveform read(Path file, AudioOptions options) {
        try (AudioStream stream = open(file, options)) {
            return drain(stream, file.toString(), options.limits());
        }
    }

    /**
     * Decodes a whole stream into memory and closes it.
     *
     * @param name what messages call the input
     * @throws AudioException as {@link #read(Path, AudioOptions)}
     */
    public static Waveform read(InputStream input, String name, AudioOptions options) {
        try (AudioStream stream = open(input, name, options)) {
            return drain(stream, name, options.limits());
        }
    }

    private static AudioStream open(ByteInput input, AudioOptions options) {
        try {
            input.clock().start();
            WarningLog warnings = new WarningLog(options.strict());
            AudioStream stream = new AudioStream(input, source(input, options, warnings), options, warnings);
            input.clock().stop();
            return stream;
        } catch (Throwable t) {
            input.close();
            throw t;
        }
    }

    private static PcmSource source(ByteInput input, AudioOptions options, WarningLog warnings) {
        if (!input.ensure(1)) {
            throw new AudioException(AudioException.Kind.EMPTY, input.name() + ": empty file (0 bytes)");
        }
        if (options.raw().isPresent()) {
            return PcmBlockSource.raw(input, options.raw().get(), options.limits(), warnings);
        }
        return FormatDetector.open(input, options, warnings);
    }

    private static Waveform drain(AudioStream stream, String name, AudioLimits limits) {
        int most = (int) Math.min(limits.maxWaveformSeconds() * Waveform.SAMPLE_RATE_HZ + 1, Integer.MAX_VALUE - 8);
        float[] samples = new float[Math.min(FIRST_SAMPLES, most)];
        int n = 0;
        int got;
        while ((got = stream.read(samples, n, samples.length - n)) >= 0) {
            n += got;
            if (n == samples.length) {
                if (n == most) {
                    throw tooLong(name, limits);
                }
                samples = Arrays.copyOf(samples, (int) Math.min(most, n * 3L / 2));
            }
        }
        return new Waveform(Arrays.copyOf(samples, n), Waveform.SAMPLE_RATE_HZ, stream.source(), stream.warnings());
    }

    private static AudioException tooLong(String name, AudioLimits limits) {
        return AudioException.limit(name, "longer than " + limits.maxWaveformSeconds()
                + " s, too long to be held in memory; read it as a stream or raise the limit maxWaveformSeconds");
    }
}
