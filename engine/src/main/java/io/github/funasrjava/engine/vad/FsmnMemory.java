package io.github.funasrjava.engine.vad;

/** The causal memory of one layer: {@code o[t, c] = p[t, c] + sum_j w[c, j] p[t - (order-1) + j, c]}. */
final class FsmnMemory {
    private final int width;
    private final int order;
    /** {@code [order][width]}: tap j of every channel. */
    private final float[][] taps;

    /**
     * @param weight {@code [width, order]}
     */
    FsmnMemory(float[] weight, int width, int order) {
        this.width = width;
        this.order = order;
        this.taps = new float[order][width];
        for (int c = 0; c < width; c++) {
            for (int j = 0; j < order; j++) {
                taps[j][c] = weight[c * order + j];
            }
        }
    }

    /** The rows before a recording's first: zeros. */
    float[] emptyPast() {
        return new float[(order - 1) * width];
    }

    /**
     * @param p {@code [rows, width]}; becomes the result
     * @param past the {@code order - 1} rows before; becomes those before the next call
     */
    void apply(float[] p, int rows, float[] past) {
        int kept = past.length;
        float[] all = new float[kept + rows * width];
        System.arraycopy(past, 0, all, 0, kept);
        System.arraycopy(p, 0, all, kept, rows * width);
        float[] sum = new float[width];
        float[] tapped = new float[width];
        for (int t = 0; t < rows; t++) {
            System.arraycopy(p, t * width, sum, 0, width);
            for (int j = 0; j < order; j++) {
                System.arraycopy(all, (t + j) * width, tapped, 0, width);
                addProducts(sum, taps[j], tapped);
            }
            System.arraycopy(sum, 0, p, t * width, width);
        }
        System.arraycopy(all, rows * width, past, 0, kept);
    }

    private static void addProducts(float[] sum, float[] a, float[] b) {
        int n = Math.min(sum.length, Math.min(a.length, b.length));
        for (int c = 0; c < n; c++) {
            sum[c] += a[c] * b[c];
        }
    }
}
