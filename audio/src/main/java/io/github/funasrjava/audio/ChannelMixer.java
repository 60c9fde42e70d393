package io.github.funasrjava.audio;

import java.util.OptionalInt;

/** Makes one channel of many, and keeps the count of samples that are no numbers. */
final class ChannelMixer {
    /** Magnitudes above this are no samples of any format (int16 values stored as float stay below it). */
    private static final float MAX_MAGNITUDE = 65536f;
    /** Magnitudes above this are no overshoot of a lossy codec. */
    private static final float USUAL_MAGNITUDE = 8f;
    /** Below this mean square (-80 dB) cancelling is not worth a word. */
    private static final double QUIET = 1e-8;

    private final int channels;
    private final OptionalInt only;
    private long frames;
    private long nonFinite;
    private long outOfRange;
    private double mixEnergy;
    private double channelEnergy;

    /** @param only the channel to take, counted from 1; empty for the mean of all */
    ChannelMixer(String name, int channels, OptionalInt only) {
        if (only.isPresent() && only.getAsInt() > channels) {
            throw new AudioException(AudioException.Kind.UNSUPPORTED, name + ": channel " + only.getAsInt() + " was asked for; the input has "
                    + channels);
        }
        this.channels = channels;
        this.only = only;
    }

    /** Mixes {@code count} interleaved frames into the beginning of {@code mono}. */
    void mix(float[] interleaved, int count, float[] mono) {
        clean(interleaved, count * channels);
        frames += count;
        if (channels == 1) {
            System.arraycopy(interleaved, 0, mono, 0, count);
        } else if (only.isPresent()) {
            for (int i = 0, p = only.getAsInt() - 1; i < count; i++, p += channels) {
                mono[i] = interleaved[p];
            }
        } else {
            mean(interleaved, count, mono);
        }
    }

    private void mean(float[] interleaved, int count, float[] mono) {
        double mixed = 0;
        double single = 0;
        for (int i = 0, p = 0; i < count; i++) {
            double sum = 0;
            for (int c = 0; c < channels; c++, p++) {
                float x = interleaved[p];
                sum += x;
                single += (double) x * x;
            }
            float m = (float) (sum / channels);
            mono[i] = m;
            mixed += (double) m * m;
        }
        mixEnergy += mixed;
        channelEnergy += single / channels;
    }

    private void clean(float[] samples, int count) {
        for (int i = 0; i < count; i++) {
            float magnitude = Math.abs(samples[i]);
            if (!(magnitude <= USUAL_MAGNITUDE)) {
                if (magnitude <= MAX_MAGNITUDE) {
                    outOfRange++;
                } else {
                    samples[i] = 0;
                    nonFinite++;
                }
            }
        }
    }

    /**
     * Adds what was seen. Channels without relation give a mixed energy of 1/C of the channels' mean energy, equal ones 1,
     * opposite ones 0; less than half of 1/C means that correlation is below -0.5.
     */
    void report(String name, WarningLog warnings) {
        if (nonFinite > 0) {
            warnings.replace(AudioWarning.Code.NON_FINITE_SAMPLES, name + ": " + nonFinite
                    + " sample(s) are not numbers, infinite or beyond all measure and were replaced by 0", nonFinite);
        }
        if (outOfRange > 0) {
            warnings.replace(AudioWarning.Code.OUT_OF_RANGE_SAMPLES, name + ": " + outOfRange
                    + " sample(s) are far outside -1..1; the recording seems to be scaled wrongly", outOfRange);
        }
        if (frames > 0 && channelEnergy / frames > QUIET && mixEnergy < channelEnergy / (2 * channels)) {
            warnings.replace(AudioWarning.Code.ANTI_CORRELATED_CHANNELS, name + ": the " + channels
                    + " channels cancel each other when they are averaged (inverted phase); choose one of them", 1);
        }
    }
}
