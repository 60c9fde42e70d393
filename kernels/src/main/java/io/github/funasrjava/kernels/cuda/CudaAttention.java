package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.cuda.CudaCaches.Placed;
import io.github.funasrjava.kernels.cuda.CudaOperands.View;
import io.github.funasrjava.kernels.cuda.CudaStaging.Slot;

/** Attention and what prepares it. */
final class CudaAttention {
    /** Queries that one block of threads works on. */
    private static final int QUERIES = 8;
    /** Largest head, see attention.cu. */
    private static final int MAX_HEAD = 128;
    private static final int TILE_INTS = 4;

    private final CudaSession session;
    private final CudaStaging staging;
    private final CudaOperands operands;
    private final CudaCaches caches;

    CudaAttention(CudaSession session, CudaStaging staging, CudaOperands operands, CudaCaches caches) {
        this.session = session;
        this.staging = staging;
        this.operands = operands;
        this.caches = caches;
    }

    void full(Matrix q, RowSpans querySpans, Matrix k, Matrix v, RowSpans keySpans, int heads, float scale, Matrix out) {
        int d = q.cols() / heads;
        requireHead(d);
        View to = operands.output(out);
        View queries = operands.input(q, Slot.X);
        View keys = operands.input(k, Slot.Y);
        View values = operands.input(v, Slot.Z);
        int count;
        long list;
        if (session.recording().isPresent()) {
            CudaRecording recording = session.recording().get();
            recording.require(querySpans == recording.pass().spans() && keySpans == querySpans, "attends over other spans");
            int most = Math.ceilDiv(querySpans.totalRows(), QUERIES) + querySpans.count();
            count = most;
            list = recording.table("full tiles", 0, most * TILE_INTS, pass -> fullTiles(pass.spans(), pass.spans(), most));
        } else {
            int[] tiles = fullTiles(querySpans, keySpans, 0);
            count = tiles.length / TILE_INTS;
            list = staging.upload(Slot.NUMBERS, tiles);
        }
        session.arguments().pointer(queries.address()).integer(queries.stride()).pointer(keys.address()).integer(keys.stride())
                .pointer(values.address()).integer(values.stride()).pointer(to.address()).integer(to.stride()).pointer(list).integer(d)
                .real(scale);
        session.launch("attention_full", count, heads, 256);
        operands.finish(to, out);
    }

    /** Tiles of full attention, filled up to {@code least} with tiles of no rows. */
    private static int[] fullTiles(RowSpans querySpans, RowSpans keySpans, int least) {
        int count = 0;
        for (int s = 0; s < querySpans.count(); s++) {
            count += Math.ceilDiv(querySpans.length(s), QUERIES);
        }
        int[] tiles = new int[Math.max(count, least) * TILE_INTS];
        int at = 0;
        for (int s = 0; s < querySpans.count(); s++) {
            for (int row = querySpans.start(s); row < querySpans.start(s + 1); row += QUERIES) {
                at = tile(tiles, at, row, Math.min(QUERIES, querySpans.start(s + 1) - row), keySpans.start(s), keySpans.length(s));
            }
        }
        return tiles;
    }

    /** Tiles of causal attention, filled up to {@code least} with tiles of no rows. */
    private static int[] causalTiles(RowSpans spans, KvCache[] held, int[] begins, int rowsPerTile, int least) {
        int count = 0;
        for (int s = 0; s < spans.count(); s++) {
            count += Math.ceilDiv(spans.length(s), rowsPerTile);
        }
        int[] tiles = new int[Math.max(count, least) * TILE_INTS];
        int at = 0;
        for (int s = 0; s < spans.count(); s++) {
            for (int i = 0; i < spans.length(s); i += rowsPerTile) {
                at = tile(tiles, at, spans.start(s) + i, Math.min(rowsPerTile, spans.length(s) - i), begins[s], held[s].length() + i + 1);
            }
        }
        return tiles;
    }

    /** Position and begin of the block table of every row. */
    private static int[] places(RowSpans spans, KvCache[] held, int[] begins, int positions) {
        int[] places = new int[2 * spans.totalRows()];
        for (int s = 0; s < spans.count(); s++) {
            if (held[s].length() + spans.length(s) > Math.min(positions, held[s].capacity())) {
                throw new IllegalArgumentException("a sequence of the pass has no room for its rows");
            }
            for (int i = 0; i < spans.length(s); i++) {
                places[2 * (spans.start(s) + i)] = held[s].length() + i;
                places[2 * (spans.start(s) + i) + 1] = begins[s];
            }
        }
        return places;
    }

    void causal(Matrix q, RowSpans spans, KvCache[] held, int layer, int heads, float scale, Matrix out) {
        int d = held[0].headDim();
        requireHead(d);
        int kvHeads = held[0].kvHeads();
        int perRow = headsPerRow(heads / kvHeads);
        int rowsPerTile = QUERIES / perRow;
        Placed placed = caches.place(held, spans, layer);
        View to = operands.output(out);
        View queries = operands.input(q, Slot.X);
        int count;
        long list;
        if (session.recording().isPresent()) {
            // As many tiles as there are rows do for every arrangement of the rows.
            count = spans.totalRows();
            list = session.recording().get().table("causal tiles", rowsPerTile, count * TILE_INTS,
                    pass -> causalTiles(pass.spans(), pass.caches(), CudaCaches.begins(pass.caches()), rowsPerTile, pass.spans().totalRows()));
        } else {
            int[] tiles = causalTiles(spans, held, placed.begins(), rowsPerTile, 0);
            count = tiles.length / TILE_INTS;
            list = staging.upload(Slot.NUMBERS, tiles);
        }
        session.arguments().pointer(queries.address()).integer(queries.stride()).pointer(placed.pool()).pointer(placed.tables())
                .pointer(to.address()).integer(to.stride()).pointer(list).integer(heads).integer(kvHeads).integer(perRow).integer(d)
                .real(scale);
        session.launch("attention_causal", count, heads / perRow, 256);
        operands.finish(to, out);
    }

    void prepare(Matrix qkv, Matrix qNorm, Matrix kNorm, float eps, RopeTable rope, RowSpans spans, KvCache[] held, int layer, int heads) {
        int d = held[0].headDim();
        int kvHeads = held[0].kvHeads();
        Placed placed = caches.place(held, spans, layer);
        // Changed in place: what is not on the device goes there and comes back.
        View rows = operands.input(qkv, Slot.X);
        View queryNorm = operands.input(qNorm, Slot.Y);
        View keyNorm = operands.input(kNorm, Slot.Z);
        View cosines = operands.constant(rope.cos());
        View sines = operands.constant(rope.sin());
        int positions = rope.positions();
        long list = session.recording().isPresent()
                ? session.recording().get().table("places", positions, 2 * spans.totalRows(),
                        pass -> places(pass.spans(), pass.caches(), CudaCaches.begins(pass.caches()), positions))
                : staging.upload(Slot.NUMBERS, places(spans, held, placed.begins(), positions));
        session.arguments().pointer(rows.address()).integer(rows.stride()).pointer(queryNorm.address()).pointer(keyNorm.address()).real(eps)
                .pointer(cosines.address()).integer(cosines.stride()).pointer(sines.address()).integer(sines.stride()).pointer(list)
                .pointer(placed.tables()).pointer(placed.pool()).integer(heads).integer(kvHeads).integer(d);
        session.launch("qk_norm_rope_append", spans.totalRows(), Math.ceilDiv(heads + 2 * kvHeads, 4), 128);
        operands.finish(rows, qkv);
        caches.copyOut(held, spans, layer, placed);
    }

    /** The most heads of a group that share a block: they divide the group. */
    private static int headsPerRow(int group) {
        int count = Math.min(group, QUERIES);
        while (group % count != 0) {
            count--;
        }
        return count;
    }

    private static int tile(int[] tiles, int at, int row, int rows, int keys, int visible) {
        tiles[at] = row;
        tiles[at + 1] = rows;
        tiles[at + 2] = keys;
        tiles[at + 3] = visible;
        return at + TILE_INTS;
    }

    private static void requireHead(int d) {
        if (d > MAX_HEAD) {
            throw new IllegalArgumentException("the CUDA kernels take heads of up to " + MAX_HEAD + " values, got " + d);
        }
    }
}
