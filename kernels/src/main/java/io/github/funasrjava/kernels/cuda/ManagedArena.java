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
        // By the device, so that its pages come to be there; the processor's zeros would be fetched page by page by the first kernel.
        session.clear(address, bytes);
        return segment;
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
