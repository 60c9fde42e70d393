package io.github.funasrjava.kernels.internal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Working memory that is kept from call to call and grows when a call needs more: numbered slots, each one native
 * block aligned to 64 bytes. The content is arbitrary.
 *
 * <p>A slot is used by one thread at a time; growing happens before work is handed to workers.
 */
public final class Scratch implements AutoCloseable {
    private final Arena[] arenas;
    private final MemorySegment[] blocks;
    private final boolean confined;

    public Scratch(int slots) {
        this(slots, false);
    }

    private Scratch(int slots, boolean confined) {
        this.confined = confined;
        arenas = new Arena[slots];
        blocks = new MemorySegment[slots];
    }

    /** Working memory of the calling thread alone: to free it needs no word with all other threads, which takes up to milliseconds. */
    public static Scratch ofThisThread(int slots) {
        return new Scratch(slots, true);
    }

    /** The block of a slot, at least {@code bytes} long. */
    public MemorySegment get(int slot, long bytes) {
        MemorySegment block = blocks[slot];
        if (block != null && block.byteSize() >= bytes) {
            return block;
        }
        // A quarter more than asked for, so that slowly growing operands do not reallocate every time.
        long size = Math.max(4096, (bytes + bytes / 4 + 63) / 64 * 64);
        Arena arena = confined ? Arena.ofConfined() : Arena.ofShared();
        MemorySegment grown = arena.allocate(size, 64);
        if (arenas[slot] != null) {
            arenas[slot].close();
        }
        arenas[slot] = arena;
        blocks[slot] = grown;
        return grown;
    }

    /** The block of a slot as the last {@link #get} with a size left it. */
    public MemorySegment get(int slot) {
        return blocks[slot];
    }

    @Override
    public void close() {
        for (int i = 0; i < arenas.length; i++) {
            if (arenas[i] != null) {
                arenas[i].close();
                arenas[i] = null;
                blocks[i] = null;
            }
        }
    }
}
