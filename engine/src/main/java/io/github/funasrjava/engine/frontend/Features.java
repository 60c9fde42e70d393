package io.github.funasrjava.engine.frontend;

/**
 * Acoustic features, one row per frame, rows one after the other.
 *
 * @param data {@code [rows, cols]}, at least {@code rows * cols} values; owned by whoever holds the record
 * @param rows number of frames, may be 0
 * @param cols values per frame
 */
public record Features(float[] data, int rows, int cols) {
    /**
     * @throws IllegalArgumentException if the sizes are negative or the data is too short for them
     */
    public Features {
        if (rows < 0 || cols < 1 || (long) rows * cols > data.length) {
            throw new IllegalArgumentException(
                    "features [" + rows + ", " + cols + "] do not fit into " + data.length + " values");
        }
    }

    /** No frames at all, of the given width. */
    public static Features none(int cols) {
        return new Features(new float[0], 0, cols);
    }

    /** One value. */
    public float at(int row, int col) {
        return data[row * cols + col];
    }
}
