package io.github.funasrjava.engine.frontend;

/**
 * Joins neighbouring frames into wider rows at a lower rate: row i is the concatenation of frames
 * {@code n*i - (m-1)/2} to {@code n*i - (m-1)/2 + m - 1}; the first and the last frame stand in for those outside.
 *
 * @param m frames per row
 * @param n frames from one row to the next
 */
public record LowFrameRate(int m, int n) {
    /**
     * @throws IllegalArgumentException if a number is below 1
     */
    public LowFrameRate {
        if (m < 1 || n < 1) {
            throw new IllegalArgumentException("lfr_m " + m + " and lfr_n " + n + " must be positive");
        }
    }

    /** Low frame rate of a configuration. */
    public static LowFrameRate of(FrontendConfig config) {
        return new LowFrameRate(config.lfrM(), config.lfrN());
    }

    /** Rows that {@code frames} frames give. */
    public int rows(int frames) {
        return (int) (((long) frames + n - 1) / n);
    }

    /** Frames before frame {@code n*i} in row i. */
    int left() {
        return (m - 1) / 2;
    }

    /**
     * @param frames {@code [frames, n_mels]}
     * @return {@code [rows(frames), m * n_mels]}
     */
    public Features apply(Features frames) {
        int rows = rows(frames.rows());
        float[] out = new float[Math.multiplyExact(Math.multiplyExact(rows, m), frames.cols())];
        for (int i = 0; i < rows; i++) {
            fillRow(frames, n * i - left(), out, i);
        }
        return new Features(out, rows, m * frames.cols());
    }

    /** Row {@code row} of out: m frames from {@code first} on, clamped to those that there are. */
    void fillRow(Features frames, int first, float[] out, int row) {
        int cols = frames.cols();
        for (int j = 0; j < m; j++) {
            int source = Math.clamp(first + j, 0, frames.rows() - 1);
            System.arraycopy(frames.data(), source * cols, out, (row * m + j) * cols, cols);
        }
    }
}
