package io.github.funasrjava.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Keys and values of one sequence for all decoder layers, f32, growing as the sequence does.
 *
 * <p>For every layer and key/value head there are two matrices {@code [capacity, headDim]}, so that attention walks
 * one contiguous block per head. {@link #length()} counts the valid positions; rows beyond it are scratch. Dropping
 * rejected rows is {@link #truncate}. The cache owns its memory until {@link #close}.
 */
public final class KvCache implements AutoCloseable {
    /** Capacity grows in these steps, so that a short answer does not pay for the longest one. */
    private static final int GROWTH_POSITIONS = 64;

    private final int layers;
    private final int kvHeads;
    private final int headDim;
    private final int stride;
    private Arena arena;
    private MemorySegment memory;
    private int capacity;
    private int length;

    /**
     * @param layers decoder layers
     * @param kvHeads key/value heads per layer
     * @param headDim values per head
     * @param capacity positions that fit at first; {@link #reserve} makes room for more
     */
    public KvCache(int layers, int kvHeads, int headDim, int capacity) {
        if (layers <= 0 || kvHeads <= 0 || headDim <= 0 || capacity < 0) {
            throw new IllegalArgumentException("KV cache of " + layers + " layers, " + kvHeads + " heads of " + headDim
                    + ", capacity " + capacity);
        }
        this.layers = layers;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        this.stride = (headDim + 15) / 16 * 16;
        this.capacity = roundUp(capacity);
        this.arena = Arena.ofShared();
        this.memory = arena.allocate(bytes(layers, kvHeads, headDim, this.capacity), 64);
    }

    /** Bytes of a cache of these sizes. */
    public static long bytes(int layers, int kvHeads, int headDim, int capacity) {
        long rows = Math.multiplyExact(Math.multiplyExact(2L * layers, (long) kvHeads), (long) capacity);
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

    /** Positions that fit without growing. */
    public int capacity() {
        return capacity;
    }

    /** Valid positions. */
    public int length() {
        return length;
    }

    /** Makes room for {@code positions} positions; valid ones are kept, views taken before become invalid. */
    public void reserve(int positions) {
        if (positions <= capacity) {
            return;
        }
        int grown = roundUp(positions);
        Arena next = Arena.ofShared();
        MemorySegment target = next.allocate(bytes(layers, kvHeads, headDim, grown), 64);
        copyBlocks(memory, capacity, target, grown, length);
        arena.close();
        arena = next;
        memory = target;
        capacity = grown;
    }

    /** Declares the first {@code newLength} positions valid, after all layers have written them. */
    public void advanceTo(int newLength) {
        if (newLength < length || newLength > capacity) {
            throw new IllegalArgumentException(
                    "cannot advance a cache of " + length + "/" + capacity + " positions to " + newLength);
        }
        length = newLength;
    }

    /** Forgets all positions from {@code newLength} on. */
    public void truncate(int newLength) {
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("cannot truncate a cache of " + length + " positions to " + newLength);
        }
        length = newLength;
    }

    /** Copies the first {@code positions} positions of {@code source}, which has the same geometry, to this empty cache. */
    public void copyFrom(KvCache source, int positions) {
        if (source.layers != layers || source.kvHeads != kvHeads || source.headDim != headDim || length != 0) {
            throw new IllegalArgumentException("copying positions needs an empty cache of the same geometry");
        }
        if (positions < 0 || positions > source.length) {
            throw new IllegalArgumentException("cannot copy " + positions + " of " + source.length + " positions");
        }
        reserve(positions);
        copyBlocks(source.memory, source.capacity, memory, capacity, positions);
        length = positions;
    }

    /** Keys of one head, {@code [capacity, headDim]}. */
    public Matrix keys(int layer, int head) {
        return block(2 * (layer * kvHeads + head));
    }

    /** Values of one head, {@code [capacity, headDim]}. */
    public Matrix values(int layer, int head) {
        return block(2 * (layer * kvHeads + head) + 1);
    }

    /** Frees the memory. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private Matrix block(int index) {
        long bytes = (long) capacity * stride * Float.BYTES;
        return new Matrix(memory.asSlice(index * bytes, bytes), capacity, headDim, stride);
    }

    private void copyBlocks(MemorySegment from, int fromCapacity, MemorySegment to, int toCapacity, int positions) {
        long rowBytes = (long) stride * Float.BYTES;
        for (long block = 0; block < 2L * layers * kvHeads; block++) {
            MemorySegment.copy(from, block * fromCapacity * rowBytes, to, block * toCapacity * rowBytes,
                    positions * rowBytes);
        }
    }

    private static int roundUp(int positions) {
        return (positions + GROWTH_POSITIONS - 1) / GROWTH_POSITIONS * GROWTH_POSITIONS;
    }
}
