package io.github.funasrjava.kernels;

import java.util.Arrays;

/**
 * Where each sequence of a ragged batch begins: sequence {@code s} owns rows {@code start(s)} to {@code start(s + 1)}
 * of the matrices of a batch. Nothing is padded; one sequence is a batch of one span.
 */
public final class RowSpans {
    private final int[] starts;

    private RowSpans(int[] starts) {
        this.starts = starts;
    }

    /** Spans of the given lengths, one after the other from row 0. A length may be 0. */
    public static RowSpans ofLengths(int... lengths) {
        int[] starts = new int[lengths.length + 1];
        for (int s = 0; s < lengths.length; s++) {
            if (lengths[s] < 0) {
                throw new IllegalArgumentException("span " + s + " has length " + lengths[s]);
            }
            starts[s + 1] = Math.addExact(starts[s], lengths[s]);
        }
        return new RowSpans(starts);
    }

    /** Number of sequences. */
    public int count() {
        return starts.length - 1;
    }

    /** First row of sequence {@code s}; {@code start(count())} is the number of rows. */
    public int start(int s) {
        return starts[s];
    }

    /** Rows of sequence {@code s}. */
    public int length(int s) {
        return starts[s + 1] - starts[s];
    }

    /** Rows of all sequences. */
    public int totalRows() {
        return starts[starts.length - 1];
    }

    @Override
    public String toString() {
        return "RowSpans" + Arrays.toString(starts);
    }
}
