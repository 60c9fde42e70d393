package io.github.funasrjava.engine.frontend;

/**
 * Power spectrum of a real signal whose length is a power of two, in f32.
 *
 * <p>The even and odd samples are the real and imaginary parts of a complex signal of half the length; its transform is
 * a Stockham one (radix 4, one radix-2 stage where the exponent is odd), which needs no bit reversal. The methods are
 * few and small and called many times per frame: the first recording of a process meets them uncompiled, and the JVM
 * compiles a method after 100 calls at the earliest, however long its loops are (27 ms of CPU time became 20 for the first 10 s of audio).
 */
final class RealFft {
    /** Loop steps per call. */
    private static final int BLOCK = 32;
    private static final int BUTTERFLIES = 8;

    private final int size;
    private final int half;
    /** Per stage and butterfly: the twiddle factors, (re, im) once for radix 2 and three times for radix 4. */
    private final float[][] twiddles;
    /** {@code exp(-2 pi i k / size)}, (re, im) for k below half. */
    private final float[] split;

    /**
     * @param size a power of two, at least 2
     */
    RealFft(int size) {
        if (size < 2 || Integer.bitCount(size) != 1) {
            throw new IllegalArgumentException("FFT size " + size + " is not a power of two");
        }
        this.size = size;
        this.half = size / 2;
        int exponent = Integer.numberOfTrailingZeros(half);
        boolean odd = (exponent & 1) == 1;
        this.twiddles = new float[exponent / 2 + (odd ? 1 : 0)][];
        int length = half;
        for (int stage = 0; stage < twiddles.length; stage++) {
            int radix = odd && stage == 0 ? 2 : 4;
            twiddles[stage] = stageTwiddles(length, radix);
            length /= radix;
        }
        this.split = new float[2 * half];
        for (int k = 0; k < half; k++) {
            double angle = -2 * Math.PI * k / size;
            split[2 * k] = (float) Math.cos(angle);
            split[2 * k + 1] = (float) Math.sin(angle);
        }
    }

    private static float[] stageTwiddles(int length, int radix) {
        int butterflies = length / radix;
        float[] table = new float[butterflies * 2 * (radix - 1)];
        int at = 0;
        for (int p = 0; p < butterflies; p++) {
            for (int j = 1; j < radix; j++) {
                double angle = -2 * Math.PI * j * p / length;
                table[at++] = (float) Math.cos(angle);
                table[at++] = (float) Math.sin(angle);
            }
        }
        return table;
    }

    /** Number of samples. */
    int size() {
        return size;
    }

    /** Buffers that one caller uses over and over. */
    Scratch scratch() {
        return new Scratch(half);
    }

    /** Working memory of one caller. */
    static final class Scratch {
        private float[] re;
        private float[] im;
        private float[] spareRe;
        private float[] spareIm;

        private Scratch(int half) {
            re = new float[half];
            im = new float[half];
            spareRe = new float[half];
            spareIm = new float[half];
        }

        private void swap() {
            float[] r = re;
            float[] i = im;
            re = spareRe;
            im = spareIm;
            spareRe = r;
            spareIm = i;
        }
    }

    /**
     * {@code power[k] = |X[k]|^2} for k from 0 to size/2 - 1 (the Nyquist bin is left out).
     *
     * @param signal at least {@code size} samples
     * @param power at least {@code size / 2} values
     */
    void power(float[] signal, Scratch scratch, float[] power) {
        for (int k = 0; k < half; k += BLOCK) {
            deal(signal, scratch.re, scratch.im, k, Math.min(half, k + BLOCK));
        }
        int stride = 1;
        int length = half;
        for (float[] table : twiddles) {
            if (table.length == length) {
                radix2(scratch.re, scratch.im, scratch.spareRe, scratch.spareIm, table, length / 2, stride);
                length /= 2;
                stride *= 2;
            } else {
                for (int p = 0; p < length / 4; p += BUTTERFLIES) {
                    radix4(scratch, table, p, Math.min(length / 4, p + BUTTERFLIES), stride, half / 4);
                }
                length /= 4;
                stride *= 4;
            }
            scratch.swap();
        }
        float first = scratch.re[0] + scratch.im[0];
        power[0] = first * first;
        for (int k = 1; k < half; k += BLOCK) {
            unravel(scratch.re, scratch.im, power, k, Math.min(half, k + BLOCK));
        }
    }

    private static void deal(float[] signal, float[] re, float[] im, int from, int to) {
        for (int k = from; k < to; k++) {
            re[k] = signal[2 * k];
            im[k] = signal[2 * k + 1];
        }
    }

    private static void radix2(float[] xr, float[] xi, float[] yr, float[] yi, float[] table, int butterflies, int stride) {
        for (int p = 0; p < butterflies; p++) {
            float wr = table[2 * p];
            float wi = table[2 * p + 1];
            for (int q = 0; q < stride; q++) {
                int a = q + stride * p;
                int b = a + stride * butterflies;
                int out = q + stride * 2 * p;
                float dr = xr[a] - xr[b];
                float di = xi[a] - xi[b];
                yr[out] = xr[a] + xr[b];
                yi[out] = xi[a] + xi[b];
                yr[out + stride] = dr * wr - di * wi;
                yi[out + stride] = dr * wi + di * wr;
            }
        }
    }

    private static void radix4(Scratch scratch, float[] table, int from, int to, int stride, int step) {
        float[] xr = scratch.re;
        float[] xi = scratch.im;
        float[] yr = scratch.spareRe;
        float[] yi = scratch.spareIm;
        for (int p = from; p < to; p++) {
            float w1r = table[6 * p];
            float w1i = table[6 * p + 1];
            float w2r = table[6 * p + 2];
            float w2i = table[6 * p + 3];
            float w3r = table[6 * p + 4];
            float w3i = table[6 * p + 5];
            for (int q = 0; q < stride; q++) {
                int in = q + stride * p;
                float ar = xr[in];
                float ai = xi[in];
                float br = xr[in + step];
                float bi = xi[in + step];
                float cr = xr[in + 2 * step];
                float ci = xi[in + 2 * step];
                float dr = xr[in + 3 * step];
                float di = xi[in + 3 * step];
                float acSumR = ar + cr;
                float acSumI = ai + ci;
                float acDifR = ar - cr;
                float acDifI = ai - ci;
                float bdSumR = br + dr;
                float bdSumI = bi + di;
                // i * (b - d)
                float turnedR = di - bi;
                float turnedI = br - dr;
                int out = q + stride * 4 * p;
                yr[out] = acSumR + bdSumR;
                yi[out] = acSumI + bdSumI;
                float r = acDifR - turnedR;
                float i = acDifI - turnedI;
                yr[out + stride] = r * w1r - i * w1i;
                yi[out + stride] = r * w1i + i * w1r;
                r = acSumR - bdSumR;
                i = acSumI - bdSumI;
                yr[out + 2 * stride] = r * w2r - i * w2i;
                yi[out + 2 * stride] = r * w2i + i * w2r;
                r = acDifR + turnedR;
                i = acDifI + turnedI;
                yr[out + 3 * stride] = r * w3r - i * w3i;
                yi[out + 3 * stride] = r * w3i + i * w3r;
            }
        }
    }

    /** From the transform Z of even + i odd samples: X[k] = (Z[k] + Z*[-k]) / 2 - i/2 w^k (Z[k] - Z*[-k]). */
    private void unravel(float[] re, float[] im, float[] power, int from, int to) {
        for (int k = from; k < to; k++) {
            int mirror = half - k;
            float evenR = re[k] + re[mirror];
            float evenI = im[k] - im[mirror];
            float oddR = im[k] + im[mirror];
            float oddI = re[mirror] - re[k];
            float wr = split[2 * k];
            float wi = split[2 * k + 1];
            float r = evenR + (oddR * wr - oddI * wi);
            float i = evenI + (oddR * wi + oddI * wr);
            power[k] = 0.25f * (r * r + i * i);
        }
    }
}
