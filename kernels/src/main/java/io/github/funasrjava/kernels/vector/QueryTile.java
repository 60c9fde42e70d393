package io.github.funasrjava.kernels.vector;

import static io.github.funasrjava.kernels.vector.PanelProducts.LINE;

import io.github.funasrjava.kernels.internal.Scratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One worker's attention for a tile of up to 12 queries of one head: scores against panels of keys, softmax, product
 * with panels of values.
 *
 * <p>A score is one chain of fused multiply-adds over the head's columns, the sum over keys is kept per lane, the result
 * is one chain over the visible keys in order. None of these depends on the other queries of the tile.
 */
final class QueryTile {
    private static final int QUERIES_SLOT = 0;
    private static final int SCORES_SLOT = 1;
    private static final int WEIGHTS_SLOT = 2;
    private static final int RESULT_SLOT = 3;

    private final Lanes lanes;
    private final Scratch scratch = new Scratch(4);
    private final float[] sums = new float[RowTiles.LARGE];
    private MemorySegment scores = MemorySegment.NULL;
    private MemorySegment weights = MemorySegment.NULL;

    QueryTile(Lanes lanes) {
        this.lanes = lanes;
    }

    void close() {
        scratch.close();
    }

    /** Makes room for heads of {@code d} columns and {@code keys} keys. */
    void reserve(int d, int keys) {
        scratch.get(QUERIES_SLOT, (long) d * RowTiles.LARGE * Float.BYTES);
        scores = scratch.get(SCORES_SLOT, Math.ceilDiv(keys, 32) * RowTiles.LARGE * LINE);
        weights = scratch.get(WEIGHTS_SLOT, (long) keys * RowTiles.LARGE * Float.BYTES);
        scratch.get(RESULT_SLOT, Math.ceilDiv(d, 32) * RowTiles.LARGE * LINE);
    }

    /** Where the packed queries {@code [d][height]} go before {@link #attend}. */
    MemorySegment queries() {
        return scratch.get(QUERIES_SLOT);
    }

    /**
     * Computes the tile; {@link #store} then hands out its rows.
     *
     * @param height 12 or 4
     * @param present queries that exist
     * @param visible for each of them the number of keys that it sees, rising
     * @param keys panels of 32 keys, {@code [d][32]}, from byte {@code keysAt} on, {@code keyPanelBytes} apart
     * @param values panels of 32 columns, {@code [keys][32]}, from byte {@code valuesAt} on, {@code valuePanelBytes} apart
     */
    void attend(int height, int present, int[] visible, int d, float scale, MemorySegment keys, long keysAt, long keyPanelBytes,
            MemorySegment values, long valuesAt, long valuePanelBytes) {
        long scorePanel = height * LINE;
        int keyPanels = Math.ceilDiv(visible[present - 1], 32);
        lanes.clear(scores, 0, keyPanels * height);
        for (int p = 0; p < keyPanels; p++) {
            multiply(height, queries(), keys, keysAt + p * keyPanelBytes, d, scores, p * scorePanel);
        }
        for (int r = 0; r < present; r++) {
            sums[r] = lanes.softmax(scores, r * LINE, scorePanel, visible[r], scale);
        }
        int common = visible[0];
        for (int p = 0; p < Math.ceilDiv(common, 32); p++) {
            lanes.packRows(scores, p * scorePanel, LINE, present, Math.min(32, common - 32 * p), weights,
                    32L * p * height * Float.BYTES, height);
        }
        MemorySegment result = scratch.get(RESULT_SLOT);
        int valuePanels = Math.ceilDiv(d, 32);
        lanes.clear(result, 0, valuePanels * height);
        for (int p = 0; p < valuePanels; p++) {
            multiply(height, weights, values, valuesAt + p * valuePanelBytes, common, result, p * scorePanel);
        }
        // Keys that only the later queries see, one by one: the earlier ones must not touch them, not even with weight 0.
        for (int r = 1; r < present; r++) {
            for (int j = common; j < visible[r]; j++) {
                float weight = scores.get(ValueLayout.JAVA_FLOAT, j / 32 * scorePanel + r * LINE + j % 32 * 4L);
                lanes.addScaled(result, r * LINE, scorePanel, weight, values, valuesAt + j * LINE, valuePanelBytes, valuePanels);
            }
        }
    }

    private void multiply(int height, MemorySegment a, MemorySegment b, long bAt, int k, MemorySegment c, long cAt) {
        if (height == RowTiles.LARGE) {
            lanes.tile12(a, 0, b, bAt, k, c, cAt);
        } else {
            lanes.tile4(a, 0, b, bAt, k, c, cAt);
        }
    }

    /** Writes the result of query {@code r} of the tile: {@code d} values. */
    void store(int r, int height, int d, MemorySegment out, long outAt) {
        lanes.divide(scratch.get(RESULT_SLOT), r * LINE, height * LINE, sums[r], d, out, outAt);
    }
}
