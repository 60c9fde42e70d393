package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.LayerNormed;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** The operations that take rows one by one. A task is a range of rows. */
final class X86Rows implements WorkerPool.Task, RowSource {
    private enum Work { ROWS, FSMN, ROPE, ROPE_HEADS }

    private static final MemorySegment NONE = MemorySegment.NULL;
    /** Below so many values a second thread costs more than it brings. */
    private static final long INLINE_VALUES = 16384;
    /** Most rows of a step of decoding. */
    private static final int STEP_ROWS = 16;
    private static final int LANES = 16;

    private final KernelCode code;
    private final WorkerPool pool;
    private final Scratch scratch;

    private Work work;
    private int rows;
    private int slices;

    // Operands of the row kernels: one input, one output, up to two vectors.
    private MemorySegment function;
    private Matrix x;
    private Matrix out;
    private MemorySegment p1;
    private MemorySegment p2;
    private MemorySegment p3;
    private long scalar;

    // Operands of fsmn and qkNormRopeAppend.
    private RowSpans spans;
    private MemorySegment taps;
    private MemorySegment residual;
    private int residualStride;
    private int kernel;
    private int left;
    private Matrix qNorm;
    private Matrix kNorm;
    private RopeTable rope;
    private KvCache[] caches;
    private int layer;
    private int heads;

    X86Rows(KernelCode code, WorkerPool pool, Scratch scratch) {
        this.code = code;
        this.pool = pool;
        this.scratch = scratch;
    }

    void layerNorm(Matrix newX, Matrix weight, Matrix bias, float eps, Matrix newOut) {
        runRows(code.layerNorm, newX, newOut, weight.data(), bias.data(), newOut.data(), Float.floatToRawIntBits(eps));
    }

    void rmsNorm(Matrix newX, Matrix weight, float eps, Matrix newOut) {
        runRows(code.rmsNorm, newX, newOut, weight.data(), newOut.data(), NONE, Float.floatToRawIntBits(eps));
    }

    void swiglu(Matrix gateUp, Matrix newOut) {
        runRows(code.swiglu, gateUp, newOut, newOut.data(), NONE, NONE, 0);
    }

    void logSoftmax(Matrix newX, Matrix newOut) {
        runRows(code.logSoftmax, newX, newOut, newOut.data(), NONE, NONE, 0);
    }

    /** Takes the operands of {@link #rmsNorm} for calls of {@link #compute}. */
    void beginRmsNorm(Matrix newX, Matrix weight, float eps, Matrix newOut) {
        take(code.rmsNorm, newX, newOut, weight.data(), newOut.data(), NONE, Float.floatToRawIntBits(eps));
    }

    /** Takes the operands of {@link #layerNorm} for calls of {@link #compute}. */
    void beginLayerNorm(LayerNormed newX) {
        take(code.layerNorm, newX.x(), newX.normed(), newX.weight().data(), newX.bias().data(), newX.normed().data(),
                Float.floatToRawIntBits(newX.eps()));
    }

    /** Takes the operands of {@link #swiglu} for calls of {@link #compute}. */
    void beginSwiglu(Matrix gateUp, Matrix newOut) {
        take(code.swiglu, gateUp, newOut, newOut.data(), NONE, NONE, 0);
    }

    /** Rows of the operation that was begun; any worker may call it. */
    @Override
    public void compute(int first, int end) {
        NativeCall.call(function, x.data(), p1, p2, p3, NONE, NONE, first, end, out.cols(), 4L * x.stride(), 4L * out.stride(), scalar, 0, 0,
                0, 0, 0, 0);
    }

    /** Forgets the operands, so that nothing keeps their memory reachable. */
    void end() {
        x = null;
        out = null;
        p1 = null;
        p2 = null;
        p3 = null;
    }

    private void runRows(MemorySegment newFunction, Matrix newX, Matrix newOut, MemorySegment newP1, MemorySegment newP2,
            MemorySegment newP3, long newScalar) {
        take(newFunction, newX, newOut, newP1, newP2, newP3, newScalar);
        runSlices(Work.ROWS, newX.rows(), newX.cols());
        end();
    }

    private void take(MemorySegment newFunction, Matrix newX, Matrix newOut, MemorySegment newP1, MemorySegment newP2,
            MemorySegment newP3, long newScalar) {
        function = newFunction;
        x = newX;
        out = newOut;
        p1 = newP1;
        p2 = newP2;
        p3 = newP3;
        scalar = newScalar;
    }

    @Override
    public void item(int slice, int worker) {
        switch (work) {
            case ROWS -> compute(sliceStart(slice), sliceStart(slice + 1));
            case FSMN -> fsmnItem(slice);
            case ROPE -> ropeItem(sliceStart(slice), sliceStart(slice + 1), 0, caches[0].kvHeads());
            case ROPE_HEADS -> ropeItem(0, rows, sliceStart(slice, caches[0].kvHeads()), sliceStart(slice + 1, caches[0].kvHeads()));
        }
    }

    void fsmn(Matrix v, Matrix w, int newLeft, RowSpans newSpans, Optional<Matrix> newResidual, Matrix newOut) {
        kernel = w.cols();
        left = newLeft;
        spans = newSpans;
        x = v;
        out = newOut;
        residual = newResidual.isPresent() ? newResidual.get().data() : NONE;
        residualStride = newResidual.isPresent() ? newResidual.get().stride() : 0;
        int paddedChannels = (v.cols() + LANES - 1) / LANES * LANES;
        taps = scratch.get(ScratchSlots.SHARED, 4L * kernel * paddedChannels);
        NativeCall.call(code.fsmnTaps, w.data(), taps, NONE, NONE, NONE, NONE, v.cols(), kernel, 4L * w.stride(), 0, 0, 0, 0, 0,
                0, 0, 0, 0);
        runSlices(Work.FSMN, v.rows(), (long) v.cols() * kernel / 4);
        x = null;
        out = null;
        residual = null;
        spans = null;
    }

    private void fsmnItem(int slice) {
        int first = sliceStart(slice);
        int end = sliceStart(slice + 1);
        for (int s = 0; s < spans.count(); s++) {
            int start = spans.start(s);
            int from = Math.max(first, start);
            int to = Math.min(end, start + spans.length(s));
            if (from < to) {
                NativeCall.call(code.fsmn, x.data(), taps, residual, out.data(), NONE, NONE, start, spans.length(s),
                        from - start, to - start, x.cols(), kernel, left, 4L * x.stride(), 4L * out.stride(),
                        4L * residualStride, 0, 0);
            }
        }
    }

    void qkNormRopeAppend(Matrix qkv, Matrix newQNorm, Matrix newKNorm, float eps, RopeTable newRope, RowSpans newSpans,
            KvCache[] newCaches, int newLayer, int newHeads) {
        x = qkv;
        qNorm = newQNorm;
        kNorm = newKNorm;
        scalar = Float.floatToRawIntBits(eps);
        rope = newRope;
        spans = newSpans;
        caches = newCaches;
        layer = newLayer;
        heads = newHeads;
        // By heads: 16 positions of a key's column share a cache line, which two threads would take from each other, and
        // causalAttention reads the heads on the thread that has written them. By rows only where heads are too few.
        if (pool.threads() > newCaches[0].kvHeads() && (long) qkv.rows() * qkv.cols() > INLINE_VALUES) {
            runSlices(Work.ROPE, qkv.rows(), qkv.cols());
        } else {
            work = Work.ROPE_HEADS;
            rows = qkv.rows();
            // A thread that is held up must not hold up much; a step of decoding is too short for that.
            slices = rows > STEP_ROWS ? newCaches[0].kvHeads() : Math.min(pool.threads(), newCaches[0].kvHeads());
            pool.run(this, slices);
        }
        x = null;
        qNorm = null;
        kNorm = null;
        rope = null;
        spans = null;
        caches = null;
    }

    private void ropeItem(int first, int end, int firstKvHead, int endKvHead) {
        for (int s = 0; s < spans.count(); s++) {
            int start = spans.start(s);
            int from = Math.max(first, start);
            int to = Math.min(end, start + spans.length(s));
            if (from < to) {
                ropeRows(caches[s], from, to, caches[s].length() + from - start, firstKvHead, endKvHead);
            }
        }
    }

    private void ropeRows(KvCache cache, int from, int to, int position, int firstKvHead, int endKvHead) {
        int d = cache.headDim();
        int group = heads / cache.kvHeads();
        MemorySegment cos = rope.cos().data();
        MemorySegment sin = rope.sin().data();
        long cosStride = 4L * rope.cos().stride();
        long sinStride = 4L * rope.sin().stride();
        NativeCall.call(code.qkNormRope, x.data(), qNorm.data(), cos, sin, NONE, NONE, from, to, 4L * x.stride(),
                (long) firstKvHead * group * d, (long) (endKvHead - firstKvHead) * group, d, scalar, position, cosStride, sinStride, 0, 0);
        for (int h = firstKvHead; h < endKvHead; h++) {
            PanelMatrix values = cache.values(layer, h);
            NativeCall.call(code.qkNormRope, x.data(), kNorm.data(), cos, sin, cache.keys(layer, h).panels(), values.panels(),
                    from, to, 4L * x.stride(), (long) (heads + h) * d, 1, d, scalar, position, cosStride, sinStride,
                    (long) (heads + cache.kvHeads() + h) * d, values.layout().panelBytes());
        }
    }

    void embed(PanelMatrix table, int[] ids, Matrix newOut) {
        int dtype = table.layout().dtype().ordinal();
        for (int i = 0; i < ids.length; i++) {
            NativeCall.call(code.embedRow, table.panels(), newOut.data(), table.scales(), NONE, NONE, NONE, ids[i], table.k(),
                    table.layout().panelBytes(), dtype, 4L * i * newOut.stride(), 0, 0, 0, 0, 0, 0, 0);
        }
    }

    private void runSlices(Work newWork, int newRows, long valuesPerRow) {
        work = newWork;
        rows = newRows;
        slices = newRows * valuesPerRow <= INLINE_VALUES ? 1 : Math.min(newRows, 4 * pool.threads());
        pool.run(this, slices);
    }

    private int sliceStart(int slice) {
        return sliceStart(slice, rows);
    }

    private int sliceStart(int slice, int units) {
        return (int) ((long) units * slice / slices);
    }
}
