package io.github.funasrjava.engine.model;

import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Native memory for one kind of activation, kept from call to call and grown when a larger batch comes, so that
 * nothing is allocated per step, not even a view of the same size. The view of one {@link #matrix} call is valid until the next.
 */
final class ActivationBuffer implements AutoCloseable {
    private final Kernels kernels;
    private Arena arena;
    private MemorySegment memory = MemorySegment.NULL;
    private Optional<Matrix> last = Optional.empty();
    private Optional<Matrix> lastColumns = Optional.empty();

    /** Where the kernels want their operands. */
    ActivationBuffer(Kernels kernels) {
        this.kernels = kernels;
        this.arena = kernels.newArena();
    }

    /** A view {@code [rows, cols]} with rows on 64-byte boundaries; its content is undefined. */
    Matrix matrix(int rows, int cols) {
        if (last.isPresent() && last.get().rows() == rows && last.get().cols() == cols) {
            return last.get();
        }
        int stride = (cols + 15) / 16 * 16;
        long bytes = Math.max(64, (long) rows * stride * Float.BYTES);
        if (memory.byteSize() < bytes) {
            Arena larger = kernels.newArena();
            arena.close();
            arena = larger;
            // Should there be no memory, nothing of what is freed may be found again.
            memory = MemorySegment.NULL;
            last = Optional.empty();
            lastColumns = Optional.empty();
            // A quarter more, so that segments of slowly growing length do not reallocate each time.
            memory = arena.allocate(bytes + bytes / 4, 64);
        }
        Matrix view = new Matrix(memory, rows, cols, stride);
        last = Optional.of(view);
        lastColumns = Optional.empty();
        return view;
    }

    /** The first columns of the last view. */
    Matrix firstColumns(int count) {
        if (lastColumns.isEmpty() || lastColumns.get().cols() != count) {
            lastColumns = Optional.of(last.orElseThrow().columns(0, count));
        }
        return lastColumns.get();
    }

    @Override
    public void close() {
        arena.close();
    }
}
