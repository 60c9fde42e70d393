package io.github.funasrjava.kernels.vector;

import static io.github.funasrjava.kernels.vector.PanelProducts.BLOCK_K;
import static io.github.funasrjava.kernels.vector.PanelProducts.WIDTH;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One worker's attention for up to 32 queries of one head, which stand side by side in the lanes: {@code scores[keys][32] =
 * K Q^T}, softmax down the columns, {@code result[d][32] = V^T scores}. So the weights of the keys come out of the softmax
 * as the second product reads them.
 *
 * <p>A score is one chain of fused multiply-adds over the head's columns, the result one over the keys in order, and the
 * sum of the weights takes the keys in an order of their own. None of these depends on the other queries of the panel.
 */
final class QueryPanel {
    private final Lanes lanes;
    private final float[] sums = new float[WIDTH];
    private int d;
    private int present;
    private float[] queries = new float[0];
    private float[] scores = new float[0];
    private float[] result = new float[0];

    QueryPanel(Lanes lanes) {
        this.lanes = lanes;
    }

    /** Makes room for heads of {@code newD} columns, {@code paddedD} in whole tiles, and {@code keys} keys in whole tiles. */
    void reserve(int newD, int paddedD, int keys) {
        d = newD;
        queries = grown(queries, d);
        scores = grown(scores, keys);
        result = grown(result, paddedD);
    }

    private static float[] grown(float[] scratch, int lines) {
        int needed = Math.multiplyExact(lines, WIDTH);
        return scratch.length >= needed ? scratch : new float[needed + needed / 4];
    }

    /** Takes {@code count} queries, {@code rowBytes} apart; the lanes of missing ones are 0. */
    void take(MemorySegment q, long qAt, long rowBytes, int count) {
        present = count;
        lanes.packRows(q, qAt, rowBytes, count, d, queries, 0, WIDTH);
    }

    /**
     * Computes the result of all queries.
     *
     * @param keyTiles how the keys are cut
     * @param keys {@code [d][height]} for each tile of keys, from {@code keysAt} on
     * @param columns how the head's columns are cut
     * @param values {@code [keys][height]} for each tile of columns, from {@code valuesAt} on
     */
    void attend(RowTiles keyTiles, float[] keys, int keysAt, RowTiles columns, float[] values, int valuesAt, float scale) {
        int count = keyTiles.rows();
        Arrays.fill(scores, 0, keyTiles.paddedRows() * WIDTH, 0);
        for (int tile = 0; tile < keyTiles.count(); tile++) {
            int start = keyTiles.start(tile);
            multiply(keyTiles.height(tile), keys, keysAt + start * d, queries, 0, d, scores, start * WIDTH);
        }
        lanes.softmaxColumns(scores, count, scale, sums);
        Arrays.fill(result, 0, columns.paddedRows() * WIDTH, 0);
        for (int from = 0; from < count; from += BLOCK_K) {
            int block = Math.min(BLOCK_K, count - from);
            for (int tile = 0; tile < columns.count(); tile++) {
                int start = columns.start(tile);
                int height = columns.height(tile);
                multiply(height, values, valuesAt + start * count + from * height, scores, from * WIDTH, block, result, start * WIDTH);
            }
        }
    }

    private void multiply(int height, float[] a, int aAt, float[] b, int bAt, int k, float[] c, int cAt) {
        if (height == RowTiles.LINEAR) {
            lanes.tile12(a, aAt, b, bAt, k, c, cAt);
        } else {
            lanes.tile4(a, aAt, b, bAt, k, c, cAt);
        }
    }

    /** Writes the results of the queries taken, {@code rowBytes} apart. */
    void store(MemorySegment out, long outAt, long rowBytes) {
        lanes.divideColumns(result, d, sums, present, out, outAt, rowBytes);
    }
}
