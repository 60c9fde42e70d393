package io.github.funasrjava.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Keys and values of one sequence for all decoder layers, f32.
 *
 * <p>For every layer and key/value head there are two matrices {@code [capacity, headDim]}, so that attention walks
 * one contiguous block per head. {@link #length()} counts the valid positions; rows beyond it are scratch. Dropping
 * rejected rows is {@link #truncate}. The arena that was passed in owns the memory.
 */
public final class KvCache {
    private final int layers;
    private final int kvHeads;
    private final int headDim;
    private final int capacity;
    private final int stride;
    private final MemorySegment memory;
    private int length;

    /**
     * @param arena owner of the memory; confined to whoever closes it
     * @param layers decoder layers
     * @param kvHeads key/value heads per layer
     * @param headDim values per head
     * @param capacity positions that fit
     */
    public KvCache(Arena arena, int layers, int kvHeads, int headDim, int capacity) {
        this.layers = layers;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        this.capacity = capacity;
        this.stride = (headDim + 15) / 16 * 16;
        this.memory = arena.allocate(bytes(layers, kvHeads, headDim, capacity), 64);
    }

    /** Bytes of a cache of these sizes. */
    public static long bytes(int layers, int kvHeads, int headDim, int capacity) {
        long rows = Math.multiplyExact(Math.multiplyExact(2L * layers, kvHeads), (long) capacity);
        return Math.multiplyExact(rows, (headDim + 15) / 16 * 64L);
    }

    public int layers() {
        return layers;
    }

    public int kvHeads() {
        return kvHeads;
    }

    public int headDim() {
        return headDim;
    }

    /** Positions that fit. */
    public int capacity() {
        return capacity;
    }

    /** Valid positions. */
    public int length() {
        return length;
    }

    /** Declares the first {@code newLength} positions valid, after all layers have written them. */
    public void advanceTo(int newLength) {
        if (newLength < length || newLength > capacity) {
            throw new IllegalArgumentException("cannot advance a cache of " + length + "/" + capacity + " to " + newLength);
        }
        length = newLength;
    }

    /** Forgets all positions from {@code newLength} on. */
    public void truncate(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("cannot truncate a cache of " + length + " to " + newLength);
        }
        length = newLength;
    }

    /** Copies all valid positions of {@code prefix}, which has the same geometry, to the front of this empty cache. */
    public void copyFrom(KvCache prefix) {
        if (prefix.layers != layers || prefix.kvHeads != kvHeads || prefix.headDim != headDim || length != 0
                || prefix.length > capacity) {
            throw new IllegalArgumentException("a prefix cache must have the same geometry and fit into an empty one");
        }
        long rowBytes = stride * 4L;
        for (int block = 0; block < 2 * layers * kvHeads; block++) {
            MemorySegment.copy(prefix.memory, (long) block * prefix.capacity * rowBytes, memory, (long) block * capacity * rowBytes,
                    prefix.length * rowBytes);
        }
        length = prefix.length;
    }

    /** Keys of one head, {@code [capacity, headDim]}. */
    public Matrix keys(int layer, int head) {
        return block(2 * (layer * kvHeads + head));
    }

    /** Values of one head, {@code [capacity, headDim]}. */
    public Matrix values(int layer, int head) {
        return block(2 * (layer * kvHeads + head) + 1);
    }

    private Matrix block(int index) {
        long bytes = (long) capacity * stride * 4;
        return new Matrix(memory.asSlice(index * bytes, bytes), capacity, headDim, stride);
    }
}
