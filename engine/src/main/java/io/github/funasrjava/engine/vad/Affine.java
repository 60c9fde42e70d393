package io.github.funasrjava.engine.vad;

/**
 * {@code y = W x + b} in f32 for several rows at once. Every output sums its inputs in fours from the first to the last,
 * whatever the number of rows.
 */
final class Affine {
    /** Rows that share one walk over the weights: their sums stay in the first-level cache. */
    private static final int ROWS = 16;
    /** Columns that are added in one go, so that a sum is loaded and stored once for four products. */
    private static final int COLUMNS = 4;

    private final int in;
    private final int out;
    /** Column k of W, so that the inner loop runs over outputs and needs no horizontal sum; zeros up to a multiple of 4. */
    private final float[][] columns;
    private final float[] bias;

    /**
     * @param weight {@code [out, in]}
     * @param bias {@code [out]}
     */
    Affine(float[] weight, float[] bias, int in) {
        this.in = in;
        this.out = bias.length;
        this.bias = bias;
        this.columns = new float[(in + COLUMNS - 1) / COLUMNS * COLUMNS][out];
        for (int n = 0; n < out; n++) {
            for (int k = 0; k < in; k++) {
                columns[k][n] = weight[n * in + k];
            }
        }
    }

    /**
     * @param x {@code [rows, in]}
     * @param relu whether negative results become 0
     * @return {@code [rows, out]}
     */
    float[] apply(float[] x, int rows, boolean relu) {
        float[] y = new float[rows * out];
        float[][] inputs = new float[ROWS][columns.length];
        float[][] sums = new float[ROWS][out];
        for (int r = 0; r < rows; r += ROWS) {
            int live = Math.min(ROWS, rows - r);
            for (int i = 0; i < live; i++) {
                System.arraycopy(x, (r + i) * in, inputs[i], 0, in);
                System.arraycopy(bias, 0, sums[i], 0, out);
            }
            for (int k = 0; k < columns.length; k += COLUMNS) {
                for (int i = 0; i < live; i++) {
                    addScaled(sums[i], columns[k], columns[k + 1], columns[k + 2], columns[k + 3],
                            inputs[i][k], inputs[i][k + 1], inputs[i][k + 2], inputs[i][k + 3]);
                }
            }
            for (int i = 0; i < live; i++) {
                if (relu) {
                    clampNegative(sums[i]);
                }
                System.arraycopy(sums[i], 0, y, (r + i) * out, out);
            }
        }
        return y;
    }

    /** One store and no offsets: the form that the JIT compiler turns into vector instructions. */
    private static void addScaled(float[] y, float[] c0, float[] c1, float[] c2, float[] c3, float a0, float a1, float a2,
            float a3) {
        for (int i = 0; i < y.length; i++) {
            y[i] += (a0 * c0[i] + a1 * c1[i]) + (a2 * c2[i] + a3 * c3[i]);
        }
    }

    private static void clampNegative(float[] row) {
        for (int i = 0; i < row.length; i++) {
            row[i] = Math.max(0, row[i]);
        }
    }
}
