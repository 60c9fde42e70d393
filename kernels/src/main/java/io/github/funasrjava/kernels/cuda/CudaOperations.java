package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.DeviceMeasurement;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.KernelsUnavailableException;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import io.github.funasrjava.kernels.Pass;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.kernels.cuda.CudaOperands.View;
import io.github.funasrjava.kernels.cuda.CudaStaging.Slot;
import io.github.funasrjava.kernels.internal.Operations;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** The operations on a GPU: operands are brought there where they are not, and kernels are started in one stream. */
final class CudaOperations implements Operations {
    private static final int THREADS = 128;
    /** Rows of one tile of the tiled product, so that rows which fill it up cost nothing there. */
    private static final int ROW_BUCKET = 64;

    private final CudaSession session;
    private final CudaStaging staging;
    private final CudaWeights weights;
    private final CudaOperands operands;
    private final CudaLinear linear;
    private final CudaAttention attention;
    private final CudaCaches caches;
    private final CudaPasses passes;

    CudaOperations(CudaSession session, Accuracy accuracy, Consumer<String> note) {
        this.session = session;
        passes = new CudaPasses(session, note);
        staging = new CudaStaging(session);
        weights = new CudaWeights(session);
        operands = new CudaOperands(session, staging, weights);
        linear = new CudaLinear(session, staging, weights, operands, accuracy);
        caches = new CudaCaches(session, staging);
        attention = new CudaAttention(session, staging, operands, caches);
    }

    @Override
    public void linear(Matrix x, PanelMatrix w, Optional<Matrix> bias, Activation activation, Optional<Matrix> residual, Matrix out) {
        linear.run(x, w, bias, activation, residual, out);
    }

    @Override
    public void argmaxLinear(Matrix x, PanelMatrix w, Optional<Matrix> bias, TopToken[] top) {
        linear.argmax(x, w, bias, top);
    }

    @Override
    public void layerNorm(Matrix x, Matrix weight, Matrix bias, float eps, Matrix out) {
        View to = operands.output(out);
        View from = operands.input(x, Slot.X);
        View scale = operands.input(weight, Slot.Y);
        View shift = operands.input(bias, Slot.Z);
        session.arguments().pointer(from.address()).integer(from.stride()).integer(x.cols()).pointer(scale.address())
                .pointer(shift.address()).real(eps).pointer(to.address()).integer(to.stride());
        session.launch("layer_norm", x.rows(), 1, THREADS);
        operands.finish(to, out);
    }

    @Override
    public void rmsNorm(Matrix x, Matrix weight, float eps, Matrix out) {
        View to = operands.output(out);
        View from = operands.input(x, Slot.X);
        View scale = operands.input(weight, Slot.Y);
        session.arguments().pointer(from.address()).integer(from.stride()).integer(x.cols()).pointer(scale.address()).real(eps)
                .pointer(to.address()).integer(to.stride());
        session.launch("rms_norm", x.rows(), 1, THREADS);
        operands.finish(to, out);
    }

    @Override
    public void rmsNormLinear(Matrix x, Matrix weight, float eps, Matrix normed, PanelMatrix w, Matrix out) {
        if (linear.fuses(x.rows(), w)) {
            linear.normed(x, weight, eps, w, out);
        } else {
            Operations.super.rmsNormLinear(x, weight, eps, normed, w, out);
        }
    }

    @Override
    public void swigluLinear(Matrix gateUp, Matrix hidden, PanelMatrix w, Optional<Matrix> residual, Matrix out) {
        if (linear.fuses(gateUp.rows(), w)) {
            linear.gated(gateUp, w, residual, out);
        } else {
            Operations.super.swigluLinear(gateUp, hidden, w, residual, out);
        }
    }

    @Override
    public void attention(Matrix q, RowSpans querySpans, Matrix k, Matrix v, RowSpans keySpans, int heads, float scale, Matrix out) {
        attention.full(q, querySpans, k, v, keySpans, heads, scale, out);
    }

    @Override
    public void fsmn(Matrix v, Matrix w, int left, RowSpans spans, Optional<Matrix> residual, Matrix out) {
        View to = operands.output(out);
        View from = operands.input(v, Slot.X);
        View taps = operands.input(w, Slot.Y);
        View added = residual.map(r -> operands.input(r, Slot.RESIDUAL)).orElse(new View(0, 0));
        long list;
        if (session.recording().isPresent()) {
            CudaRecording recording = session.recording().get();
            recording.require(spans == recording.pass().spans(), "uses other spans");
            list = recording.table("spans", 0, 2 * v.rows(), pass -> ends(pass.spans()));
        } else {
            list = staging.upload(Slot.NUMBERS, ends(spans));
        }
        session.arguments().pointer(from.address()).integer(from.stride()).pointer(taps.address()).integer(taps.stride())
                .integer(w.cols()).integer(left).integer(v.cols()).pointer(list).pointer(added.address()).integer(added.stride())
                .pointer(to.address()).integer(to.stride());
        session.launch("fsmn", v.rows(), Math.ceilDiv(v.cols(), THREADS), THREADS);
        operands.finish(to, out);
    }

    /** First row and end of the span of every row. */
    private static int[] ends(RowSpans spans) {
        int[] ends = new int[2 * spans.totalRows()];
        for (int s = 0; s < spans.count(); s++) {
            for (int row = spans.start(s); row < spans.start(s + 1); row++) {
                ends[2 * row] = spans.start(s);
                ends[2 * row + 1] = spans.start(s + 1);
            }
        }
        return ends;
    }

    @Override
    public void qkNormRopeAppend(Matrix qkv, Matrix qNorm, Matrix kNorm, float eps, RopeTable rope, RowSpans spans, KvCache[] held,
            int layer, int heads) {
        attention.prepare(qkv, qNorm, kNorm, eps, rope, spans, held, layer, heads);
    }

    @Override
    public void causalAttention(Matrix q, RowSpans spans, RowSpans asked, KvCache[] held, int layer, int heads, float scale,
            Matrix out) {
        attention.causal(q, spans, held, layer, heads, scale, out);
    }

    @Override
    public void swiglu(Matrix gateUp, Matrix out) {
        View to = operands.output(out);
        View from = operands.input(gateUp, Slot.X);
        session.arguments().pointer(from.address()).integer(from.stride()).integer(out.cols()).pointer(to.address()).integer(to.stride());
        session.launch("swiglu", out.rows(), Math.ceilDiv(out.cols(), THREADS), THREADS);
        operands.finish(to, out);
    }

    @Override
    public void embed(PanelMatrix table, int[] ids, Matrix out) {
        PanelLayout layout = table.layout();
        // Where there is no bf16 the device holds f16, scaled per row: the rows come from the process's memory, exactly.
        boolean asStored = layout.dtype() != DType.BF16 || session.multipliesBf16();
        View to = operands.output(out);
        if (!asStored) {
            embedFromHost(table, ids, to);
        } else {
            CudaWeights.Copy copy = weights.of(table);
            int rows = table.n();
            long list = session.recording().isPresent()
                    ? recorded(ids).table("ids", rows, ids.length, pass -> within(pass.ids(), rows))
                    : staging.upload(Slot.NUMBERS, ids);
            session.arguments().pointer(copy.address()).pointer(copy.scales()).integer(layout.dtype().ordinal()).integer(layout.k())
                    .integer(layout.paddedK()).pointer(list).pointer(to.address()).integer(to.stride());
            session.launch("embed", ids.length, Math.ceilDiv(layout.k(), THREADS), THREADS);
        }
        operands.finish(to, out);
    }

    private CudaRecording recorded(int[] ids) {
        CudaRecording recording = session.recording().orElseThrow();
        recording.require(ids == recording.pass().ids(), "looks up other ids");
        return recording;
    }

    private static int[] within(int[] ids, int rows) {
        for (int id : ids) {
            if (id < 0 || id >= rows) {
                throw new IllegalArgumentException("id " + id + " is not in the table of " + rows + " rows");
            }
        }
        return ids;
    }

    private void embedFromHost(PanelMatrix table, int[] ids, View to) {
        int k = table.k();
        if (session.recording().isPresent()) {
            CudaRecording recording = recorded(ids);
            long from = recording.table("embedded", table.n(), ids.length * k, pass -> bits(embedded(table, within(pass.ids(), table.n()))));
            long order = recording.table("order", ids.length, ids.length, pass -> IntStream.range(0, pass.ids().length).toArray());
            gather(new View(from, k), k, order, ids.length, to);
        } else {
            long from = staging.upload(Slot.X, embedded(table, ids));
            gather(new View(from, k), k, staging.upload(Slot.NUMBERS, IntStream.range(0, ids.length).toArray()), ids.length, to);
        }
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    private static float[] embedded(PanelMatrix table, int[] ids) {
        int k = table.k();
        float[] rows = new float[ids.length * k];
        float[] row = new float[k];
        for (int i = 0; i < ids.length; i++) {
            PanelPacker.unpackRow(table, ids[i], row);
            System.arraycopy(row, 0, rows, i * k, k);
        }
        return rows;
    }

    private void gather(View from, int cols, long list, int count, View to) {
        session.arguments().pointer(from.address()).integer(from.stride()).integer(cols).pointer(list).pointer(to.address())
                .integer(to.stride());
        session.launch("gather_rows", count, Math.ceilDiv(cols, THREADS), THREADS);
    }

    @Override
    public void gather(Matrix x, int[] rows, Matrix out) {
        View to = operands.output(out);
        gather(operands.input(x, Slot.X), x.cols(), staging.upload(Slot.NUMBERS, rows), rows.length, to);
        operands.finish(to, out);
    }

    @Override
    public void logSoftmax(Matrix x, Matrix out) {
        View to = operands.output(out);
        View from = operands.input(x, Slot.X);
        session.arguments().pointer(from.address()).integer(from.stride()).integer(x.cols()).pointer(to.address()).integer(to.stride());
        session.launch("log_softmax", x.rows(), 1, THREADS);
        operands.finish(to, out);
    }

    @Override
    public Arena newArena() {
        return new ManagedArena(session);
    }

    @Override
    public KvCache newCache(int layers, int kvHeads, int headDim, int capacity) {
        return caches.newCache(layers, kvHeads, headDim, capacity);
    }

    @Override
    public void requireRoom(long weightBytes, long cacheBytes, long workspaceBytes) {
        CudaMemory memory = session.call(session.driver()::memory);
        memory.refusal(new CudaMemory.Needs(weightBytes, cacheBytes, workspaceBytes)).ifPresent(reason -> {
            throw new KernelsUnavailableException(reason);
        });
    }

    @Override
    public void pass(Pass pass, Runnable operations) {
        passes.run(pass, operations);
    }

    @Override
    public int passRows(int rows) {
        return rows <= CudaPasses.MOST_ROWS ? Math.ceilDiv(rows, ROW_BUCKET) * ROW_BUCKET : rows;
    }

    @Override
    public void put(float[] values, Matrix out) {
        if (session.isOurs(out.data().address()) && out.stride() == out.cols()) {
            staging.upload(out.data().address(), values, out.rows() * out.cols());
        } else {
            session.synchronize();
            Operations.super.put(values, out);
        }
    }

    @Override
    public void prefetch(MemorySegment file) {
        weights.prefetch(file);
    }

    @Override
    public Optional<DeviceMeasurement> measureDevice(boolean withKernels) {
        return Optional.of(new CudaBench(session, this).measure(withKernels));
    }

    /** Copies values to memory of the device. */
    void stage(long address, float[] values) {
        staging.upload(address, values, values.length);
    }

    @Override
    public Optional<String> lost() {
        return session.lost();
    }

    @Override
    public long roomBytes() {
        return Math.max(0, session.call(session.driver()::memory).freeBytes() - CudaMemory.RESERVE_BYTES);
    }

    /** Graphs that are held, for tests. */
    int graphs() {
        return passes.graphs();
    }

    @Override
    public void finish() {
        session.synchronize();
    }

    @Override
    public void close() {
        if (session.closed()) {
            return;
        }
        try {
            weights.close();
            passes.close();
            staging.close();
        } finally {
            session.close();
        }
    }
}
