package io.github.funasrjava.kernels.vector;

import static io.github.funasrjava.kernels.vector.PanelProducts.LINE;
import static io.github.funasrjava.kernels.vector.PanelProducts.WIDTH;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One worker's attention for a tile of up to 8 queries of one head: scores against panels of keys, softmax, product
 * with panels of values.
 *
 * <p>A score is one chain of fused multiply-adds over the head's columns, the sum over keys is kept per lane, the result
 * is one chain over the visible keys in order. None of these depends on the other queries of the tile.
 */
final class QueryTile {
    private final Lanes lanes;
    private final float[] sums = new float[RowTiles.QUERIES];
    private float[] queries = new float[0];
    private float[] scores = new float[0];
    private float[] weights = new float[0];
    private float[] result = new float[0];

    QueryTile(Lanes lanes) {
        this.lanes = lanes;
    }

    /** Makes room for heads of {@code d} columns and {@code keys} keys. */
    void reserve(int d, int keys) {
        queries = grown(queries, d);
        scores = grown(scores, Math.ceilDiv(keys, WIDTH) * WIDTH);
        weights = grown(weights, keys);
        result = grown(result, Math.ceilDiv(d, WIDTH) * WIDTH);
    }

    private static float[] grown(float[] scratch, int perQuery) {
        int needed = Math.multiplyExact(perQuery, RowTiles.QUERIES);
        return scratch.length >= needed ? scratch : new float[needed + needed / 4];
    }

    /** Where the packed queries {@code [d][height]} go before {@link #attend}. */
    float[] queries() {
        return queries;
    }

    /**
     * Computes the tile; {@link #store} then hands out its rows.
     *
     * @param height 8 or 4
     * @param present queries that exist
     * @param visible for each of them the number of keys that it sees, rising
     * @param keys panels of 32 keys, {@code [d][32]}, from byte {@code keysAt} on, {@code keyPanelBytes} apart
     * @param values panels of 32 columns, {@code [keys][32]}, from byte {@code valuesAt} on, {@code valuePanelBytes} apart
     */
    void attend(int height, int present, int[] visible, int d, float scale, MemorySegment keys, long keysAt, long keyPanelBytes,
            MemorySegment values, long valuesAt, long valuePanelBytes) {
        int lineStride = height * WIDTH;
        int keyPanels = Math.ceilDiv(visible[present - 1], WIDTH);
        Arrays.fill(scores, 0, keyPanels * lineStride, 0);
        for (int p = 0; p < keyPanels; p++) {
            multiply(height, queries, keys, keysAt + p * keyPanelBytes, d, scores, p * lineStride);
        }
        for (int r = 0; r < present; r++) {
            sums[r] = lanes.softmax(scores, r * WIDTH, lineStride, visible[r], scale);
        }
        int common = visible[0];
        packWeights(height, present, common);
        int valuePanels = Math.ceilDiv(d, WIDTH);
        Arrays.fill(result, 0, valuePanels * lineStride, 0);
        for (int p = 0; p < valuePanels; p++) {
            multiply(height, weights, values, valuesAt + p * valuePanelBytes, common, result, p * lineStride);
        }
        // Keys that only the later queries see, one by one: the earlier ones must not touch them, not even with weight 0.
        for (int r = 1; r < present; r++) {
            for (int j = common; j < visible[r]; j++) {
                float weight = scores[j / WIDTH * lineStride + r * WIDTH + j % WIDTH];
                lanes.addScaled(result, r * WIDTH, lineStride, weight, values, valuesAt + j * LINE, valuePanelBytes, valuePanels);
            }
        }
    }

    /** Weights of the keys that all queries see, {@code [keys][height]}. */
    private void packWeights(int height, int present, int keys) {
        Arrays.fill(weights, 0, keys * height, 0);
        for (int r = 0; r < present; r++) {
            for (int line = 0; line < keys; line += WIDTH) {
                int from = line * height + r * WIDTH;
                int to = line * height + r;
                int count = Math.min(WIDTH, keys - line);
                for (int j = 0; j < count; j++) {
                    weights[to + j * height] = scores[from + j];
                }
            }
        }
    }

    private void multiply(int height, float[] a, MemorySegment b, long bAt, int k, float[] c, int cAt) {
        if (height == RowTiles.QUERIES) {
            lanes.tile8(a, 0, b, bAt, k, c, cAt);
        } else {
            lanes.tile4(a, 0, b, bAt, k, c, cAt);
        }
    }

    /** Writes the result of query {@code r} of the tile: {@code d} values. */
    void store(int r, int height, int d, MemorySegment out, long outAt) {
        lanes.divide(result, r * WIDTH, height * WIDTH, sums[r], d, out, outAt);
    }
}
