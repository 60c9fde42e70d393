package io.github.funasrjava.engine.frontend;

import java.util.Arrays;

/** Kaldi's triangular filters, linear in mel from 20 Hz to half the sample rate; only their non-zero weights are kept. */
final class MelFilterBank {
    private static final double LOW_HZ = 20;

    private final int bins;
    /** Filter b uses spectrum bins from[b] to from[b] + (at[b+1] - at[b]) - 1 and the weights from at[b] on. */
    private final int[] from;
    private final int[] at;
    private final float[] weights;

    MelFilterBank(int bins, int fftSize, int sampleRateHz) {
        this.bins = bins;
        this.from = new int[bins];
        this.at = new int[bins + 1];
        double low = mel(LOW_HZ);
        double width = (mel(sampleRateHz / 2.0) - low) / (bins + 1);
        int spectrum = fftSize / 2;
        double[] mels = new double[spectrum];
        for (int k = 0; k < spectrum; k++) {
            mels[k] = mel((double) k * sampleRateHz / fftSize);
        }
        float[] kept = new float[3 * spectrum];
        int count = 0;
        int first = 0;
        for (int b = 0; b < bins; b++) {
            double left = low + b * width;
            double right = left + 2 * width;
            while (first < spectrum && mels[first] <= left) {
                first++;
            }
            from[b] = first;
            for (int k = first; k < spectrum && mels[k] < right; k++) {
                kept[count++] = (float) Math.min((mels[k] - left) / width, (right - mels[k]) / width);
            }
            at[b + 1] = count;
        }
        this.weights = Arrays.copyOf(kept, count);
    }

    private static double mel(double hz) {
        return 1127 * Math.log(1 + hz / 700);
    }

    int bins() {
        return bins;
    }

    /** Writes the natural logarithm of every filter's energy, floored, to {@code out[offset ..]}. */
    void logEnergies(float[] power, float[] out, int offset, float floor) {
        for (int b = 0; b < bins; b++) {
            out[offset + b] = (float) Math.log(Math.max(energy(power, b), floor));
        }
    }

    private float energy(float[] power, int b) {
        int end = at[b + 1];
        int shift = from[b] - at[b];
        float sum = 0;
        for (int i = at[b]; i < end; i++) {
            sum += weights[i] * power[i + shift];
        }
        return sum;
    }
}
