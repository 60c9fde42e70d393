package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.KvCache;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Keys and values of all sequences of one geometry, in blocks of 16 positions that any sequence may own. A layer is
 * {@code [block][kvHead][keys, values][16][headDim]}, f32; a sequence is a list of block numbers, the same in every layer.
 */
final class PagedPool {
    /** Positions of a block; the kernels know it too. */
    static final int BLOCK_POSITIONS = 16;
    private static final int FIRST_BLOCKS = 64;

    private final CudaSession session;
    private final int layers;
    private final int kvHeads;
    private final int headDim;
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private long memory;
    private int blocks;

    PagedPool(CudaSession session, int layers, int kvHeads, int headDim) {
        this.session = session;
        this.layers = layers;
        this.kvHeads = kvHeads;
        this.headDim = headDim;
    }

    /** Bytes of one block in one layer. */
    static long blockBytes(int kvHeads, int headDim) {
        return 2L * kvHeads * BLOCK_POSITIONS * headDim * Float.BYTES;
    }

    boolean fits(int otherLayers, int otherKvHeads, int otherHeadDim) {
        return layers == otherLayers && kvHeads == otherKvHeads && headDim == otherHeadDim;
    }

    /** Address of block 0 of a layer. It changes when the pool grows. */
    long layer(int layer) {
        return memory + layer * blocks * blockBytes(kvHeads, headDim);
    }

    Sequence newSequence() {
        return new Sequence();
    }

    private void grow() {
        int more = Math.max(FIRST_BLOCKS, 2 * blocks);
        long blockBytes = blockBytes(kvHeads, headDim);
        long larger = session.allocate(CudaSession.Use.CACHE, layers * more * blockBytes);
        for (int layer = 0; layer < layers && blocks > 0; layer++) {
            long to = larger + layer * more * blockBytes;
            long from = layer(layer);
            session.call(() -> session.driver().copyOnDevice(to, from, blocks * blockBytes, session.stream()));
        }
        if (blocks > 0) {
            session.free(memory);
        }
        for (int block = blocks; block < more; block++) {
            free.add(block);
        }
        memory = larger;
        blocks = more;
    }

    /** The blocks of one sequence. */
    final class Sequence implements KvCache.Storage {
        private int[] owned = new int[0];

        /** Block numbers, in the order of positions. */
        int[] table() {
            return owned;
        }

        PagedPool pool() {
            return PagedPool.this;
        }

        @Override
        public int reserve(int positions, int valid) {
            int wanted = Math.ceilDiv(positions, BLOCK_POSITIONS);
            int from = owned.length;
            if (wanted > from) {
                while (free.size() < wanted - from) {
                    grow(); // before a block is taken: where memory is out, nobody owns half of what was asked for
                }
                owned = Arrays.copyOf(owned, wanted);
                for (int i = from; i < wanted; i++) {
                    owned[i] = free.pop();
                }
            }
            return owned.length * BLOCK_POSITIONS;
        }

        @Override
        public void copyFrom(KvCache.Storage source, int positions) {
            if (!(source instanceof Sequence other) || other.pool() != pool()) {
                throw new IllegalArgumentException("copying positions needs caches of the same device");
            }
            long blockBytes = blockBytes(kvHeads, headDim);
            for (int i = 0; i < Math.ceilDiv(positions, BLOCK_POSITIONS); i++) {
                for (int layer = 0; layer < layers; layer++) {
                    long to = layer(layer) + owned[i] * blockBytes;
                    long from = layer(layer) + other.owned[i] * blockBytes;
                    session.call(() -> session.driver().copyOnDevice(to, from, blockBytes, session.stream()));
                }
            }
        }

        @Override
        public void close() {
            for (int block : owned) {
                free.push(block);
            }
            owned = new int[0];
        }
    }
}
