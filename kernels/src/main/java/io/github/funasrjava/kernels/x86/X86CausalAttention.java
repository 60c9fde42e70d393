package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.MemorySegment;

/**
 * Causal attention against caches: a task is one key/value head of one span with all query heads that share it, or a
 * block of its rows where there would be too few tasks.
 *
 * <p>Rows that are asked for are computed in f32, straight from the cache, whether one comes alone or sixteen together.
 * The inside of a prompt goes through the matrix unit where there is one, as in {@link X86Attention}: so a row's
 * arithmetic follows from what it is, not from its batch. Its task packs the keys and values for itself, into memory of
 * its worker that is still in the second-level cache when the next head comes; sharing them took longer than packing
 * them.
 */
final class X86CausalAttention implements WorkerPool.Task {
    /** Rows of a task in f32, which takes 12 at once; the smaller size when there is little to share out. */
    private static final int BLOCK_ROWS = 48;
    private static final int SMALL_BLOCK_ROWS = 12;
    private static final MemorySegment NONE = MemorySegment.NULL;

    private final KernelCode code;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final int terms;

    private Matrix q;
    private Matrix out;
    private RowSpans spans;
    private RowSpans asked;
    private KvCache[] caches;
    private int layer;
    private int heads;
    private int kvHeads;
    private int d;
    private long scaleBits;
    private int insideParts;
    private int askedBlockRows;
    private int units;
    private long headPanels;
    private long mostPanels;
    private long scoreStride;

    X86CausalAttention(KernelCode code, WorkerPool pool, Scratch scratch, int terms) {
        this.code = code;
        this.pool = pool;
        this.scratch = scratch;
        this.terms = terms;
    }

    void run(Matrix newQ, RowSpans newSpans, RowSpans newAsked, KvCache[] newCaches, int newLayer, int newHeads, float scale,
            Matrix newOut) {
        q = newQ;
        out = newOut;
        spans = newSpans;
        asked = code.amx ? newAsked : newSpans;
        caches = newCaches;
        layer = newLayer;
        heads = newHeads;
        kvHeads = newCaches[0].kvHeads();
        d = newCaches[0].headDim();
        scaleBits = Float.floatToRawIntBits(scale);
        reserve();
        insideParts = Math.ceilDiv(pool.threads(), spans.count() * kvHeads);
        boolean few = asked.totalRows() * heads < 4 * BLOCK_ROWS * pool.threads();
        askedBlockRows = few ? SMALL_BLOCK_ROWS : BLOCK_ROWS;
        units = 0;
        for (int s = 0; s < spans.count(); s++) {
            units += units(s);
        }
        pool.run(this, units * kvHeads);
        q = null;
        out = null;
        spans = null;
        asked = null;
        caches = null;
    }

    /** Room for every worker: scores and, for the matrix unit, tiles of queries, probabilities, keys and values. */
    private void reserve() {
        int most = 0;
        for (int s = 0; s < spans.count(); s++) {
            most = Math.max(most, caches[s].length() + spans.length(s));
        }
        headPanels = Math.ceilDiv(d, PanelLayout.PANEL_ROWS);
        mostPanels = Math.ceilDiv(most, PanelLayout.PANEL_ROWS);
        // A line more than whole panels, so that the rows of a tile do not meet in the same cache sets.
        scoreStride = mostPanels * X86Attention.PANEL_LINE + 64;
        boolean packs = asked.totalRows() < spans.totalRows();
        ScratchSlots.reserveForWorkers(scratch, pool, packs ? valuesAt() + keyBytes() : scoreBytes());
    }

    private long scoreBytes() {
        return headPanels * X86Attention.BLOCK_BYTES + X86Attention.AMX_ROWS * scoreStride + mostPanels * X86Attention.BLOCK_BYTES;
    }

    private long keyBytes() {
        return mostPanels * headPanels * X86Attention.BLOCK_BYTES;
    }

    /** Where a worker's packed keys begin: behind its scores, a whole number of pages. */
    private long keysAt() {
        return Math.ceilDiv(scoreBytes(), X86Attention.BLOCK_BYTES) * X86Attention.BLOCK_BYTES;
    }

    private long valuesAt() {
        return keysAt() + keyBytes();
    }

    private int inside(int s) {
        return spans.length(s) - asked.length(s);
    }

    /** Tasks of one head: parts of the inside, of whole blocks, and blocks of rows that are asked for. */
    private int units(int s) {
        return insideUnits(s) + Math.ceilDiv(asked.length(s), askedBlockRows);
    }

    private int insideUnits(int s) {
        return Math.min(insideParts, Math.ceilDiv(inside(s), X86Attention.AMX_BLOCK_ROWS));
    }

    @Override
    public void item(int item, int worker) {
        // Head by head, as qkNormRopeAppend has left the keys and values in the threads' caches.
        int kvHead = item / units;
        int unit = item % units;
        int s = 0;
        for (int here = units(s); unit >= here; here = units(s)) {
            unit -= here;
            s++;
        }
        int parts = insideUnits(s);
        if (unit < parts) {
            long blocks = Math.ceilDiv(inside(s), X86Attention.AMX_BLOCK_ROWS);
            inside(s, kvHead, (int) (blocks * unit / parts) * X86Attention.AMX_BLOCK_ROWS,
                    Math.min(inside(s), (int) (blocks * (unit + 1) / parts) * X86Attention.AMX_BLOCK_ROWS), worker);
        } else {
            int from = inside(s) + (unit - parts) * askedBlockRows;
            asked(s, kvHead, from, Math.min(spans.length(s), from + askedBlockRows), worker);
        }
    }

    /** Rows {@code from} to {@code to - 1} of the span on the matrix unit. */
    private void inside(int s, int kvHead, int from, int to, int worker) {
        int past = caches[s].length();
        int positions = past + to;
        MemorySegment own = scratch.get(ScratchSlots.worker(worker));
        PanelMatrix keys = caches[s].keys(layer, kvHead);
        PanelMatrix values = caches[s].values(layer, kvHead);
        pack(keys, Math.ceilDiv(positions, PanelLayout.PANEL_ROWS), d, headPanels, own, keysAt());
        pack(values, headPanels, positions, mostPanels, own, valuesAt());
        int group = heads / kvHeads;
        for (int row = from; row < to; row += X86Attention.AMX_BLOCK_ROWS) {
            int first = spans.start(s) + row;
            int end = spans.start(s) + Math.min(to, row + X86Attention.AMX_BLOCK_ROWS);
            for (int h = kvHead * group; h < (kvHead + 1) * group; h++) {
                NativeCall.call(code.causalRowsAmx, q.data(), own, own, out.data(), own, NONE, first, end, past + row + 1, d,
                        4L * q.stride(), 4L * out.stride(), scaleBits, scoreStride, (long) h * d, keysAt(), valuesAt(), terms);
            }
        }
    }

    private void pack(PanelMatrix panels, long count, int rows, long packedBlocks, MemorySegment own, long at) {
        NativeCall.call(code.attentionPackCacheAmx, panels.panels(), own, NONE, NONE, NONE, NONE, count, rows,
                panels.layout().panelBytes(), packedBlocks * X86Attention.BLOCK_BYTES, at, 0, 0, 0, 0, 0, 0, 0);
    }

    /** Rows {@code from} to {@code to - 1} of the span in f32. */
    private void asked(int s, int kvHead, int from, int to, int worker) {
        int first = spans.start(s) + from;
        int end = spans.start(s) + to;
        int positions = caches[s].length() + from + 1;
        int group = heads / kvHeads;
        MemorySegment keys = caches[s].keys(layer, kvHead).panels();
        PanelMatrix values = caches[s].values(layer, kvHead);
        MemorySegment scores = scratch.get(ScratchSlots.worker(worker));
        if (end - first == 1) {
            // One position: the query heads of the group are the rows, so that each key and value is read once.
            long column = (long) first * q.stride() + (long) kvHead * group * d;
            long outColumn = (long) first * out.stride() + (long) kvHead * group * d;
            rows(keys, values, scores, 0, group, positions, 4L * d, 4L * d, column, outColumn, 0);
            return;
        }
        for (int h = kvHead * group; h < (kvHead + 1) * group; h++) {
            rows(keys, values, scores, first, end, positions, 4L * q.stride(), 4L * out.stride(), (long) h * d, (long) h * d, 1);
        }
    }

    private void rows(MemorySegment keys, PanelMatrix values, MemorySegment scores, int first, int end, int positions,
            long qStride, long outStride, long column, long outColumn, int step) {
        NativeCall.call(code.causalAttentionRows, q.data(), keys, values.panels(), out.data(), scores, NONE, first, end, positions,
                d, qStride, outStride, scaleBits, scoreStride, column, values.layout().panelBytes(), step, outColumn);
    }
}
