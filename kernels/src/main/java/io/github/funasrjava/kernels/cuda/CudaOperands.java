package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.cuda.CudaStaging.Slot;
import java.lang.foreign.MemorySegment;

/**
 * How operands come to the device. Memory of {@link ManagedArena} is there already; read-only memory is copied once and
 * kept; everything else is copied for the one operation, and results are copied back and waited for.
 */
final class CudaOperands {
    private final CudaSession session;
    private final CudaStaging staging;
    private final CudaWeights weights;

    CudaOperands(CudaSession session, CudaStaging staging, CudaWeights weights) {
        this.session = session;
        this.staging = staging;
        this.weights = weights;
    }

    /** Rows on the device: address of the first element and values from row to row. */
    record View(long address, int stride) {}

    /** An operand that is only read. */
    View input(Matrix m, Slot slot) {
        if (session.isOurs(m.data().address())) {
            return new View(m.data().address(), m.stride());
        }
        if (m.data().isReadOnly() && m.rows() > 0) {
            return constant(m);
        }
        return new View(staging.upload(slot, m), m.cols());
    }

    /** An operand that is the same whenever its memory is. */
    View constant(Matrix m) {
        if (session.isOurs(m.data().address())) {
            return new View(m.data().address(), m.stride());
        }
        MemorySegment extent = m.data().asSlice(0, ((m.rows() - 1L) * m.stride() + m.cols()) * Float.BYTES);
        return new View(weights.constant(extent), m.stride());
    }

    /** Where a result goes; {@link #finish} brings it home. */
    View output(Matrix m) {
        if (session.isOurs(m.data().address())) {
            return new View(m.data().address(), m.stride());
        }
        return new View(staging.buffer(Slot.OUT, Math.max(4, (long) m.rows() * m.cols() * Float.BYTES)), m.cols());
    }

    /** Brings a result to the process's memory when that is where it belongs. */
    void finish(View view, Matrix m) {
        if (view.address != m.data().address()) {
            staging.download(view.address, m);
        }
    }
}
