package io.github.funasrjava.kernels.x86;

/**
 * Cuts a number of units of work (panels, rows) into slices for the worker pool: stretches of neighbours, one per
 * thread, and in every stretch large slices first, small ones last, so that threads end together although each slice is
 * a whole call. A slice takes half of what is left of its stretch, within bounds; some are empty. A pure function of
 * its arguments: nothing is stored per matrix.
 *
 * @param units how many there are
 * @param stretches how many equal stretches
 * @param least fewest units worth a call
 * @param most most units of one call, so that calls stay short
 */
record WorkSlices(int units, int stretches, int least, int most) {
    /** Slices that take about {@code shortest} to {@code longest} nanoseconds each. */
    static WorkSlices timed(int units, int stretches, long nanosPerUnit, long shortest, long longest) {
        return new WorkSlices(units, stretches, (int) Math.max(1, shortest / nanosPerUnit),
                (int) Math.max(1, longest / nanosPerUnit));
    }

    /** Number of slices: the same for every stretch. */
    int count() {
        return stretches * perStretch();
    }

    private int perStretch() {
        int largest = Math.ceilDiv(units, stretches);
        int count = 0;
        for (int from = 0; from < largest; from += step(largest - from)) {
            count++;
        }
        return count;
    }

    /** First unit of slice {@code index}; {@code units} from the last slice on. */
    int start(int index) {
        int perStretch = perStretch();
        int stretch = index / perStretch;
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

    private int step(int left) {
        return Math.max(least, Math.min(most, left / 2));
    }
}
