package io.github.funasrjava.engine.vad;

import java.util.Arrays;

/** A low quantile of the newest values, kept sorted. */
final class RunningQuantile {
    private final float[] ring;
    private final float[] sorted;
    private final double quantile;
    private int count;
    private int oldest;

    /**
     * @param capacity how many of the newest values count
     * @param quantile 0 is the smallest, 1 the largest
     */
    RunningQuantile(int capacity, double quantile) {
        this.ring = new float[capacity];
        this.sorted = new float[capacity];
        this.quantile = quantile;
    }

    /** Takes a value, which must not be NaN; a full window forgets its oldest one. */
    void add(float value) {
        if (count == ring.length) {
            forgetOldest();
        }
        ring[(oldest + count) % ring.length] = value;
        int at = Arrays.binarySearch(sorted, 0, count, value);
        int place = at < 0 ? -at - 1 : at;
        System.arraycopy(sorted, place, sorted, place + 1, count - place);
        sorted[place] = value;
        count++;
    }

    /** Drops the oldest value. */
    void forgetOldest() {
        int at = Arrays.binarySearch(sorted, 0, count, ring[oldest]);
        System.arraycopy(sorted, at + 1, sorted, at, count - at - 1);
        oldest = (oldest + 1) % ring.length;
        count--;
    }

    int count() {
        return count;
    }

    float value() {
        return sorted[(int) (quantile * (count - 1))];
    }
}
