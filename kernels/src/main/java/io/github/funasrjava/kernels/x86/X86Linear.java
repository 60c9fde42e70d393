package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** {@code linear}: tasks are rectangles of panels and rows, all panels of a group of rows before the next group. */
final class X86Linear implements WorkerPool.Task {
    private static final long SHORTEST_NANOS = 8_000;
    private static final long LONGEST_NANOS = 300_000;

    private final WorkerPool pool;
    private final PanelProduct product;

    private Matrix out;
    private MemorySegment bias;
    private MemorySegment residual;
    private int residualStride;
    private boolean relu;
    private int groupTiles;
    private WorkSlices slices;
    private int sliceCount;
    private int items;

    X86Linear(WorkerPool pool, PanelProduct product) {
        this.pool = pool;
        this.product = product;
    }

    void run(Matrix x, PanelMatrix w, Optional<Matrix> newBias, Activation activation, Optional<Matrix> newResidual,
            Matrix newOut) {
        product.begin(x, w);
        out = newOut;
        bias = newBias.isPresent() ? newBias.get().data() : MemorySegment.NULL;
        residual = newResidual.isPresent() ? newResidual.get().data() : MemorySegment.NULL;
        residualStride = newResidual.isPresent() ? newResidual.get().stride() : 0;
        relu = activation == Activation.RELU;
        groupTiles = product.tilesPerGroup();
        slices = WorkSlices.timed(w.layout().panels(), pool.threads(), product.nanosPerPanel(groupTiles), SHORTEST_NANOS,
                LONGEST_NANOS);
        sliceCount = slices.count();
        items = sliceCount * Math.ceilDiv(product.tiles(), groupTiles);
        pool.run(this, items);
        product.end();
        out = null;
        bias = null;
        residual = null;
    }

    @Override
    public void item(int index, int worker) {
        int slice = index % sliceCount;
        int firstTile = index / sliceCount * groupTiles;
        int endTile = Math.min(product.tiles(), firstTile + groupTiles);
        // While a thread computes a slice the others take one each: the next one of this thread comes after those.
        int next = index + pool.threads();
        int nextSlice = next < items ? next % sliceCount : slice;
        product.compute(slices.start(slice), slices.start(slice + 1), firstTile, endTile, slices.start(nextSlice), bias,
                residual, residualStride, relu, out.data(), out.stride());
    }
}
