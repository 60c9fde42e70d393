package io.github.funasrjava.engine.vad;

import java.util.Random;

/** Test material: clean speech with its true 10 ms cells, and stationary noise of several colours to mix in. */
final class NoisySpeech {
    /** Samples per cell. */
    static final int CELL = 160;

    /** What a cell may lie under the level of active speech and still be speech. */
    private static final double RANGE = Math.pow(10, -3.5);
    /** Pauses up to so many cells belong to speech. */
    private static final int PAUSE_CELLS = 30;

    enum Colour {
        WHITE,
        PINK,
        BROWN,
        BLUE,
        MAINS_HUM
    }

    final float[] clean;
    final boolean[] speech;
    private final double activePower;

    NoisySpeech(float[] clean) {
        this.clean = clean;
        double[] power = new double[clean.length / CELL];
        double loudest = 0;
        for (int c = 0; c < power.length; c++) {
            for (int i = c * CELL; i < (c + 1) * CELL; i++) {
                power[c] += (double) clean[i] * clean[i] / CELL;
            }
            loudest = Math.max(loudest, power[c]);
        }
        double sum = 0;
        int active = 0;
        for (double p : power) {
            if (p > loudest * 1e-3) {
                sum += p;
                active++;
            }
        }
        this.activePower = sum / active;
        this.speech = new boolean[power.length];
        int lastSpeech = Integer.MIN_VALUE / 2;
        for (int c = 0; c < power.length; c++) {
            if (power[c] > activePower * RANGE) {
                int from = c - lastSpeech - 1 <= PAUSE_CELLS ? lastSpeech + 1 : c;
                for (int k = from; k <= c; k++) {
                    speech[k] = true;
                }
                lastSpeech = c;
            }
        }
    }

    /** Recordings one after the other, with faintly noisy pauses around and between them. */
    static NoisySpeech sequence(double[] pausesSeconds, float[]... recordings) {
        int length = 0;
        for (int i = 0; i < recordings.length; i++) {
            length += (int) (pausesSeconds[i % pausesSeconds.length] * 16_000) + recordings[i].length;
        }
        float[] all = scaled(noise(Colour.WHITE, length + 16_000, 7), 1e-4);
        int at = 0;
        for (int i = 0; i < recordings.length; i++) {
            at += (int) (pausesSeconds[i % pausesSeconds.length] * 16_000);
            for (float sample : recordings[i]) {
                all[at++] += sample;
            }
        }
        return new NoisySpeech(all);
    }

    /** The speech with noise so many decibels under the power of its active parts. */
    float[] with(Colour colour, double snrDecibel, long seed) {
        float[] mixed = scaled(noise(colour, clean.length, seed), Math.sqrt(activePower / Math.pow(10, snrDecibel / 10)));
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] += clean[i];
        }
        return mixed;
    }

    static float[] scaled(float[] samples, double gain) {
        float[] out = new float[samples.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) (samples[i] * gain);
        }
        return out;
    }

    /** Gaussian noise of power 1. */
    static float[] noise(Colour colour, int length, long seed) {
        Random random = new Random(seed);
        double[] x = new double[length];
        double[] pinkState = new double[3];
        double brown = 0;
        double before = 0;
        for (int i = 0; i < length; i++) {
            double white = random.nextGaussian();
            switch (colour) {
                case WHITE -> x[i] = white;
                case BLUE -> {
                    x[i] = white - before;
                    before = white;
                }
                case BROWN -> {
                    brown = 0.992 * brown + white;
                    x[i] = brown;
                }
                case PINK -> {
                    // Three one-pole filters whose sum falls by about 3 dB per octave.
                    pinkState[0] = 0.998 * pinkState[0] + 0.10 * white;
                    pinkState[1] = 0.963 * pinkState[1] + 0.30 * white;
                    pinkState[2] = 0.570 * pinkState[2] + 1.05 * white;
                    x[i] = pinkState[0] + pinkState[1] + pinkState[2] + 0.18 * white;
                }
                case MAINS_HUM -> {
                    x[i] = 0.5 * white;
                    for (int k = 1; k <= 8; k++) {
                        x[i] += Math.sin(2 * Math.PI * 50 * k * i / 16_000 + k) / k;
                    }
                }
            }
        }
        double power = 0;
        for (double v : x) {
            power += v * v / length;
        }
        float[] out = new float[length];
        for (int i = 0; i < length; i++) {
            out[i] = (float) (x[i] / Math.sqrt(power));
        }
        return out;
    }
}
