package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.MemorySegment;

/**
 * Full attention: a task is one head of one span, or a part of its rows where there would be fewer tasks than threads. It
 * packs the head's keys and values for itself, into its worker's memory, where the rows then read them again and again:
 * what another core has packed comes slower than it is packed.
 *
 * <p>A span with {@value #AMX_KEYS} keys or more goes through the matrix unit where there is one: three products of bf16
 * terms are added, which keeps 16 bits of each operand (or, with one term, the product of the high ones). Shorter ones
 * are computed in f32. The choice depends on the span's keys alone, so a row does not change with its batch.
 */
final class X86Attention implements WorkerPool.Task {
    private static final int AMX_KEYS = 64;
    /** Rows of a call of the matrix unit, which takes 32 at once: calls stay short. */
    static final int AMX_BLOCK_ROWS = 64;
    static final int AMX_ROWS = 32;
    /** Rows of a call in f32, which takes 12 at once. */
    private static final int BLOCK_ROWS = 48;
    /** Two bf16 terms of 32 x 32 values, or 32 x 32 values in f32. */
    static final long BLOCK_BYTES = 4096;
    private static final int PANEL = PanelLayout.PANEL_ROWS;
    static final long PANEL_LINE = PANEL * 4L;
    private static final MemorySegment NONE = MemorySegment.NULL;

    private final KernelCode code;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final int terms;

    private Matrix q;
    private Matrix k;
    private Matrix v;
    private Matrix out;
    private RowSpans querySpans;
    private RowSpans keySpans;
    private int d;
    private long scaleBits;
    private int parts;
    private int units;
    private long headPanels;
    private long mostPanels;
    private long scoreStride;

    X86Attention(KernelCode code, WorkerPool pool, Scratch scratch, int terms) {
        this.code = code;
        this.pool = pool;
        this.scratch = scratch;
        this.terms = terms;
    }

    void run(Matrix newQ, RowSpans newQuerySpans, Matrix newK, Matrix newV, RowSpans newKeySpans, int heads, float scale,
            Matrix newOut) {
        q = newQ;
        k = newK;
        v = newV;
        out = newOut;
        querySpans = newQuerySpans;
        keySpans = newKeySpans;
        d = q.cols() / heads;
        scaleBits = Float.floatToRawIntBits(scale);
        int mostKeys = 0;
        for (int s = 0; s < keySpans.count(); s++) {
            mostKeys = Math.max(mostKeys, keySpans.length(s));
        }
        headPanels = Math.ceilDiv(d, PANEL);
        mostPanels = Math.ceilDiv(mostKeys, PANEL);
        // A line more than whole panels, so that the rows of a tile do not meet in the same cache sets.
        scoreStride = mostPanels * PANEL_LINE + 64;
        ScratchSlots.reserveForWorkers(scratch, pool, valuesAt() + packedBytes());
        parts = Math.ceilDiv(pool.threads(), querySpans.count() * heads);
        units = 0;
        for (int s = 0; s < querySpans.count(); s++) {
            units += units(s);
        }
        pool.run(this, units * heads);
        q = null;
        k = null;
        v = null;
        out = null;
        querySpans = null;
        keySpans = null;
    }

    /** Where a worker's packed keys begin: behind query tiles, scores and probability tiles (f32 wants 12 rows of scores), a whole number of pages. */
    private long keysAt() {
        long before = headPanels * BLOCK_BYTES + AMX_ROWS * scoreStride + mostPanels * BLOCK_BYTES;
        return Math.ceilDiv(before, BLOCK_BYTES) * BLOCK_BYTES;
    }

    private long packedBytes() {
        return mostPanels * headPanels * BLOCK_BYTES;
    }

    private long valuesAt() {
        return keysAt() + packedBytes();
    }

    private boolean amx(int span) {
        return code.amx && keySpans.length(span) >= AMX_KEYS;
    }

    private int blockRows(int span) {
        return amx(span) ? AMX_BLOCK_ROWS : BLOCK_ROWS;
    }

    private int blocks(int span) {
        return Math.ceilDiv(querySpans.length(span), blockRows(span));
    }

    /** Tasks of one head: parts of whole blocks. */
    private int units(int span) {
        return Math.min(parts, blocks(span));
    }

    @Override
    public void item(int item, int worker) {
        // Head by head: what comes before and after has few threads change their columns.
        int head = item / units;
        int unit = item % units;
        int s = 0;
        for (int here = units(s); unit >= here; here = units(s)) {
            unit -= here;
            s++;
        }
        int from = (int) ((long) blocks(s) * unit / units(s)) * blockRows(s);
        int to = Math.min(querySpans.length(s), (int) ((long) blocks(s) * (unit + 1) / units(s)) * blockRows(s));
        MemorySegment own = scratch.get(ScratchSlots.worker(worker));
        if (keySpans.length(s) > 0) {
            pack(s, head, own);
        }
        for (int row = from; row < to; row += blockRows(s)) {
            rows(s, head, querySpans.start(s) + row, querySpans.start(s) + Math.min(to, row + blockRows(s)), own);
        }
    }

    private void pack(int s, int head, MemorySegment own) {
        int keys = keySpans.length(s);
        NativeCall.call(amx(s) ? code.attentionPackAmx : code.attentionPack, k.data(), v.data(), own, own, NONE, NONE,
                keySpans.start(s), keys, 4L * k.stride(), 4L * v.stride(), (long) head * d, d, 0,
                amx(s) ? Math.ceilDiv(keys, PANEL) : keys, keysAt(), valuesAt(), 0, 0);
    }

    private void rows(int s, int head, int first, int end, MemorySegment own) {
        NativeCall.call(amx(s) ? code.attentionRowsAmx : code.attentionRows, q.data(), own, own, out.data(), own, NONE, first, end,
                keySpans.length(s), d, 4L * q.stride(), 4L * out.stride(), scaleBits, scoreStride, (long) head * d, keysAt(),
                valuesAt(), terms);
    }
}
