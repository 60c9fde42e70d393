package io.github.funasrjava.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Keys and values of one sequence for all decoder layers, f32, growing as the sequence does.
 *
 * <p>For every layer and key/value head there are two f32 {@link PanelMatrix panel matrices}, so that both halves of
 * attention are matrix products like any other, without horizontal sums and with one fixed order of summation whatever
 * the number of queries: scores are {@code q K^T} with keys {@code [capacity, headDim]}, stored
 * {@code [capacity/32][headDim][32]}; the result is {@code p V} with values {@code [headDim, capacity]}, stored
 * {@code [headDim/32][capacity][32]}. {@link #length()} counts the valid positions; what lies beyond is scratch.
 * Dropping rejected positions is {@link #truncate}. The cache owns its memory until {@link #close}.
 */
public final class KvCache implements AutoCloseable {
    /** Capacity grows in these steps, so that a short answer does not pay for the longest one; whole panels. */
    private static final int GROWTH_POSITIONS = 64;

    private final int layers;
    private final int kvHeads;
    private final int headDim;
    private final int paddedHeadDim;
    private final Optional<Storage> storage;
    private final boolean confined;
    private Arena arena;
    private MemorySegment memory;
    private PanelMatrix[] keys;
    private PanelMatrix[] values;
    private int capacity;
    private int length;

    /**
     * @param layers decoder layers
     * @param kvHeads key/value heads per layer
     * @param headDim values per head
     * @param capacity positions that fit at first; {@link #reserve} makes room for more
     */
    public KvCache(int layers, int kvHeads, int headDim, int capacity) {
        this(layers, kvHeads, headDim, capacity, false);
    }

    private KvCache(int layers, int kvHeads, int headDim, int capacity, boolean confined) {
        if (layers <= 0 || kvHeads <= 0 || headDim <= 0 || capacity < 0) {
            throw new IllegalArgumentException("KV cache of " + layers + " layers, " + kvHeads + " heads of " + headDim
                    + ", capacity " + capacity);
        }
        this.layers = layers;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        this.paddedHeadDim = roundUp(headDim, PanelLayout.PANEL_ROWS);
        this.storage = Optional.empty();
        this.confined = confined;
        adopt(roundUp(Math.max(1, capacity), GROWTH_POSITIONS));
    }

    /**
     * A cache of the calling thread alone, which must close it, too. To free it needs no word with all other threads, which takes up to
     * milliseconds.
     */
    public static KvCache ofThisThread(int layers, int kvHeads, int headDim, int capacity) {
        return new KvCache(layers, kvHeads, headDim, capacity, true);
    }

    /** Where keys and values are when they are not in this process's memory. */
    public interface Storage extends AutoCloseable {
        /** Makes room for {@code positions} positions, keeping the first {@code valid}; returns how many fit now. */
        int reserve(int positions, int valid);

        /** Takes over the first positions of a storage of the same kind and geometry. */
        void copyFrom(Storage source, int positions);

        /** Frees the memory. */
        @Override
        void close();
    }

    /** A cache in memory of another device. It has no {@link #keys} and {@link #values}. */
    public KvCache(int layers, int kvHeads, int headDim, Storage storage) {
        this.layers = layers;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
        this.paddedHeadDim = roundUp(headDim, PanelLayout.PANEL_ROWS);
        this.storage = Optional.of(storage);
        this.confined = false;
        this.arena = Arena.ofShared();
        this.memory = MemorySegment.NULL;
        this.keys = new PanelMatrix[0];
        this.values = new PanelMatrix[0];
    }

    /** Where keys and values are when they are not in this process's memory. */
    public Optional<Storage> storage() {
        return storage;
    }

    /** Bytes of a cache of these sizes; capacity counts whole steps of 64 positions. */
    public static long bytes(int layers, int kvHeads, int headDim, int capacity) {
        long rows = Math.multiplyExact(Math.multiplyExact(2L * layers, (long) kvHeads),
                (long) roundUp(Math.max(1, capacity), GROWTH_POSITIONS));
        return Math.multiplyExact(rows, (long) roundUp(headDim, PanelLayout.PANEL_ROWS) * Float.BYTES);
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
        if (storage.isPresent()) {
            capacity = storage.get().reserve(positions, length);
            return;
        }
        if (!memory.isAccessibleBy(Thread.currentThread())) {
            throw new WrongThreadException("this cache belongs to the thread that made it");
        }
        Arena oldArena = arena;
        MemorySegment oldMemory = memory;
        int oldCapacity = capacity;
        adopt(roundUp(positions, GROWTH_POSITIONS));
        copyBlocks(oldMemory, oldCapacity, length);
        oldArena.close();
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
        if (storage.isPresent() != source.storage.isPresent()) {
            throw new IllegalArgumentException("copying positions needs caches of the same device");
        }
        if (storage.isPresent()) {
            storage.get().copyFrom(source.storage.orElseThrow(), positions);
        } else {
            copyBlocks(source.memory, source.capacity, positions);
        }
        length = positions;
    }

    /**
     * Keys of one head, {@code [capacity, headDim]}: element {@code c} of position {@code p} lies at
     * {@code layout().offset(p, c)}. The same object until the cache grows.
     */
    public PanelMatrix keys(int layer, int head) {
        return keys[layer * kvHeads + head];
    }

    /**
     * Values of one head, {@code [headDim, capacity]}: element {@code c} of position {@code p} lies at
     * {@code layout().offset(c, p)}. The same object until the cache grows.
     */
    public PanelMatrix values(int layer, int head) {
        return values[layer * kvHeads + head];
    }

    /** Frees the memory. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
            storage.ifPresent(Storage::close);
        }
    }

    /**
     * Allocates memory for {@code newCapacity} positions and makes all views at once: none are made per step. Nothing has
     * changed when there is no such memory.
     */
    private void adopt(int newCapacity) {
        long bytes = bytes(layers, kvHeads, headDim, newCapacity);
        Arena newArena = confined ? Arena.ofConfined() : Arena.ofShared();
        memory = newArena.allocate(bytes, 64);
        arena = newArena;
        capacity = newCapacity;
        PanelLayout keyLayout = new PanelLayout(DType.F32, newCapacity, headDim);
        PanelLayout valueLayout = new PanelLayout(DType.F32, headDim, newCapacity);
        long blockBytes = keyLayout.bytes();
        keys = new PanelMatrix[layers * kvHeads];
        values = new PanelMatrix[layers * kvHeads];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = new PanelMatrix(keyLayout, memory.asSlice(2 * i * blockBytes, blockBytes));
            values[i] = new PanelMatrix(valueLayout, memory.asSlice((2 * i + 1) * blockBytes, blockBytes));
        }
    }

    private void copyBlocks(MemorySegment from, int fromCapacity, int positions) {
        long lineBytes = PanelLayout.PANEL_ROWS * (long) Float.BYTES;
        long fromBlock = (long) fromCapacity * paddedHeadDim * Float.BYTES;
        long toBlock = (long) capacity * paddedHeadDim * Float.BYTES;
        // Whole panels of keys: a partly filled panel is copied with its scratch.
        long keyBytes = (long) roundUp(positions, PanelLayout.PANEL_ROWS) * paddedHeadDim * Float.BYTES;
        for (long head = 0; head < (long) layers * kvHeads; head++) {
            MemorySegment.copy(from, 2 * head * fromBlock, memory, 2 * head * toBlock, keyBytes);
            for (long panel = 0; panel < paddedHeadDim / PanelLayout.PANEL_ROWS; panel++) {
                MemorySegment.copy(from, (2 * head + 1) * fromBlock + panel * fromCapacity * lineBytes, memory,
                        (2 * head + 1) * toBlock + panel * capacity * lineBytes, positions * lineBytes);
            }
        }
    }

    private static int roundUp(int value, int multiple) {
        return Math.addExact(value, multiple - 1) / multiple * multiple;
    }
}
