package io.github.funasrjava.engine.frontend;

import java.util.Objects;

/**
 * Log mel filter-bank features as Kaldi computes them, without dither: per frame the mean is removed, the signal
 * pre-emphasised by 0.97, weighted with a symmetric Hamming window, zero-padded to a power of two, and the power
 * spectrum is summed by triangular mel filters.
 *
 * <p>Samples are in [-1, 1) and are scaled by 32768, as Kaldi expects 16-bit values. A signal shorter than one frame,
 * but of at least two samples, gives one frame as long as the signal; fewer samples give none. The dither of the
 * reference (random noise of one LSB) is left out, so features are reproducible.
 *
 * <p>Immutable; instances may be shared between threads.
 */
public final class KaldiFbank {
    private static final float SCALE = 32768f;
    private static final float PRE_EMPHASIS = 0.97f;
    /** Smallest energy whose logarithm is taken: the spacing of f32 at 1. */
    private static final float ENERGY_FLOOR = 1.1920929e-07f;

    private final FrontendConfig config;
    private final FrameAnalysis analysis;

    /** Prepares window, filters and transform for a configuration. */
    public KaldiFbank(FrontendConfig config) {
        this.config = config;
        this.analysis = new FrameAnalysis(config, config.frameLength());
    }

    /** The configuration. */
    public FrontendConfig config() {
        return config;
    }

    /** Number of frames that {@code samples} samples give. */
    public int frames(long samples) {
        if (samples < 2) {
            return 0;
        }
        if (samples < config.frameLength()) {
            return 1;
        }
        return Math.toIntExact(1 + (samples - config.frameLength()) / config.frameShift());
    }

    /**
     * Features of a whole signal.
     *
     * @param samples mono, in [-1, 1)
     * @return {@code [frames, n_mels]}
     */
    public Features compute(float[] samples) {
        return compute(samples, 0, samples.length);
    }

    /**
     * Features of {@code samples[from .. to - 1]} taken as a whole signal.
     *
     * @return {@code [frames, n_mels]}
     * @throws IndexOutOfBoundsException if the range is not inside the array
     */
    public Features compute(float[] samples, int from, int to) {
        Objects.checkFromToIndex(from, to, samples.length);
        int frames = frames(to - from);
        int length = Math.min(config.frameLength(), to - from);
        FrameAnalysis frame = frames == 0 || length == config.frameLength() ? analysis : new FrameAnalysis(config, length);
        float[] out = new float[frames * config.melBins()];
        frame.analyse(samples, from, frames, out);
        return new Features(out, frames, config.melBins());
    }

    /** Tables for frames of one length; short signals get their own. */
    private static final class FrameAnalysis {
        /** Loop steps per call: small methods that are called often are compiled early. */
        private static final int BLOCK = 32;

        private final int length;
        private final int shift;
        private final float[] window;
        private final RealFft fft;
        private final MelFilterBank filters;

        FrameAnalysis(FrontendConfig config, int length) {
            this.length = length;
            this.shift = config.frameShift();
            this.fft = new RealFft(powerOfTwoAtLeast(length));
            this.filters = new MelFilterBank(config.melBins(), fft.size(), config.sampleRateHz());
            this.window = hamming(length);
        }

        private static int powerOfTwoAtLeast(int length) {
            return Math.max(2, Integer.highestOneBit(length - 1) << 1);
        }

        private static float[] hamming(int length) {
            float[] window = new float[length];
            for (int i = 0; i < length; i++) {
                window[i] = (float) (0.54 - 0.46 * Math.cos(2 * Math.PI * i / (length - 1)));
            }
            return window;
        }

        void analyse(float[] samples, int from, int frames, float[] out) {
            float[] frame = new float[fft.size()];
            float[] power = new float[fft.size() / 2];
            RealFft.Scratch scratch = fft.scratch();
            for (int t = 0; t < frames; t++) {
                shape(samples, from + t * shift, frame);
                fft.power(frame, scratch, power);
                filters.logEnergies(power, out, t * filters.bins(), ENERGY_FLOOR);
            }
        }

        private void shape(float[] samples, int start, float[] frame) {
            double sum = 0;
            for (int i = 0; i < length; i += BLOCK) {
                sum += sum(samples, start + i, start + Math.min(length, i + BLOCK));
            }
            float mean = (float) (sum * SCALE / length);
            for (int i = 0; i < length; i += BLOCK) {
                weigh(samples, start, mean, frame, i, Math.min(length, i + BLOCK));
            }
        }

        private static double sum(float[] samples, int from, int to) {
            double sum = 0;
            for (int i = from; i < to; i++) {
                sum += samples[i];
            }
            return sum;
        }

        private void weigh(float[] samples, int start, float mean, float[] frame, int from, int to) {
            float previous = samples[start + Math.max(0, from - 1)] * SCALE - mean;
            for (int i = from; i < to; i++) {
                float sample = samples[start + i] * SCALE - mean;
                frame[i] = (sample - PRE_EMPHASIS * previous) * window[i];
                previous = sample;
            }
        }
    }
}
