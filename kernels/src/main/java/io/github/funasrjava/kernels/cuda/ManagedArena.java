package io.github.funasrjava.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory with one address for processor and GPU, so that rows that a kernel made are views like any other. */
final class ManagedArena implements Arena {
    private final CudaSession session;
    private final Arena owner = Arena.ofShared();

    ManagedArena(CudaSession session) {
        this.session = session;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        long bytes = Math.max(1, byteSize);
        long address = session.allocate(CudaSession.Use.ACTIVATIONS, bytes);
        // The driver aligns to 256 bytes.
        MemorySegment segment = MemorySegment.ofAddress(address).reinterpret(bytes, owner, closed -> session.free(address)).asSlice(0, byteSize);
        return segment.fill((byte) 0);
    }

    @Override
    public MemorySegment.Scope scope() {
        return owner.scope();
    }

    @Override
    public void close() {
        owner.close();
    }
}
