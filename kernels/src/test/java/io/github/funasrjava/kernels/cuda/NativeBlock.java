package io.github.funasrjava.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A block of the fake driver's device memory, filled with a pattern so that nobody relies on zeros. */
final class NativeBlock implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;

    NativeBlock(long bytes) {
        memory = arena.allocate(bytes, 256);
        memory.fill((byte) 0xa5);
    }

    long address() {
        return memory.address();
    }

    long bytes() {
        return memory.byteSize();
    }

    @Override
    public void close() {
        arena.close();
    }
}
