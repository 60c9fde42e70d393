package io.github.funasrjava.engine.frontend;

import java.util.Arrays;

/**
 * Low-frame-rate rows of frames that arrive in pieces: the same rows as {@link LowFrameRate#apply} gives for the whole,
 * each as soon as its last frame is there. Holds fewer than m + n frames between calls.
 *
 * <p>For one stream and one thread.
 */
public final class LowFrameRateStream {
    private final LowFrameRate lfr;
    private final int cols;
    /** Frames that later rows need; the first one has number {@code firstFrame}. */
    private Features window;
    private long firstFrame;
    private long nextRow;

    /**
     * Starts a stream.
     *
     * @param cols values per frame
     */
    public LowFrameRateStream(LowFrameRate lfr, int cols) {
        this.lfr = lfr;
        this.cols = cols;
        this.window = Features.none(cols);
    }

    /**
     * Takes the next frames.
     *
     * @param frames {@code [frames, cols]}; may be empty
     * @param last whether the signal ends here; the stream is then ready for the next signal
     * @return the rows that are now complete, {@code [rows, m * cols]}
     */
    public Features accept(Features frames, boolean last) {
        window = join(window, frames);
        long end = firstFrame + window.rows();
        long readyRows = last ? (end + lfr.n() - 1) / lfr.n() : completeRows(end);
        int rows = Math.toIntExact(Math.max(0, readyRows - nextRow));
        float[] out = new float[Math.multiplyExact(Math.multiplyExact(rows, lfr.m()), cols)];
        for (int i = 0; i < rows; i++) {
            long first = (nextRow + i) * lfr.n() - lfr.left();
            lfr.fillRow(window, (int) (first - firstFrame), out, i);
        }
        nextRow += rows;
        if (last) {
            window = Features.none(cols);
            firstFrame = 0;
            nextRow = 0;
        } else {
            dropUnneeded();
        }
        return new Features(out, rows, lfr.m() * cols);
    }

    /** Rows whose frames are all among the first {@code frames} ones. */
    private long completeRows(long frames) {
        long right = lfr.m() - 1 - lfr.left();
        return frames > right ? (frames - right - 1) / lfr.n() + 1 : 0;
    }

    private void dropUnneeded() {
        long keepFrom = Math.max(0, nextRow * lfr.n() - lfr.left());
        // The last frame stays: it is repeated at the end of the signal.
        int drop = (int) Math.clamp(keepFrom - firstFrame, 0, Math.max(0, window.rows() - 1));
        window = new Features(Arrays.copyOfRange(window.data(), drop * cols, window.rows() * cols), window.rows() - drop, cols);
        firstFrame += drop;
    }

    private Features join(Features head, Features tail) {
        if (tail.cols() != cols) {
            throw new IllegalArgumentException("frames have " + tail.cols() + " values, expected " + cols);
        }
        float[] data = Arrays.copyOf(head.data(), Math.multiplyExact(Math.addExact(head.rows(), tail.rows()), cols));
        System.arraycopy(tail.data(), 0, data, head.rows() * cols, tail.rows() * cols);
        return new Features(data, head.rows() + tail.rows(), cols);
    }
}
