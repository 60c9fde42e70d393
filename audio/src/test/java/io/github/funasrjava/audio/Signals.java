package io.github.funasrjava.audio;

import java.util.SplittableRandom;

/** Test signals and how far two of them are apart. */
final class Signals {
    private Signals() {}

    static float[] sine(double hz, int rate, int count, double amplitude) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) (amplitude * Math.sin(2 * Math.PI * hz * i / rate));
        }
        return x;
    }

    static float[] noise(int count, double amplitude, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) (amplitude * (2 * random.nextDouble() - 1));
        }
        return x;
    }

    static short[] int16(float[] x) {
        short[] s = new short[x.length];
        for (int i = 0; i < x.length; i++) {
            s[i] = (short) Math.round(x[i] * 32767);
        }
        return s;
    }

    static double power(float[] x, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += (double) x[i] * x[i];
        }
        return sum / (to - from);
    }

    /** Power of what is left of {@code x} when its best fitting sinusoid of that frequency is taken away, and that of the fit. */
    static double[] residualAndTone(float[] x, int from, int to, double hz, int rate) {
        double ss = 0;
        double cc = 0;
        double sc = 0;
        double xs = 0;
        double xc = 0;
        for (int i = from; i < to; i++) {
            double s = Math.sin(2 * Math.PI * hz * i / rate);
            double c = Math.cos(2 * Math.PI * hz * i / rate);
            ss += s * s;
            cc += c * c;
            sc += s * c;
            xs += x[i] * s;
            xc += x[i] * c;
        }
        double det = ss * cc - sc * sc;
        double a = (xs * cc - xc * sc) / det;
        double b = (xc * ss - xs * sc) / det;
        double residual = 0;
        double tone = 0;
        for (int i = from; i < to; i++) {
            double fit = a * Math.sin(2 * Math.PI * hz * i / rate) + b * Math.cos(2 * Math.PI * hz * i / rate);
            residual += (x[i] - fit) * (x[i] - fit);
            tone += fit * fit;
        }
        return new double[] {residual / (to - from), tone / (to - from)};
    }

    static double decibels(double powerRatio) {
        return 10 * Math.log10(powerRatio);
    }
}
