package io.github.funasrjava.kernels.vector;

import static io.github.funasrjava.kernels.vector.PanelProducts.LINE;

import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.MemorySegment;

/**
 * Full and causal attention. Full attention first packs the keys of every head {@code [keys/32][d][32]} and the values
 * {@code [d/32][keys][32]}, the form in which a {@link KvCache} holds them already; then tiles of queries go to the
 * workers. Queries of heads that share a key/value head are tiled together.
 */
final class VectorAttention {
    private static final int KEYS_SLOT = 0;
    private static final int VALUES_SLOT = 1;

    private final WorkerPool pool;
    private final Lanes lanes;
    private final int largeTile;
    private final Scratch packed = new Scratch(2);
    private final QueryTile[] queryTiles;
    private final int[][] visible;
    private final WorkerPool.Task packTask = this::packPanel;
    private final WorkerPool.Task fullTask = this::fullTile;
    private final WorkerPool.Task causalTask = this::causalTile;

    // Operands of the running call.
    private Matrix q;
    private RowSpans querySpans;
    private Matrix k;
    private Matrix v;
    private RowSpans keySpans;
    private KvCache[] caches;
    private int layer;
    private int heads;
    private int d;
    private float scale;
    private Matrix out;
    /** Where the tiles (full, causal) or the panels of keys (packing) of each span begin, per head. */
    private int[] itemStarts = new int[8];
    private int[] panelStarts = new int[8];

    VectorAttention(WorkerPool pool, Lanes lanes, boolean manyRegisters) {
        this.pool = pool;
        this.lanes = lanes;
        this.largeTile = manyRegisters ? RowTiles.QUERIES : RowTiles.SMALL;
        this.queryTiles = new QueryTile[pool.threads()];
        for (int i = 0; i < queryTiles.length; i++) {
            queryTiles[i] = new QueryTile(lanes);
        }
        this.visible = new int[pool.threads()][RowTiles.QUERIES];
    }

    void close() {
        packed.close();
    }

    void full(Matrix newQ, RowSpans newQuerySpans, Matrix newK, Matrix newV, RowSpans newKeySpans, int newHeads, float newScale,
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
        int spans = querySpans.count();
        reserveStarts(spans);
        int longest = 0;
        for (int s = 0; s < spans; s++) {
            int keys = querySpans.length(s) == 0 ? 0 : keySpans.length(s);
            longest = Math.max(longest, keys);
            panelStarts[s + 1] = panelStarts[s] + Math.ceilDiv(keys, 32);
            itemStarts[s + 1] = itemStarts[s] + RowTiles.cut(querySpans.length(s), largeTile).count();
        }
        packed.get(KEYS_SLOT, heads * keyHeadBytes());
        packed.get(VALUES_SLOT, heads * valueHeadBytes());
        reserveTiles(longest);
        pool.run(packTask, Math.multiplyExact(panelStarts[spans], heads));
        pool.run(fullTask, Math.multiplyExact(itemStarts[spans], heads));
    }

    void causal(Matrix newQ, RowSpans newSpans, KvCache[] newCaches, int newLayer, int newHeads, float newScale, Matrix newOut) {
        q = newQ;
        querySpans = newSpans;
        caches = newCaches;
        layer = newLayer;
        heads = newHeads;
        d = caches[0].headDim();
        scale = newScale;
        out = newOut;
        int spans = querySpans.count();
        int kvHeads = caches[0].kvHeads();
        reserveStarts(spans);
        int longest = 0;
        for (int s = 0; s < spans; s++) {
            longest = Math.max(longest, caches[s].length() + querySpans.length(s));
            itemStarts[s + 1] = itemStarts[s] + RowTiles.cut(querySpans.length(s) * (heads / kvHeads), largeTile).count();
        }
        reserveTiles(longest);
        pool.run(causalTask, Math.multiplyExact(itemStarts[spans], kvHeads));
    }

    private void reserveStarts(int spans) {
        if (itemStarts.length <= spans) {
            itemStarts = new int[spans + 8];
            panelStarts = new int[spans + 8];
        }
    }

    private void reserveTiles(int keys) {
        for (QueryTile tile : queryTiles) {
            tile.reserve(d, keys);
        }
    }

    /** Bytes of all panels of one head's packed keys. */
    private long keyHeadBytes() {
        return panelStarts[querySpans.count()] * d * LINE;
    }

    /** Bytes of all panels of one head's packed values; keys of a span take whole panels of 32 lines. */
    private long valueHeadBytes() {
        return Math.ceilDiv(d, 32) * panelStarts[querySpans.count()] * 32L * LINE;
    }

    /** Index of the span that owns an item. */
    private static int spanOf(int[] starts, int item) {
        int s = 0;
        while (item >= starts[s + 1]) {
            s++;
        }
        return s;
    }

    /** Packs 32 keys of one head, and their values. */
    private void packPanel(int item, int worker) {
        int panels = panelStarts[querySpans.count()];
        int head = item / panels;
        int panel = item % panels;
        int s = spanOf(panelStarts, panel);
        int inSpan = panel - panelStarts[s];
        int row = keySpans.start(s) + inSpan * 32;
        int count = Math.min(32, keySpans.length(s) - inSpan * 32);
        long keyRow = (long) k.stride() * Float.BYTES;
        long panelAt = head * keyHeadBytes() + panel * d * LINE;
        for (int r = 0; r < count; r++) {
            lanes.packColumn(k.data(), (row + r) * keyRow + head * d * 4L, d, packed.get(KEYS_SLOT), panelAt + r * 4L);
        }
        long valueRow = (long) v.stride() * Float.BYTES;
        for (int c = 0; c < d; c += 32) {
            lanes.copyLines(v.data(), row * valueRow + (head * d + c) * 4L, valueRow, count, Math.min(32, d - c),
                    packed.get(VALUES_SLOT), head * valueHeadBytes() + (c / 32 * panels + panel) * 32L * LINE);
        }
    }

    private void fullTile(int item, int worker) {
        int perHead = itemStarts[querySpans.count()];
        int head = item / perHead;
        int s = spanOf(itemStarts, item % perHead);
        int queries = querySpans.length(s);
        int tile = item % perHead - itemStarts[s];
        RowTiles tiles = RowTiles.cut(queries, largeTile);
        int start = tiles.start(tile);
        int height = tiles.height(tile);
        int present = tiles.present(tile);
        int[] keys = visible[worker];
        for (int r = 0; r < present; r++) {
            keys[r] = keySpans.length(s);
        }
        QueryTile work = queryTiles[worker];
        long queryRow = (long) q.stride() * Float.BYTES;
        long row = querySpans.start(s) + start;
        lanes.packRows(q.data(), row * queryRow + head * d * 4L, queryRow, present, d, work.queries(), 0, height);
        int panels = panelStarts[querySpans.count()];
        work.attend(height, present, keys, d, scale, packed.get(KEYS_SLOT), head * keyHeadBytes() + panelStarts[s] * d * LINE,
                d * LINE, packed.get(VALUES_SLOT), head * valueHeadBytes() + panelStarts[s] * 32L * LINE, panels * 32L * LINE);
        for (int r = 0; r < present; r++) {
            work.store(r, height, d, out.data(), ((row + r) * out.stride() + head * d) * Float.BYTES);
        }
    }

    /** Queries of a key/value head are numbered row by row, its query heads side by side. */
    private void causalTile(int item, int worker) {
        int perHead = itemStarts[querySpans.count()];
        int kvHead = item / perHead;
        int s = spanOf(itemStarts, item % perHead);
        KvCache cache = caches[s];
        int group = heads / cache.kvHeads();
        int queries = querySpans.length(s) * group;
        int tile = item % perHead - itemStarts[s];
        RowTiles tiles = RowTiles.cut(queries, largeTile);
        int start = tiles.start(tile);
        int height = tiles.height(tile);
        int present = tiles.present(tile);
        int[] keys = visible[worker];
        QueryTile work = queryTiles[worker];
        for (int r = 0; r < height; r++) {
            // A missing query repeats the last one; its result is not stored.
            int query = start + Math.min(r, present - 1);
            int row = query / group;
            keys[r] = cache.length() + row + 1;
            long at = ((long) (querySpans.start(s) + row) * q.stride() + (kvHead * group + query % group) * d) * Float.BYTES;
            lanes.packRow(q.data(), at, d, work.queries(), r, height);
        }
        PanelMatrix cachedKeys = cache.keys(layer, kvHead);
        PanelMatrix cachedValues = cache.values(layer, kvHead);
        work.attend(height, present, keys, d, scale, cachedKeys.panels(), 0, cachedKeys.layout().panelBytes(),
                cachedValues.panels(), 0, cachedValues.layout().panelBytes());
        for (int r = 0; r < present; r++) {
            int query = start + r;
            long row = querySpans.start(s) + query / group;
            work.store(r, height, d, out.data(), (row * out.stride() + (kvHead * group + query % group) * d) * Float.BYTES);
        }
    }
}
