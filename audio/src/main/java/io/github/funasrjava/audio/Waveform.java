package io.github.funasrjava.audio;

import java.util.List;

/**
 * A whole recording in memory, ready for the model.
 *
 * @param samples mono, nominally in [-1, 1) (an int16 sample divided by 32768); the array is not copied
 * @param sampleRateHz always {@link #SAMPLE_RATE_HZ}
 * @param source what the input was
 * @param warnings what was odd about it
 */
public record Waveform(float[] samples, int sampleRateHz, SourceInfo source, List<AudioWarning> warnings) {
    /** The rate that the model's front end expects. */
    public static final int SAMPLE_RATE_HZ = 16_000;

    public Waveform {
        if (sampleRateHz != SAMPLE_RATE_HZ) {
            throw new IllegalArgumentException("a waveform has " + SAMPLE_RATE_HZ + " Hz, not " + sampleRateHz);
        }
        warnings = List.copyOf(warnings);
    }

    /** Length in milliseconds, rounded down. */
    public long durationMs() {
        return samples.length * 1000L / sampleRateHz;
    }
}
