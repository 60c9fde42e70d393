package io.github.funasrjava.kernels.vector;

import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.internal.WorkerPool;

/**
 * Attention in which a query sees the keys up to its own position, over the panels of a {@link KvCache}: tiles of queries go to
 * the workers. Queries of heads that share a key/value head are tiled together.
 */
final class CausalAttention {
    private final WorkerPool pool;
    private final Lanes lanes;
    private final int largeTile;
    private final QueryTile[] queryTiles;
    private final int[][] visible;
    private final WorkerPool.Task causalTask = this::causalTile;

    // Operands of the running call.
    private Matrix q;
    private RowSpans spans;
    private KvCache[] caches;
    private int layer;
    private int heads;
    private int d;
    private float scale;
    private Matrix out;
    /** Where the tiles of each span begin, per key/value head. */
    private int[] itemStarts = new int[8];

    CausalAttention(WorkerPool pool, Lanes lanes, boolean manyRegisters) {
        this.pool = pool;
        this.lanes = lanes;
        this.largeTile = manyRegisters ? RowTiles.QUERIES : RowTiles.SMALL;
        this.queryTiles = new QueryTile[pool.threads()];
        for (int i = 0; i < queryTiles.length; i++) {
            queryTiles[i] = new QueryTile(lanes);
        }
        this.visible = new int[pool.threads()][RowTiles.QUERIES];
    }

    void attention(Matrix newQ, RowSpans newSpans, KvCache[] newCaches, int newLayer, int newHeads, float newScale, Matrix newOut) {
        q = newQ;
        spans = newSpans;
        caches = newCaches;
        layer = newLayer;
        heads = newHeads;
        d = caches[0].headDim();
        scale = newScale;
        out = newOut;
        int count = spans.count();
        int kvHeads = caches[0].kvHeads();
        reserveStarts(count);
        int longest = 0;
        for (int s = 0; s < count; s++) {
            longest = Math.max(longest, caches[s].length() + spans.length(s));
            itemStarts[s + 1] = itemStarts[s] + RowTiles.cut(spans.length(s) * (heads / kvHeads), largeTile).count();
        }
        reserveTiles(longest);
        pool.run(causalTask, Math.multiplyExact(itemStarts[count], kvHeads));
    }

    private void reserveStarts(int count) {
        if (itemStarts.length <= count) {
            itemStarts = new int[count + 8];
        }
    }

    private void reserveTiles(int keys) {
        for (QueryTile tile : queryTiles) {
            tile.reserve(d, keys);
        }
    }

    /** Queries of a key/value head are numbered row by row, its query heads side by side. */
    private void causalTile(int item, int worker) {
        int perHead = itemStarts[spans.count()];
        int kvHead = item / perHead;
        int s = 0;
        while (item % perHead >= itemStarts[s + 1]) {
            s++;
        }
        KvCache cache = caches[s];
        int group = heads / cache.kvHeads();
        int queries = spans.length(s) * group;
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
            long at = ((long) (spans.start(s) + row) * q.stride() + (kvHead * group + query % group) * d) * Float.BYTES;
            lanes.packRow(q.data(), at, d, work.queries(), r, height);
        }
        PanelMatrix cachedKeys = cache.keys(layer, kvHead);
        PanelMatrix cachedValues = cache.values(layer, kvHead);
        work.attend(height, present, keys, d, scale, cachedKeys.panels(), 0, cachedKeys.layout().panelBytes(),
                cachedValues.panels(), 0, cachedValues.layout().panelBytes());
        for (int r = 0; r < present; r++) {
            int query = start + r;
            long row = spans.start(s) + query / group;
            work.store(r, height, d, out.data(), (row * out.stride() + (kvHead * group + query % group) * d) * Float.BYTES);
        }
    }
}
