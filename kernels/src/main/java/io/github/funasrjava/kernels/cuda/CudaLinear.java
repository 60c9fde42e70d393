package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.kernels.cuda.CudaOperands.View;
import io.github.funasrjava.kernels.cuda.CudaStaging.Slot;
import io.github.funasrjava.kernels.internal.LogSumExp;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Products with packed weights. */
final class CudaLinear {
    /** Rows that the skinny kernel for 16-bit weights takes. */
    private static final int SKINNY_ROWS = 16;
    /** Rows that the skinny kernel for int8 weights is faster for: it reads the weights once per four rows. */
    private static final int SKINNY_INT8_ROWS = 8;
    private static final int TILE_ROWS = 64;
    private static final int SMALL_TILE_ROWS = 32;
    private static final int ROW_TILE = 32;
    private static final int K_CHUNK = 256;
    /** Chunks that a block of the skinny kernel works on at a time, see linear16.cu. */
    private static final int MAX_WARPS = 12;
    /** Three stages of two terms of 64 rows and of two panels, or six of half as many, see linear16.cu. */
    private static final int TILE_SHARED_BYTES = 3 * (2 * TILE_ROWS * 16 + 2 * 16 * 40) * Integer.BYTES;
    /** Rows whose logits are stored at once. */
    private static final int LOGIT_ROWS = CudaPasses.MOST_ANSWERS;
    /** Classes of one partial result, see rows.cu. */
    private static final int SEGMENT = 4096;

    private final CudaSession session;
    private final CudaStaging staging;
    private final CudaWeights weights;
    private final CudaOperands operands;
    private final String skinny;
    private final String normedSkinny;
    private final String gatedSkinny;
    private final String tiled;
    private final String smallTiled;

    CudaLinear(CudaSession session, CudaStaging staging, CudaWeights weights, CudaOperands operands, Accuracy accuracy) {
        this.session = session;
        this.staging = staging;
        this.weights = weights;
        this.operands = operands;
        String mode = accuracy == Accuracy.FULL ? "full" : "fast";
        this.skinny = "linear16_skinny_" + mode;
        this.normedSkinny = "rms_norm_linear16_" + mode;
        this.gatedSkinny = "swiglu_linear16_" + mode;
        this.tiled = "linear16_" + mode;
        this.smallTiled = "linear16_small_" + mode;
    }

    /** What follows the product. */
    private record Epilogue(long bias, Activation activation, View residual, View out) {}

    private static final View NONE = new View(0, 0);

    void run(Matrix x, PanelMatrix w, Optional<Matrix> bias, Activation activation, Optional<Matrix> residual, Matrix out) {
        View to = operands.output(out);
        View added = residual.map(r -> operands.input(r, Slot.RESIDUAL)).orElse(NONE);
        multiply(operands.input(x, Slot.X), x.rows(), w, new Epilogue(biasOf(bias), activation, added, to));
        operands.finish(to, out);
    }

    /** Whether a product takes up to 16 rows in one kernel that also norms or gates what it reads. */
    boolean fuses(int rows, PanelMatrix w) {
        return rows <= SKINNY_ROWS && w.layout().dtype() == DType.BF16 && session.multipliesBf16();
    }

    /** The product of normed rows, for what {@link #fuses}. */
    void normed(Matrix x, Matrix weight, float eps, PanelMatrix w, Matrix out) {
        View to = operands.output(out);
        View from = operands.input(x, Slot.X);
        View scale = operands.input(weight, Slot.Y);
        CudaWeights.Copy copy = weights.of(w);
        session.arguments().pointer(from.address()).integer(from.stride()).pointer(scale.address()).real(eps).pointer(copy.address())
                .integer(w.layout().k()).integer(w.layout().paddedK()).integer(x.rows()).integer(w.layout().n()).pointer(to.address())
                .integer(to.stride());
        session.launch(normedSkinny, 2 * w.layout().panels(), 1, skinnyThreads(w.layout()), 0);
        operands.finish(to, out);
    }

    /** The product of gated rows with a residual, for what {@link #fuses}. */
    void gated(Matrix gateUp, PanelMatrix w, Optional<Matrix> residual, Matrix out) {
        View to = operands.output(out);
        View from = operands.input(gateUp, Slot.X);
        View added = residual.map(r -> operands.input(r, Slot.RESIDUAL)).orElse(NONE);
        CudaWeights.Copy copy = weights.of(w);
        session.arguments().pointer(from.address()).integer(from.stride()).pointer(copy.address()).integer(w.layout().k())
                .integer(w.layout().paddedK()).integer(gateUp.rows()).integer(w.layout().n()).pointer(added.address())
                .integer(added.stride()).pointer(to.address()).integer(to.stride());
        session.launch(gatedSkinny, 2 * w.layout().panels(), 1, skinnyThreads(w.layout()), 0);
        operands.finish(to, out);
    }

    private static int skinnyThreads(PanelLayout layout) {
        return 32 * Math.min(MAX_WARPS, Math.ceilDiv(layout.paddedK(), K_CHUNK));
    }

    void argmax(Matrix x, PanelMatrix w, Optional<Matrix> bias, TopToken[] top) {
        int n = w.n();
        int segments = Math.ceilDiv(n, SEGMENT);
        View from = operands.input(x, Slot.X);
        long biasAddress = biasOf(bias);
        for (int row = 0; row < x.rows(); row += LOGIT_ROWS) {
            int rows = Math.min(LOGIT_ROWS, x.rows() - row);
            View logits = new View(staging.buffer(Slot.LOGITS, (long) rows * n * Float.BYTES), n);
            View part = new View(from.address() + (long) row * from.stride() * Float.BYTES, from.stride());
            multiply(part, rows, w, new Epilogue(biasAddress, Activation.NONE, NONE, logits));
            long bytes = (long) rows * segments * Float.BYTES; // of each of ids, maxima and sums
            long ids = staging.buffer(Slot.PART_IDS, 3 * bytes);
            session.arguments().pointer(logits.address()).integer(n).integer(n).pointer(ids).pointer(ids + bytes).pointer(ids + 2 * bytes);
            session.launch("argmax_parts", rows, segments, 256);
            if (session.recording().isPresent()) {
                record(session.recording().get(), x.rows(), ids, 3 * bytes, segments, top);
            } else {
                merge(staging.download(ids, 3 * bytes), row, rows, segments, top);
            }
        }
    }

    /** The results are copied as part of the pass and read when it is done. */
    private void record(CudaRecording recording, int rows, long parts, long bytes, int segments, TopToken[] top) {
        recording.require(rows <= LOGIT_ROWS && top == recording.pass().top(), "ends in other tokens");
        long to = recording.answer(Math.toIntExact(bytes), address -> pass ->
                merge(MemorySegment.ofAddress(address).reinterpret(bytes), 0, rows, segments, pass.top()));
        session.call(() -> session.driver().copyToHost(to, parts, bytes, session.stream()));
    }

    private static void merge(MemorySegment parts, int firstRow, int rows, int segments, TopToken[] top) {
        long count = (long) rows * segments;
        for (int row = 0; row < rows; row++) {
            LogSumExp all = new LogSumExp();
            for (int s = 0; s < segments; s++) {
                long at = (long) row * segments + s;
                all.merge(parts.getAtIndex(ValueLayout.JAVA_INT, at), parts.getAtIndex(ValueLayout.JAVA_FLOAT, count + at),
                        parts.getAtIndex(ValueLayout.JAVA_FLOAT, 2 * count + at));
            }
            top[firstRow + row] = all.result();
        }
    }

    private long biasOf(Optional<Matrix> bias) {
        return bias.map(b -> operands.input(b, Slot.BIAS).address()).orElse(0L);
    }

    private void multiply(View x, int m, PanelMatrix w, Epilogue epilogue) {
        switch (w.layout().dtype()) {
            case BF16 -> multiply16(x, m, w, epilogue);
            case F32 -> {
                PanelLayout layout = w.layout();
                session.arguments().pointer(x.address()).integer(x.stride()).pointer(weights.of(w).address()).integer(layout.k())
                        .integer(layout.paddedK()).integer(m).integer(layout.n());
                launch("linear_f32", layout.panels(), Math.ceilDiv(m, ROW_TILE), 256, 0, epilogue);
            }
            case INT8 -> multiplyInt8(x, m, w, epilogue);
        }
    }

    private void multiply16(View x, int m, PanelMatrix w, Epilogue epilogue) {
        PanelLayout layout = w.layout();
        int k = layout.k();
        int padded = layout.paddedK();
        // Copying weights launches a kernel too, so it comes before the arguments of this one.
        CudaWeights.Copy copy = weights.of(w);
        if (m <= SKINNY_ROWS) {
            long rowScales = 0;
            if (!session.multipliesBf16()) {
                rowScales = staging.buffer(Slot.ROW_SCALES, SKINNY_ROWS * (long) Float.BYTES);
                session.arguments().pointer(x.address()).integer(x.stride()).integer(k).pointer(rowScales);
                session.launch("row_scales", m, 1, 128);
            }
            session.arguments().pointer(x.address()).integer(x.stride()).pointer(copy.address()).integer(k).integer(padded).integer(m)
                    .integer(layout.n()).pointer(rowScales).pointer(copy.scales());
            launch(skinny, 2 * layout.panels(), 1, skinnyThreads(layout), 0, epilogue);
            return;
        }
        int tiles = Math.ceilDiv(m, TILE_ROWS);
        int rows = tiles * TILE_ROWS;
        long hi = staging.buffer(Slot.HI, (long) rows * padded * Short.BYTES);
        long lo = staging.buffer(Slot.LO, (long) rows * padded * Short.BYTES);
        long scales = staging.buffer(Slot.ROW_SCALES, (long) rows * Float.BYTES);
        session.arguments().pointer(x.address()).integer(x.stride()).integer(m).integer(k).integer(padded).pointer(hi).pointer(lo)
                .pointer(scales);
        session.launch("split_rows", rows, 1, 128);
        session.arguments().pointer(hi).pointer(lo).pointer(copy.address()).integer(padded).integer(m).integer(layout.n()).pointer(scales)
                .pointer(copy.scales());
        // Both sizes sum in one order, so that this choice changes no bit.
        if (tiles * (long) Math.ceilDiv(layout.panels(), 2) < session.device().multiprocessors()) {
            launch(smallTiled, layout.panels(), Math.ceilDiv(m, SMALL_TILE_ROWS), 128, TILE_SHARED_BYTES, epilogue);
        } else {
            launch(tiled, Math.ceilDiv(layout.panels(), 2), tiles, 128, TILE_SHARED_BYTES, epilogue);
        }
    }

    private void multiplyInt8(View x, int m, PanelMatrix w, Epilogue epilogue) {
        PanelLayout layout = w.layout();
        int words = layout.paddedK() / 4;
        long hi = staging.buffer(Slot.HI, (long) m * words * Integer.BYTES);
        long lo = staging.buffer(Slot.LO, (long) m * words * Integer.BYTES);
        long scales = staging.buffer(Slot.ROW_SCALES, (long) m * Float.BYTES);
        CudaWeights.Copy copy = weights.of(w);
        session.arguments().pointer(x.address()).integer(x.stride()).integer(layout.k()).integer(words).pointer(hi).pointer(lo)
                .pointer(scales);
        session.launch("split_digits", m, 1, 128);
        session.arguments().pointer(hi).pointer(lo).pointer(scales).pointer(copy.address()).pointer(copy.scales()).integer(words).integer(m)
                .integer(layout.n());
        if (m <= SKINNY_INT8_ROWS) {
            launch("linear_int8_skinny", layout.panels(), Math.ceilDiv(m, 4), 256, 0, epilogue);
        } else {
            launch("linear_int8", layout.panels(), Math.ceilDiv(m, ROW_TILE), 256, 0, epilogue);
        }
    }

    /** Adds the epilogue to the arguments and starts. */
    private void launch(String kernel, int gridX, int gridY, int threads, int sharedBytes, Epilogue e) {
        session.moreArguments().pointer(e.bias).integer(e.activation == Activation.RELU ? 1 : 0).pointer(e.residual.address())
                .integer(e.residual.stride()).pointer(e.out.address()).integer(e.out.stride());
        session.launch(kernel, gridX, gridY, threads, sharedBytes);
    }
}
