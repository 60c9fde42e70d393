package io.github.funasrjava.kernels.x86;

/**
 * Cuts a number of units of work (panels, rows) into slices for the worker pool: stretches of neighbours, one per
 * thread, and in every stretch large slices first, small ones last, so that threads end together although each slice is
 * a whole call. A slice takes half of what is left of its stretch, within bounds; some are empty. Cut anew for every
 * operation, in place, so that a decoding step allocates nothing.
 */
final class WorkSlices {
    private int units;
    private int stretches = 1;
    private int perStretch;
    private int least;
    private int most;

    /**
     * Cuts.
     *
     * @param newUnits how many there are
     * @param newStretches how many equal stretches
     * @param newLeast fewest units worth a call
     * @param newMost most units of one call, so that calls stay short
     */
    void cut(int newUnits, int newStretches, int newLeast, int newMost) {
        units = newUnits;
        stretches = newStretches;
        least = newLeast;
        most = newMost;
        perStretch = 0;
        int largest = Math.ceilDiv(units, stretches);
        for (int from = 0; from < largest; from += step(largest - from)) {
            perStretch++;
        }
    }

    /** Units that take about so many nanoseconds, at least 1. */
    static int unitsIn(long nanos, long nanosPerUnit) {
        return (int) Math.max(1, nanos / nanosPerUnit);
    }

    /** Most units of a slice. */
    int most() {
        return Math.max(least, most);
    }

    /** Number of slices: the same for every stretch. */
    int count() {
        return stretches * perStretch;
    }

    /** First unit of slice {@code index}; {@code units} from the last slice on. */
    int start(int index) {
        int stretch = perStretch == 0 ? stretches : index / perStretch;
        if (stretch >= stretches) {
            return units;
        }
        int from = (int) ((long) units * stretch / stretches);
        int end = (int) ((long) units * (stretch + 1) / stretches);
        for (int i = index % perStretch; i > 0 && from < end; i--) {
            from += step(end - from);
        }
        return Math.min(from, end);
    }

    /** The stretch that slice {@code index} belongs to. */
    int stretch(int index) {
        return perStretch == 0 ? 0 : index / perStretch;
    }

    /** Number of stretches. */
    int stretches() {
        return stretches;
    }

    /** Whether slice {@code index} reaches the end of its stretch. */
    boolean endsStretch(int index) {
        return start(index + 1) == (int) ((long) units * (stretch(index) + 1) / stretches);
    }

    private int step(int left) {
        return Math.max(least, Math.min(most, left / 2));
    }
}
