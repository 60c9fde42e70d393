package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * {@code linear}: tasks are rectangles of panels and rows. Where arithmetic takes longer than the weights' way from memory, every
 * thread has a group of rows of its own and walks all panels: its rows then never leave its cache from one operation to
 * the next. Else, and where each thread's columns are many, every thread has a stretch of panels and reads it once, for all rows.
 */
final class X86Linear implements WorkerPool.Task {
    /** Where a product's result goes. */
    private enum Target {
        MATRIX,
        /** Activations of the next product. */
        TILES,
        /** The same, after SwiGLU of the two halves of all columns. */
        GATED_TILES
    }

    private static final long SHORTEST_NANOS = 8_000;
    private static final long LONGEST_NANOS = 300_000;
    /**
     * Panels of one thread from which on it takes columns of all rows, if these fit in its cache, although arithmetic takes longer than memory: so
     * each core fetches half of the weights, which is worth fetching the rows that the other core has packed.
     */
    private static final int COLUMN_PANELS = 64;

    private final WorkerPool pool;
    private final PanelProduct product;
    private final Scratch scratch;

    private MemorySegment out;
    private int outStride;
    private Target target;
    private MemorySegment bias;
    private MemorySegment residual;
    private int residualStride;
    private boolean relu;
    private int groups;
    private final WorkSlices slices = new WorkSlices();
    private int sliceCount;

    X86Linear(WorkerPool pool, PanelProduct product, Scratch scratch) {
        this.pool = pool;
        this.product = product;
        this.scratch = scratch;
    }

    void run(Matrix x, PanelMatrix w, Optional<Matrix> newBias, Activation activation, Optional<Matrix> newResidual,
            Matrix newOut) {
        product.begin(x, w);
        toMatrix(w, newBias, activation, newResidual, newOut);
    }

    /** As {@link #run}, of rows that {@code source} leaves in {@code x}; only for products that {@link #packs pack}. */
    void run(RowSource source, Matrix x, PanelMatrix w, Optional<Matrix> newBias, Activation activation, Optional<Matrix> newResidual,
            Matrix newOut) {
        product.begin(x, w, source);
        toMatrix(w, newBias, activation, newResidual, newOut);
    }

    /** Whether the rows of a product are packed. */
    boolean packs(PanelMatrix w) {
        return product.packs(w);
    }

    /**
     * Two products, the first with a rectifier: its result goes to the second as tiles of two bf16 terms, without being stored in f32
     * and read again. The same bits as {@link #run} twice. A source other than {@link RowSource#NOTHING} leaves the rows in {@code x}; then the
     * first product must {@link #packs pack}.
     */
    void runPair(RowSource source, Matrix x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> newResidual, Matrix hidden, Matrix newOut) {
        if (!product.chains(x, w1, w2)) {
            run(source, x, w1, bias1, Activation.RELU, Optional.empty(), hidden);
            run(hidden, w2, bias2, Activation.NONE, newResidual, newOut);
            return;
        }
        product.begin(x, w1, source);
        out = scratch.get(ScratchSlots.NEXT_ACTIVATIONS, product.resultTileBytes(w1.layout().panels()));
        target = Target.TILES;
        bias = data(bias1);
        relu = true;
        second(x.rows(), w1.layout().panels(), w2, bias2, newResidual, newOut);
    }

    /** Whether {@link #runGated} takes these. */
    boolean gates(Matrix x, PanelMatrix gateUp, PanelMatrix down) {
        return product.chainsGated(x, gateUp, down);
    }

    /**
     * Two products with SwiGLU between them: what the first one computes is never stored in f32. The same bits as one after the other. Only for
     * operands that {@link #gates} accepts.
     */
    void runGated(RowSource source, Matrix x, PanelMatrix gateUp, PanelMatrix down, Optional<Matrix> newResidual, Matrix newOut) {
        product.beginGated(x, gateUp, source);
        int panels = gateUp.layout().panels() / 2;
        out = scratch.get(ScratchSlots.NEXT_ACTIVATIONS, product.resultTileBytes(panels));
        target = Target.GATED_TILES;
        ScratchSlots.reserveForWorkers(scratch, pool, PanelProduct.gateBytes(product.tiles()));
        second(x.rows(), panels, down, Optional.empty(), newResidual, newOut);
    }

    /** The product that was begun, with so many panels in its result, to tiles; then another one with them. */
    private void second(int rows, int panels, PanelMatrix w2, Optional<Matrix> bias2, Optional<Matrix> newResidual, Matrix newOut) {
        MemorySegment tiles = out;
        compute(panels);
        product.beginWithTiles(rows, w2, tiles);
        toMatrix(w2, bias2, Activation.NONE, newResidual, newOut);
    }

    private void toMatrix(PanelMatrix w, Optional<Matrix> newBias, Activation activation, Optional<Matrix> newResidual, Matrix newOut) {
        out = newOut.data();
        outStride = newOut.stride();
        target = Target.MATRIX;
        bias = data(newBias);
        residual = data(newResidual);
        residualStride = newResidual.isPresent() ? newResidual.get().stride() : 0;
        relu = activation == Activation.RELU;
        compute(w.layout().panels());
    }

    private static MemorySegment data(Optional<Matrix> matrix) {
        return matrix.isPresent() ? matrix.get().data() : MemorySegment.NULL;
    }

    /** @param panels of the result */
    private void compute(int panels) {
        int threads = pool.threads();
        int groupsThatFit = Math.ceilDiv(product.tiles(), product.tilesPerGroup());
        int factor = target == Target.GATED_TILES ? 2 : 1;
        int stretches = threads;
        groups = groupsThatFit;
        boolean manyColumns = groupsThatFit == 1 && factor * panels / threads >= COLUMN_PANELS;
        if (threads > 1 && !manyColumns && product.computeBound(threads)) {
            groups = Math.ceilDiv(groupsThatFit, threads) * threads;
            stretches = 1;
        }
        long nanosPerPanel = factor * product.nanosPerPanel(Math.ceilDiv(product.tiles(), groups));
        int most = WorkSlices.unitsIn(LONGEST_NANOS, nanosPerPanel);
        slices.cut(panels, stretches, threads == 1 ? most : WorkSlices.unitsIn(SHORTEST_NANOS, nanosPerPanel), most);
        sliceCount = slices.count();
        pool.run(this, sliceCount * groups);
        product.end();
        out = null;
        bias = null;
        residual = null;
    }

    @Override
    public void item(int index, int worker) {
        int slice = index % sliceCount;
        int firstPanel = slices.start(slice);
        int endPanel = slices.start(slice + 1);
        int firstTile = product.groupStart(index / sliceCount, groups);
        int endTile = product.groupStart(index / sliceCount + 1, groups);
        if (firstPanel < endPanel && firstTile < endTile) {
            // The neighbour is most likely the next one of this thread, then the same part of the next matrix.
            long next = slices.endsStretch(slice) ? product.bytesToNextMatrix(slices.stretch(slice), slices.stretches())
                    : product.bytesTo(endPanel);
            switch (target) {
                case MATRIX -> product.compute(worker, firstPanel, endPanel, firstTile, endTile, next, bias, residual, residualStride, relu, out,
                        outStride);
                case TILES -> product.computeTiles(worker, firstPanel, endPanel, firstTile, endTile, next, bias, relu, out);
                case GATED_TILES -> product.computeGated(worker, firstPanel, endPanel, firstTile, endTile, next,
                        scratch.get(ScratchSlots.worker(worker)), out);
            }
        }
    }
}
