package io.github.funasrjava.audio;

import java.util.Arrays;

/**
 * The taps of a rational resampler, for one stream (not shared between threads). With {@code g = gcd(in, out)}, {@code o = in / g} input samples become {@code n = out / g}
 * output samples; output {@code j * n + p} is the sum over k of {@code tap[p][k] * in[j * o + first[p] + k]}.
 */
final class ResamplingFilter {
    /** Phases beyond this many taps (rates without a useful common divisor) are computed each time instead of stored. */
    private static final long MAX_STORED_TAPS = 8L << 20;

    /** torchaudio's defaults: six zero crossings on each side, cutoff at 0.99 of the lower Nyquist frequency. */
    private static final double REFERENCE_ROLLOFF = 0.99;
    private static final double REFERENCE_CROSSINGS = 6;

    /** 64 crossings and beta 12.3 give 120 dB and a transition of 0.93 kHz at 16 kHz, from 7.14 to 8.06 kHz. */
    private static final double KAISER_ROLLOFF = 0.95;
    private static final double KAISER_CROSSINGS = 64;
    private static final double KAISER_BETA = 12.3;
    /** Points per crossing of the window table; linear interpolation between them errs by less than -140 dB. */
    private static final int KAISER_TABLE_POINTS = 512;

    private final int in;
    private final int out;
    private final int taps;
    private final double cutoff;
    private final double crossings;
    private final boolean kaiser;
    private final double[] window;
    /** One row of taps per phase, computed when it is first needed: short inputs at odd rates use few of them. */
    private final float[][] table;
    private final float[] unstored;
    private long storedTaps;

    ResamplingFilter(int inRateHz, int outRateHz, Resampling kind) {
        int g = gcd(inRateHz, outRateHz);
        in = inRateHz / g;
        out = outRateHz / g;
        kaiser = kind == Resampling.KAISER;
        crossings = kaiser ? KAISER_CROSSINGS : REFERENCE_CROSSINGS;
        cutoff = Math.min(in, out) * (kaiser ? KAISER_ROLLOFF : REFERENCE_ROLLOFF);
        window = kaiser ? kaiserWindow() : new double[0];
        taps = 2 * (int) Math.ceil(crossings * in / cutoff) + 1;
        table = new float[out][];
        unstored = new float[taps];
    }

    /** Input samples per period. */
    int inputPeriod() {
        return in;
    }

    /** Output samples per period, the number of phases. */
    int outputPeriod() {
        return out;
    }

    /** Taps per phase. */
    int taps() {
        return taps;
    }

    /** Index of the first tap's input sample of phase {@code p}, relative to the period; negative for the first phases. */
    int first(int p) {
        return (int) Math.floor(((double) p / out - crossings / cutoff) * in) + 1;
    }

    /** The sum for phase {@code p} over {@code samples[at ...]}, in one fixed order. */
    float apply(int p, float[] samples, int at) {
        float[] h = row(p);
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int k = 0;
        for (; k + 3 < taps; k += 4) {
            a += h[k] * samples[at + k];
            b += h[k + 1] * samples[at + k + 1];
            c += h[k + 2] * samples[at + k + 2];
            d += h[k + 3] * samples[at + k + 3];
        }
        for (; k < taps; k++) {
            a += h[k] * samples[at + k];
        }
        return a + b + (c + d);
    }

    private float[] row(int p) {
        if (table[p] != null) {
            return table[p];
        }
        boolean store = storedTaps + taps <= MAX_STORED_TAPS;
        float[] row = store ? new float[taps] : unstored;
        if (store) {
            table[p] = row;
            storedTaps += taps;
        }
        int first = first(p);
        for (int k = 0; k < taps; k++) {
            double t = (-(double) p / out + (double) (first + k) / in) * cutoff;
            row[k] = Math.abs(t) >= crossings ? 0 : (float) (cutoff / in * weight(t) * sinc(t));
        }
        return row;
    }

    private double weight(double t) {
        if (kaiser) {
            double x = Math.abs(t) * KAISER_TABLE_POINTS;
            int i = (int) x;
            return window[i] + (x - i) * (window[i + 1] - window[i]);
        }
        double c = Math.cos(Math.PI * t / (2 * crossings));
        return c * c;
    }

    private static double sinc(double t) {
        return t == 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
    }

    private static double[] kaiserWindow() {
        double[] w = new double[(int) KAISER_CROSSINGS * KAISER_TABLE_POINTS + 2];
        Arrays.setAll(w, i -> {
            double x = Math.min(1, i / (KAISER_CROSSINGS * KAISER_TABLE_POINTS));
            return bessel0(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel0(KAISER_BETA);
        });
        return w;
    }

    /** The modified Bessel function I0 by its power series. */
    private static double bessel0(double x) {
        double sum = 1;
        double term = 1;
        for (int k = 1; term > sum * 1e-17; k++) {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }
        return sum;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
