package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.MemorySegment;

/**
 * Full attention: a task is a block of query rows of one head of one span. First the keys and values of every head are
 * packed into panels.
 *
 * <p>A span with {@value #AMX_KEYS} keys or more goes through the matrix unit where there is one: three products of bf16
 * terms are added, which keeps 16 bits of each operand (or, with one term, the product of the high ones). Shorter ones
 * are computed in f32. The choice depends on the span's keys alone, so a row does not change with its batch.
 */
final class X86Attention implements WorkerPool.Task {
    private enum Work { PACK, ROWS }

    private static final int AMX_KEYS = 64;
    /** Rows of a task of the matrix unit, which takes 32 at once. */
    static final int AMX_BLOCK_ROWS = 64;
    static final int AMX_ROWS = 32;
    /** Rows of a task in f32, which takes 12 at once; the smaller size when there is little to share out. */
    static final int BLOCK_ROWS = 48;
    static final int SMALL_BLOCK_ROWS = 12;
    /** Two bf16 terms of 32 x 32 values, or 32 x 32 values in f32. */
    static final long BLOCK_BYTES = 4096;
    private static final int PANEL = PanelLayout.PANEL_ROWS;
    static final long PANEL_LINE = PANEL * 4L;
    private static final MemorySegment NONE = MemorySegment.NULL;

    private final KernelCode code;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final int terms;

    private Work work;
    private Matrix q;
    private Matrix k;
    private Matrix v;
    private Matrix out;
    private RowSpans querySpans;
    private RowSpans keySpans;
    private MemorySegment packed;
    private int heads;
    private int d;
    private long scaleBits;
    private int smallBlockRows;
    private long scoreStride;
    private long valuesAt;

    X86Attention(KernelCode code, WorkerPool pool, Scratch scratch, int terms) {
        this.code = code;
        this.pool = pool;
        this.scratch = scratch;
        this.terms = terms;
    }

    void full(Matrix newQ, RowSpans newQuerySpans, Matrix newK, Matrix newV, RowSpans newKeySpans, int newHeads, float scale,
            Matrix newOut) {
        q = newQ;
        k = newK;
        v = newV;
        out = newOut;
        querySpans = newQuerySpans;
        keySpans = newKeySpans;
        heads = newHeads;
        d = q.cols() / heads;
        scaleBits = Float.floatToRawIntBits(scale);
        int mostKeys = 0;
        long keyPanels = 0;
        for (int s = 0; s < keySpans.count(); s++) {
            mostKeys = Math.max(mostKeys, keySpans.length(s));
            keyPanels += Math.ceilDiv(keySpans.length(s), PANEL);
        }
        valuesAt = heads * keyPanels * headPanels() * BLOCK_BYTES;
        packed = scratch.get(ScratchSlots.SHARED, 2 * valuesAt);
        work = Work.PACK;
        pool.run(this, keySpans.count() * heads);
        begin(querySpans, mostKeys);
        work = Work.ROWS;
        pool.run(this, totalBlocks(querySpans) * heads);
        end();
    }

    private void begin(RowSpans spans, int mostKeys) {
        smallBlockRows = spans.totalRows() * heads < 4 * BLOCK_ROWS * pool.threads() ? SMALL_BLOCK_ROWS : BLOCK_ROWS;
        long panels = Math.ceilDiv(mostKeys, PANEL);
        // A line more than whole panels, so that the rows of a tile do not meet in the same cache sets.
        scoreStride = panels * PANEL_LINE + 64;
        // Query tiles, scores and probability tiles of the matrix unit; the f32 kernels want 12 rows of scores.
        ScratchSlots.reserveForWorkers(scratch, pool, headPanels() * BLOCK_BYTES + AMX_ROWS * scoreStride + panels * BLOCK_BYTES);
    }

    private long headPanels() {
        return Math.ceilDiv(d, PANEL);
    }

    private boolean amx(int span) {
        return code.amx && keySpans.length(span) >= AMX_KEYS;
    }

    private int blockRows(int span) {
        return amx(span) ? AMX_BLOCK_ROWS : smallBlockRows;
    }

    private void end() {
        q = null;
        k = null;
        v = null;
        out = null;
        querySpans = null;
        keySpans = null;
        packed = null;
    }

    private int totalBlocks(RowSpans spans) {
        int sum = 0;
        for (int s = 0; s < spans.count(); s++) {
            sum += spanBlocks(s);
        }
        return sum;
    }

    private int spanBlocks(int span) {
        return Math.ceilDiv(querySpans.length(span), blockRows(span));
    }

    @Override
    public void item(int item, int worker) {
        switch (work) {
            case PACK -> packItem(item);
            case ROWS -> rowsItem(item, worker);
        }
    }

    private void packItem(int item) {
        int s = item / heads;
        int head = item % heads;
        int keys = keySpans.length(s);
        if (keys == 0) {
            return;
        }
        boolean amx = amx(s);
        NativeCall.call(amx ? code.attentionPackAmx : code.attentionPack, k.data(), v.data(), packed, packed, NONE, NONE,
                keySpans.start(s), keys, 4L * k.stride(), 4L * v.stride(), (long) head * d, d, 0,
                amx ? Math.ceilDiv(keys, PANEL) : keys, keysAt(s, head), valuesAt + keysAt(s, head), 0, 0);
    }

    /** Byte offset of a head's packed keys; its values lie as far behind the first values. */
    private long keysAt(int span, int head) {
        long panelsBefore = 0;
        for (int s = 0; s < span; s++) {
            panelsBefore += Math.ceilDiv(keySpans.length(s), PANEL);
        }
        long panels = Math.ceilDiv(keySpans.length(span), PANEL);
        return (heads * panelsBefore + head * panels) * headPanels() * BLOCK_BYTES;
    }

    private void rowsItem(int item, int worker) {
        int head = item % heads;
        int block = item / heads;
        int s = 0;
        for (int here = spanBlocks(s); block >= here; here = spanBlocks(s)) {
            block -= here;
            s++;
        }
        int first = querySpans.start(s) + block * blockRows(s);
        int end = Math.min(querySpans.start(s) + querySpans.length(s), first + blockRows(s));
        NativeCall.call(amx(s) ? code.attentionRowsAmx : code.attentionRows, q.data(), packed, packed, out.data(),
                scratch.get(ScratchSlots.worker(worker)), NONE, first, end, keySpans.length(s), d, 4L * q.stride(),
                4L * out.stride(), scaleBits, scoreStride, (long) head * d, keysAt(s, head), valuesAt + keysAt(s, head),
                terms);
    }
}
