package io.github.funasrjava.kernels.x86;

/**
 * Cuts a number of units of work (panels, rows) into slices for the worker pool: large ones first, small ones last, so
 * that threads end together although each slice is a whole call. Slice {@code i} takes one in {@code 2 * threads} of
 * what is left, within bounds. A pure function of its arguments: nothing is stored per matrix.
 *
 * @param units how many there are
 * @param threads threads that share them
 * @param least fewest units worth a call
 * @param most most units of one call, so that calls stay short
 */
record WorkSlices(int units, int threads, int least, int most) {
    /** Slices that take about {@code shortest} to {@code longest} nanoseconds each. */
    static WorkSlices timed(int units, int threads, long nanosPerUnit, long shortest, long longest) {
        return new WorkSlices(units, threads, (int) Math.max(1, shortest / nanosPerUnit),
                (int) Math.max(1, longest / nanosPerUnit));
    }

    /** Number of slices. */
    int count() {
        int count = 0;
        for (int from = 0; from < units; from += step(from)) {
            count++;
        }
        return count;
    }

    /** First unit of slice {@code index}; {@code units} from the last slice on. */
    int start(int index) {
        int from = 0;
        for (int i = 0; i < index && from < units; i++) {
            from += step(from);
        }
        return Math.min(from, units);
    }

    private int step(int from) {
        int share = (units - from) / (2 * threads);
        return threads == 1 ? most : Math.max(least, Math.min(most, share));
    }
}
