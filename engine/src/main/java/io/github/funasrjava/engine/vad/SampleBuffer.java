package io.github.funasrjava.engine.vad;

import java.util.Arrays;

/** The newest samples of a stream, addressed by their number in it. */
final class SampleBuffer {
    private float[] samples = new float[0];
    private int count;
    private long first;

    void append(float[] more, int from, int to) {
        int needed = Math.addExact(count, to - from);
        if (needed > samples.length) {
            samples = Arrays.copyOf(samples, Math.max(needed, samples.length + samples.length / 2));
        }
        System.arraycopy(more, from, samples, count, to - from);
        count = needed;
    }

    /** Number of the sample after the newest. */
    long end() {
        return first + count;
    }

    /** Number of the oldest sample that is kept. */
    long begin() {
        return first;
    }

    void forgetBefore(long sample) {
        int drop = (int) Math.clamp(sample - first, 0, count);
        // Moving is only worth it when much is dropped.
        if (drop > count / 2) {
            System.arraycopy(samples, drop, samples, 0, count - drop);
            count -= drop;
            first += drop;
        }
    }

    float[] copy(long from, long to) {
        return Arrays.copyOfRange(samples, (int) (from - first), (int) (to - first));
    }

    /** The backing samples; sample {@code n} is at {@link #indexOf}. */
    float[] array() {
        return samples;
    }

    int indexOf(long sample) {
        return Math.toIntExact(sample - first);
    }
}
