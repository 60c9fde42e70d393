package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.kernels.internal.LogSumExp;
import io.github.funasrjava.kernels.internal.Operations;
import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * {@code argmaxLinear}: a task computes the logits of some blocks of 256 classes into its worker's scratch memory and
 * reduces them there to one entry per row and block; the entries are then merged in order.
 */
final class X86Argmax implements WorkerPool.Task {
    private static final int BLOCK_PANELS = Operations.ARGMAX_BLOCK_PANELS;
    private static final int BLOCK_CLASSES = BLOCK_PANELS * PanelLayout.PANEL_ROWS;
    /** int32 id, f32 largest, f64 sum. */
    private static final int ENTRY_BYTES = 16;
    private static final long SHORTEST_NANOS = 40_000;
    private static final long LONGEST_NANOS = 150_000;
    /** Logits of one task should stay in the second-level cache. */
    private static final long LOGIT_BYTES = 512 << 10;

    private final KernelCode code;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final PanelProduct product;

    private PanelMatrix w;
    private MemorySegment bias;
    private MemorySegment entries;
    private int rows;
    private int blocks;
    private final WorkSlices slices = new WorkSlices();
    private int logitStride;

    X86Argmax(KernelCode code, WorkerPool pool, Scratch scratch, PanelProduct product) {
        this.code = code;
        this.pool = pool;
        this.scratch = scratch;
        this.product = product;
    }

    void run(Matrix x, PanelMatrix newW, Optional<Matrix> newBias, TopToken[] top) {
        product.begin(x, newW);
        w = newW;
        bias = newBias.isPresent() ? newBias.get().data() : MemorySegment.NULL;
        rows = x.rows();
        blocks = Math.ceilDiv(newW.layout().panels(), BLOCK_PANELS);
        long nanosPerBlock = BLOCK_PANELS * product.nanosPerPanel(product.tiles());
        int mostBlocks = (int) Math.max(1, LOGIT_BYTES / (4L * BLOCK_CLASSES * rows));
        int most = Math.min(mostBlocks, WorkSlices.unitsIn(LONGEST_NANOS, nanosPerBlock));
        int least = pool.threads() == 1 ? most : Math.min(most, WorkSlices.unitsIn(SHORTEST_NANOS, nanosPerBlock));
        slices.cut(blocks, pool.threads(), least, most);
        logitStride = slices.most() * BLOCK_CLASSES;
        entries = scratch.get(ScratchSlots.SHARED, (long) rows * blocks * ENTRY_BYTES);
        ScratchSlots.reserveForWorkers(scratch, pool, 4L * rows * logitStride);
        pool.run(this, slices.count());
        product.end();
        w = null;
        bias = null;
        for (int row = 0; row < rows; row++) {
            top[row] = merge(row);
        }
    }

    @Override
    public void item(int index, int worker) {
        int firstBlock = slices.start(index);
        int endBlock = slices.start(index + 1);
        if (firstBlock == endBlock) {
            return;
        }
        int firstPanel = firstBlock * BLOCK_PANELS;
        int endPanel = Math.min(w.layout().panels(), endBlock * BLOCK_PANELS);
        int firstClass = firstBlock * BLOCK_CLASSES;
        // The neighbour is most likely the next one of this thread, then the same part of the next matrix.
        long next = slices.endsStretch(index) ? product.bytesToNextMatrix(slices.stretch(index), slices.stretches())
                : product.bytesTo(endPanel);
        MemorySegment logits = scratch.get(ScratchSlots.worker(worker));
        product.computeColumns(firstPanel, endPanel, next, bias, logits, logitStride);
        NativeCall.call(code.blockArgmax, logits, entries, MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL,
                MemorySegment.NULL, rows, Math.min(w.n(), endBlock * BLOCK_CLASSES) - firstClass, 4L * logitStride, firstClass,
                (long) blocks * ENTRY_BYTES, (long) firstBlock * ENTRY_BYTES, 0, 0, 0, 0, 0, 0);
    }

    private TopToken merge(int row) {
        LogSumExp all = new LogSumExp();
        for (int block = 0; block < blocks; block++) {
            long at = ((long) row * blocks + block) * ENTRY_BYTES;
            all.merge(entries.get(ValueLayout.JAVA_INT, at), entries.get(ValueLayout.JAVA_FLOAT, at + 4),
                    entries.get(ValueLayout.JAVA_DOUBLE, at + 8));
        }
        return all.result();
    }
}
