package io.github.funasrjava.engine.vad;

import java.util.Arrays;

/**
 * {@code y = W x + b} in f32 for several rows at once. Every output sums its inputs in pairs from the first to the last,
 * whatever the number of rows.
 */
final class Affine {
    private static final int ROWS = 4;

    private final int in;
    private final int out;
    /** Column k of W, so that the inner loop runs over outputs and needs no horizontal sum; an even number of them. */
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
        this.columns = new float[in + (in & 1)][out];
        for (int n = 0; n < out; n++) {
            for (int k = 0; k < in; k++) {
                columns[k][n] = weight[n * in + k];
            }
        }
    }

    int out() {
        return out;
    }

    /**
     * @param x {@code [rows, in]}
     * @param relu whether negative results become 0
     * @return {@code [rows, out]}
     */
    float[] apply(float[] x, int rows, boolean relu) {
        float[] y = new float[rows * out];
        float[][] block = new float[ROWS][out];
        for (int r = 0; r < rows; r += ROWS) {
            int live = Math.min(ROWS, rows - r);
            for (float[] row : block) {
                System.arraycopy(bias, 0, row, 0, out);
            }
            accumulate(x, r, live, block);
            for (int i = 0; i < live; i++) {
                if (relu) {
                    clampNegative(block[i]);
                }
                System.arraycopy(block[i], 0, y, (r + i) * out, out);
            }
        }
        return y;
    }

    private void accumulate(float[] x, int row, int live, float[][] block) {
        int[] at = new int[ROWS];
        Arrays.setAll(at, i -> (row + Math.min(i, live - 1)) * in);
        for (int k = 0; k < in; k += 2) {
            // The odd input of an odd width is a zero column times any value that is there.
            int odd = Math.min(k + 1, in - 1);
            addScaled(block, columns[k], columns[k + 1],
                    x[at[0] + k], x[at[0] + odd], x[at[1] + k], x[at[1] + odd],
                    x[at[2] + k], x[at[2] + odd], x[at[3] + k], x[at[3] + odd]);
        }
    }

    private static void addScaled(float[][] y, float[] even, float[] odd, float a0, float b0, float a1, float b1,
            float a2, float b2, float a3, float b3) {
        float[] y0 = y[0];
        float[] y1 = y[1];
        float[] y2 = y[2];
        float[] y3 = y[3];
        for (int i = 0; i < y0.length; i++) {
            float e = even[i];
            float o = odd[i];
            y0[i] += a0 * e + b0 * o;
            y1[i] += a1 * e + b1 * o;
            y2[i] += a2 * e + b2 * o;
            y3[i] += a3 * e + b3 * o;
        }
    }

    private static void clampNegative(float[] row) {
        for (int i = 0; i < row.length; i++) {
            row[i] = Math.max(0, row[i]);
        }
    }
}
