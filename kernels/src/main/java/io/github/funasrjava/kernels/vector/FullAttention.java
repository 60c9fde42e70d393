package io.github.funasrjava.kernels.vector;

import static io.github.funasrjava.kernels.vector.PanelProducts.WIDTH;

import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.internal.WorkerPool;

/**
 * Attention in which every query of a span sees all keys of the span. Keys and values are packed once, as left operands: the
 * keys {@code [d][12]} by tiles of keys, the values {@code [keys][12]} by tiles of columns. An item is 32 queries of one head,
 * which are a panel; see {@link QueryPanel}.
 */
final class FullAttention {
    /** Tiles of keys that an item packs. */
    private static final int TILES_PER_ITEM = 4;

    private final WorkerPool pool;
    private final Lanes lanes;
    private final int largeTile;
    private final QueryPanel[] panels;
    private final float[][] lines;
    private final WorkerPool.Task packTask = this::pack;
    private final WorkerPool.Task attendTask = this::attend;
    private float[] keys = new float[0];
    private float[] values = new float[0];

    // Operands of the running call.
    private Matrix q;
    private RowSpans querySpans;
    private Matrix k;
    private Matrix v;
    private RowSpans keySpans;
    private int heads;
    private int d;
    private float scale;
    private Matrix out;
    private RowTiles columns = RowTiles.cut(0, RowTiles.SMALL);
    // Where each span's panels of queries, its items of packing and its keys begin, per head.
    private int[] panelStarts = new int[8];
    private int[] packStarts = new int[8];
    private int[] keyStarts = new int[8];

    FullAttention(WorkerPool pool, Lanes lanes, boolean manyRegisters) {
        this.pool = pool;
        this.lanes = lanes;
        this.largeTile = manyRegisters ? RowTiles.LINEAR : RowTiles.SMALL;
        this.panels = new QueryPanel[pool.threads()];
        this.lines = new float[pool.threads()][0];
        for (int i = 0; i < panels.length; i++) {
            panels[i] = new QueryPanel(lanes);
        }
    }

    void attention(Matrix newQ, RowSpans newQuerySpans, Matrix newK, Matrix newV, RowSpans newKeySpans, int newHeads, float newScale,
            Matrix newOut) {
        q = newQ;
        querySpans = newQuerySpans;
        k = newK;
        v = newV;
        keySpans = newKeySpans;
        heads = newHeads;
        d = q.cols() / heads;
        scale = newScale;
        out = newOut;
        columns = RowTiles.cut(d, largeTile);
        int spans = querySpans.count();
        if (panelStarts.length <= spans) {
            panelStarts = new int[spans + 8];
            packStarts = new int[spans + 8];
            keyStarts = new int[spans + 8];
        }
        int longest = 0;
        for (int s = 0; s < spans; s++) {
            RowTiles tiles = keyTiles(s);
            int padded = tiles.paddedRows();
            longest = Math.max(longest, padded);
            packStarts[s + 1] = packStarts[s] + Math.ceilDiv(tiles.count(), TILES_PER_ITEM);
            panelStarts[s + 1] = panelStarts[s] + Math.ceilDiv(querySpans.length(s), WIDTH);
            keyStarts[s + 1] = keyStarts[s] + padded;
        }
        keys = grown(keys, (long) heads * keyStarts[spans] * d);
        values = grown(values, (long) heads * keyStarts[spans] * columns.paddedRows());
        for (int i = 0; i < panels.length; i++) {
            panels[i].reserve(d, columns.paddedRows(), longest);
            lines[i] = grown(lines[i], columns.paddedRows());
        }
        pool.run(packTask, Math.multiplyExact(packStarts[spans], heads));
        pool.run(attendTask, Math.multiplyExact(panelStarts[spans], heads));
    }

    private static float[] grown(float[] scratch, long needed) {
        return scratch.length >= needed ? scratch : new float[Math.toIntExact(needed + needed / 4)];
    }

    /** Keys of a span without queries are not needed. */
    private RowTiles keyTiles(int s) {
        return RowTiles.cut(querySpans.length(s) == 0 ? 0 : keySpans.length(s), largeTile);
    }

    private int keysAt(int head, int s) {
        return (head * keyStarts[querySpans.count()] + keyStarts[s]) * d;
    }

    private int valuesAt(int head, int s) {
        return (head * keyStarts[querySpans.count()] + keyStarts[s]) * columns.paddedRows();
    }

    private static int spanOf(int[] starts, int item) {
        int s = 0;
        while (item >= starts[s + 1]) {
            s++;
        }
        return s;
    }

    /** Packs some tiles of keys of one head, and the values of the same rows. */
    private void pack(int item, int worker) {
        int perHead = packStarts[querySpans.count()];
        int head = item / perHead;
        int s = spanOf(packStarts, item % perHead);
        RowTiles tiles = keyTiles(s);
        int firstTile = (item % perHead - packStarts[s]) * TILES_PER_ITEM;
        int endTile = Math.min(tiles.count(), firstTile + TILES_PER_ITEM);
        long keyRow = (long) k.stride() * Float.BYTES;
        long keyFrom = keySpans.start(s) * keyRow + head * d * 4L;
        for (int tile = firstTile; tile < endTile; tile++) {
            int start = tiles.start(tile);
            lanes.packRows(k.data(), keyFrom + start * keyRow, keyRow, tiles.present(tile), d, keys, keysAt(head, s) + start * d,
                    tiles.height(tile));
        }
        int firstRow = tiles.start(firstTile);
        int rows = Math.min(tiles.rows(), tiles.start(endTile)) - firstRow;
        long valueRow = (long) v.stride() * Float.BYTES;
        long valueFrom = (keySpans.start(s) + firstRow) * valueRow + head * d * 4L;
        int large = columns.large() * columns.largeHeight();
        int first = valuesAt(head, s) + firstRow * columns.largeHeight();
        lanes.packColumns(v.data(), valueFrom, valueRow, rows, Math.min(d, large), columns.large(), columns.largeHeight(), lines[worker],
                values, first, tiles.rows() * columns.largeHeight());
        int second = valuesAt(head, s) + large * tiles.rows() + firstRow * RowTiles.SMALL;
        if (large < d) {
            lanes.packColumns(v.data(), valueFrom + large * 4L, valueRow, rows, d - large, columns.count() - columns.large(),
                    RowTiles.SMALL, lines[worker], values, second, tiles.rows() * RowTiles.SMALL);
        }
    }

    private void attend(int item, int worker) {
        int perHead = panelStarts[querySpans.count()];
        int head = item / perHead;
        int panel = item % perHead;
        int s = spanOf(panelStarts, panel);
        int first = (panel - panelStarts[s]) * WIDTH;
        int present = Math.min(WIDTH, querySpans.length(s) - first);
        long row = querySpans.start(s) + first;
        QueryPanel work = panels[worker];
        work.take(q.data(), (row * q.stride() + head * d) * Float.BYTES, (long) q.stride() * Float.BYTES, present);
        work.attend(keyTiles(s), keys, keysAt(head, s), columns, values, valuesAt(head, s), scale);
        work.store(out.data(), (row * out.stride() + head * d) * Float.BYTES, (long) out.stride() * Float.BYTES);
    }
}
