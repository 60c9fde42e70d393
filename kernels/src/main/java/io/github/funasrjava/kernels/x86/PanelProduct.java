package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.MemorySegment;

/**
 * One product {@code x W^T}: the activations are packed once, then any thread computes any rectangle of panels and
 * row tiles. Reused from call to call, so that a step allocates nothing.
 */
final class PanelProduct {
    /** Rows of a tile. */
    static final int TILE_ROWS = 16;

    private static final int K_STEP = 32;
    private static final int TILE_BYTES = 1024;
    private static final int ACTIVATIONS = 0;
    /** Packed activations of the rows that one task walks must stay in the 2 MiB second-level cache. */
    private static final long ROW_GROUP_BYTES = 1 << 20;
    /** Packing fewer values than this is not worth waking a thread. */
    private static final int INLINE_VALUES = 32768;
    private static final int RELU = 1;
    private static final int TWO_TERMS = 2;

    private final KernelCode code;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final int terms;
    private final WorkerPool.Task pack = this::pack;

    private Matrix x;
    private PanelMatrix w;
    private MemorySegment activations;
    private int packSlices;

    PanelProduct(KernelCode code, WorkerPool pool, Scratch scratch, int terms) {
        this.code = code;
        this.pool = pool;
        this.scratch = scratch;
        this.terms = terms;
    }

    /** Takes the operands and packs the activations. */
    void begin(Matrix newX, PanelMatrix newW) {
        x = newX;
        w = newW;
        activations = scratch.get(ACTIVATIONS, tiles() * tileBytes());
        packSlices = (long) x.rows() * x.cols() <= INLINE_VALUES ? 1 : Math.min(tiles(), 2 * pool.threads());
        pool.run(pack, packSlices);
    }

    /** Forgets the operands, so that nothing keeps their memory reachable. */
    void end() {
        x = null;
        w = null;
    }

    int tiles() {
        return Math.ceilDiv(x.rows(), TILE_ROWS);
    }

    /** Row tiles of one task: an even number, or all. */
    int tilesPerGroup() {
        int fitting = (int) Math.max(2, ROW_GROUP_BYTES / tileBytes() / 2 * 2);
        return Math.min(tiles(), fitting);
    }

    /** How panels are shared out when a task computes {@code groupTiles} row tiles. */
    WorkSlices slices(int groupTiles) {
        long steps = kSteps();
        // Cycles at about 2.5 GHz: 170 per step of a block of 32 rows and two terms; reading comes at 12 GB/s.
        long blocks = Math.ceilDiv(groupTiles, 2);
        long nanosPerPanel = Math.max(w.layout().panelBytes() / 12, steps * blocks * 34 * terms);
        return new WorkSlices(w.layout().panels(), pool.threads(), (int) Math.max(1, 8_000 / nanosPerPanel),
                (int) Math.max(1, 300_000 / nanosPerPanel));
    }

    /**
     * Computes panels {@code firstPanel} to {@code endPanel - 1} of row tiles {@code firstTile} to {@code endTile - 1}.
     *
     * @param nextPanel panel that this thread will probably need next
     */
    void compute(int firstPanel, int endPanel, int firstTile, int endTile, int nextPanel, MemorySegment bias,
            MemorySegment residual, int residualStride, boolean relu, MemorySegment out, int outStride) {
        NativeCall.call(code.amxLinearBf16(), activations, w.panels(), bias, residual, out, MemorySegment.NULL, firstPanel,
                endPanel, firstTile, endTile, x.rows(), w.n(), kSteps(), 4L * outStride, 4L * residualStride,
                (relu ? RELU : 0) | (terms == 2 ? TWO_TERMS : 0), nextPanel, 0);
    }

    private void pack(int slice, int worker) {
        int first = tiles() * slice / packSlices;
        int end = tiles() * (slice + 1) / packSlices;
        NativeCall.call(code.bf16Split(), x.data(), activations, MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL,
                MemorySegment.NULL, first, end, x.rows(), x.cols(), 4L * x.stride(), terms, tiles() > 1 ? 1 : 0, 0, 0, 0, 0,
                0);
    }

    private int kSteps() {
        return w.layout().paddedK() / K_STEP;
    }

    private long tileBytes() {
        return (long) kSteps() * terms * TILE_BYTES;
    }
}
