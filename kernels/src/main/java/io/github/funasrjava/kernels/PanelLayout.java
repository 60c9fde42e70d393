package io.github.funasrjava.kernels;

/**
 * The one weight layout of every CPU tier: panels of 32 output rows, within a panel groups of K side by side.
 *
 * <p>A logical weight {@code W[n, k]} (PyTorch: {@code y = x W^T}) is stored as {@code [N/32][K/g][32][g]} with
 * {@code g} = {@link DType#kGroup()}: 1 for f32, 2 for bf16, 4 for int8. {@code N} is {@code n} rounded up to 32 and
 * {@code K} is {@code k} rounded up to 32 (f32, bf16) or 64 (int8); the padding is zero. AMX loads such a panel as it
 * is, the Vector API widens a bf16 pair with one shift and one mask, and consecutive panels are independent memory
 * streams.
 *
 * @param dtype how the values are stored
 * @param n logical output rows
 * @param k logical input columns
 */
public record PanelLayout(DType dtype, int n, int k) {
    /** Output rows of one panel. */
    public static final int PANEL_ROWS = 32;

    public PanelLayout {
        if (n <= 0 || k <= 0) {
            throw new IllegalArgumentException("a weight matrix needs positive sizes, got [" + n + ", " + k + "]");
        }
        if (n > Integer.MAX_VALUE - PANEL_ROWS || k > Integer.MAX_VALUE - 64) {
            throw new IllegalArgumentException("weight matrix [" + n + ", " + k + "] is too large");
        }
    }

    /** {@code n} rounded up to whole panels. */
    public int paddedN() {
        return roundUp(n, PANEL_ROWS);
    }

    /** {@code k} rounded up to 32, or to 64 for int8. */
    public int paddedK() {
        return roundUp(k, dtype == DType.INT8 ? 64 : 32);
    }

    /** Number of panels. */
    public int panels() {
        return paddedN() / PANEL_ROWS;
    }

    /** Bytes of one panel. */
    public long panelBytes() {
        return (long) PANEL_ROWS * paddedK() * dtype.bytes();
    }

    /** Bytes of all panels. */
    public long bytes() {
        return panelBytes() * panels();
    }

    /** Byte offset of logical element {@code [row, col]}. */
    public long offset(int row, int col) {
        int g = dtype.kGroup();
        long panel = row / PANEL_ROWS;
        long inPanel = ((long) (col / g) * PANEL_ROWS + row % PANEL_ROWS) * g + col % g;
        return panel * panelBytes() + inPanel * dtype.bytes();
    }

    private static int roundUp(int value, int multiple) {
        return (value + multiple - 1) / multiple * multiple;
    }
}
