package io.github.funasrjava.kernels.vector;

import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Operations that treat each row alone: shares groups of rows out over the workers. */
final class VectorRows {
    /** An item should be worth several microseconds, so that sharing it out costs little. */
    private static final int VALUES_PER_ITEM = 8192;

    private final WorkerPool pool;
    private final Lanes lanes;
    private final Scratch taps = new Scratch(1);
    private final WorkerPool.Task shareTask = this::runItem;
    private final RowBody layerNormRows = this::layerNormRow;
    private final RowBody rmsNormRows = this::rmsNormRow;
    private final RowBody swigluRows = this::swigluRow;
    private final RowBody logSoftmaxRows = this::logSoftmaxRow;
    private final RowBody fsmnRows = this::fsmnRow;
    private final RowBody appendRows = this::appendRow;

    // Operands of the running call.
    private RowBody body = row -> { };
    private Matrix x;
    private Matrix weight;
    private Matrix bias;
    private Optional<Matrix> residual = Optional.empty();
    private float eps;
    private Matrix out;
    private int rows;
    private int rowsPerItem;
    private RowSpans spans;
    private int left;
    private int kernel;
    private KvCache[] caches;
    private RopeTable rope;
    private int layer;
    private int heads;

    VectorRows(WorkerPool pool, Lanes lanes) {
        this.pool = pool;
        this.lanes = lanes;
    }

    void close() {
        taps.close();
    }

    @FunctionalInterface
    private interface RowBody {
        void run(int row);
    }

    private void share(RowBody newBody, Matrix shape) {
        body = newBody;
        rows = shape.rows();
        rowsPerItem = Math.max(1, VALUES_PER_ITEM / shape.cols());
        pool.run(shareTask, Math.ceilDiv(rows, rowsPerItem));
    }

    private void runItem(int item, int worker) {
        int end = Math.min(rows, (item + 1) * rowsPerItem);
        for (int row = item * rowsPerItem; row < end; row++) {
            body.run(row);
        }
    }

    private static long at(Matrix m, int row) {
        return (long) row * m.stride() * Float.BYTES;
    }

    void layerNorm(Matrix newX, Matrix newWeight, Matrix newBias, float newEps, Matrix newOut) {
        x = newX;
        weight = newWeight;
        bias = newBias;
        eps = newEps;
        out = newOut;
        share(layerNormRows, x);
    }

    private void layerNormRow(int row) {
        lanes.layerNorm(x.data(), at(x, row), x.cols(), weight.data(), 0, bias.data(), 0, eps, out.data(), at(out, row));
    }

    void rmsNorm(Matrix newX, Matrix newWeight, float newEps, Matrix newOut) {
        x = newX;
        weight = newWeight;
        eps = newEps;
        out = newOut;
        share(rmsNormRows, x);
    }

    private void rmsNormRow(int row) {
        lanes.rmsNorm(x.data(), at(x, row), x.cols(), weight.data(), 0, eps, out.data(), at(out, row));
    }

    void swiglu(Matrix gateUp, Matrix newOut) {
        x = gateUp;
        out = newOut;
        share(swigluRows, out);
    }

    private void swigluRow(int row) {
        long gate = at(x, row);
        lanes.swiglu(x.data(), gate, gate + out.cols() * 4L, out.cols(), out.data(), at(out, row));
    }

    void logSoftmax(Matrix newX, Matrix newOut) {
        x = newX;
        out = newOut;
        share(logSoftmaxRows, x);
    }

    private void logSoftmaxRow(int row) {
        lanes.logSoftmax(x.data(), at(x, row), x.cols(), out.data(), at(out, row));
    }

    void fsmn(Matrix v, Matrix w, int newLeft, RowSpans newSpans, Optional<Matrix> newResidual, Matrix newOut) {
        x = v;
        left = newLeft;
        kernel = w.cols();
        spans = newSpans;
        residual = newResidual;
        out = newOut;
        transposeTaps(w);
        share(fsmnRows, x);
    }

    /** Taps as {@code [kernel][n]}, so that a vector of columns meets a vector of taps. */
    private void transposeTaps(Matrix w) {
        int n = w.rows();
        MemorySegment transposed = taps.get(0, (long) n * kernel * Float.BYTES);
        for (int c = 0; c < n; c++) {
            for (int j = 0; j < kernel; j++) {
                transposed.set(ValueLayout.JAVA_FLOAT, ((long) j * n + c) * Float.BYTES, w.get(c, j));
            }
        }
    }

    private void fsmnRow(int row) {
        int s = spanOf(row);
        int firstTap = Math.max(0, spans.start(s) + left - row);
        int endTap = Math.min(kernel, spans.start(s + 1) + left - row);
        long tapBytes = x.cols() * 4L;
        lanes.fsmn(x.data(), at(x, row), x.stride() * 4L, firstTap - left, endTap - firstTap, taps.get(0), firstTap * tapBytes,
                tapBytes, x.cols(), residual.isPresent(), residual.orElse(x).data(), at(residual.orElse(x), row), out.data(),
                at(out, row));
    }

    private int spanOf(int row) {
        int s = 0;
        while (row >= spans.start(s + 1)) {
            s++;
        }
        return s;
    }

    void qkNormRopeAppend(Matrix qkv, Matrix qNorm, Matrix kNorm, float newEps, RopeTable newRope, RowSpans newSpans,
            KvCache[] newCaches, int newLayer, int newHeads) {
        x = qkv;
        weight = qNorm;
        bias = kNorm;
        eps = newEps;
        rope = newRope;
        spans = newSpans;
        caches = newCaches;
        layer = newLayer;
        heads = newHeads;
        share(appendRows, x);
    }

    /** Keys are normed and rotated where they stand in the row, then scattered into their panel. */
    private void appendRow(int row) {
        int s = spanOf(row);
        KvCache cache = caches[s];
        int d = cache.headDim();
        int position = cache.length() + row - spans.start(s);
        MemorySegment data = x.data();
        long start = at(x, row);
        for (int h = 0; h < heads + cache.kvHeads(); h++) {
            long head = start + (long) h * d * Float.BYTES;
            lanes.rmsNorm(data, head, d, (h < heads ? weight : bias).data(), 0, eps, data, head);
            lanes.rotate(data, head, d / 2, rope.cos().data(), at(rope.cos(), position), rope.sin().data(), at(rope.sin(), position));
        }
        for (int h = 0; h < cache.kvHeads(); h++) {
            PanelMatrix keys = cache.keys(layer, h);
            PanelMatrix values = cache.values(layer, h);
            lanes.packColumn(data, start + (long) (heads + h) * d * Float.BYTES, d, keys.panels(), keys.layout().offset(position, 0));
            long value = start + (long) (heads + cache.kvHeads() + h) * d * Float.BYTES;
            for (int c = 0; c < d; c += 32) {
                MemorySegment.copy(data, value + c * 4L, values.panels(), values.layout().offset(c, position), Math.min(32, d - c) * 4L);
            }
        }
    }
}
