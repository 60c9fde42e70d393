package io.github.funasrjava.audio;

import java.util.Arrays;

/**
 * Applies a {@link ResamplingFilter} to a stream: the samples that it yields do not depend on how the input is cut into blocks.
 * The input counts as zero before its beginning and after its end; {@code len} samples become {@code ceil(n * len / o)}.
 */
final class Resampler {
    private final ResamplingFilter filter;
    /** Input samples from absolute index {@link #windowStart} on; what no later output needs is dropped. */
    private float[] window;
    private int filled;
    private long windowStart;
    private long received;
    private long produced;
    private int phase;
    private long period;

    Resampler(ResamplingFilter filter) {
        this.filter = filter;
        int history = Math.max(0, -filter.first(0));
        window = new float[history + filter.taps() + 4096];
        filled = history;
        windowStart = -history;
    }

    /** The most samples that one call can yield for {@code count} input samples. */
    int maxOutput(int count) {
        return (int) (((long) count + filter.taps()) * filter.outputPeriod() / filter.inputPeriod()) + 2;
    }

    /** Takes {@code count} samples and yields all that can be computed from them; the number written to {@code out}. */
    int push(float[] samples, int count, float[] out) {
        received += count;
        append(samples, count);
        return drain(out, Long.MAX_VALUE);
    }

    /** Yields what remains after the last sample. */
    int finish(float[] out) {
        long n = filter.outputPeriod();
        long o = filter.inputPeriod();
        long total = (n * received + o - 1) / o;
        append(new float[filter.taps() + 1], filter.taps() + 1);
        return drain(out, total - produced);
    }

    private void append(float[] samples, int count) {
        long needed = period * filter.inputPeriod() + filter.first(phase);
        int drop = (int) Math.max(0, Math.min(filled, needed - windowStart));
        System.arraycopy(window, drop, window, 0, filled - drop);
        filled -= drop;
        windowStart += drop;
        if (filled + count > window.length) {
            window = Arrays.copyOf(window, filled + count);
        }
        System.arraycopy(samples, 0, window, filled, count);
        filled += count;
    }

    private int drain(float[] out, long most) {
        int n = 0;
        while (n < most) {
            long at = period * filter.inputPeriod() + filter.first(phase) - windowStart;
            if (at + filter.taps() > filled) {
                break;
            }
            out[n++] = filter.apply(phase, window, (int) at);
            if (++phase == filter.outputPeriod()) {
                phase = 0;
                period++;
            }
        }
        produced += n;
        return n;
    }
}
