package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.cuda.CudaStaging.Slot;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The caches of one operation as kernels see them: a pool, and block tables one after the other. Caches in the process's
 * memory are copied into a pool of their own for the one operation.
 */
final class CudaCaches {
    private static final int BLOCK = PagedPool.BLOCK_POSITIONS;

    private final CudaSession session;
    private final CudaStaging staging;
    private final List<PagedPool> pools = new ArrayList<>();

    CudaCaches(CudaSession session, CudaStaging staging) {
        this.session = session;
        this.staging = staging;
    }

    /**
     * Where kernels find keys and values.
     *
     * @param pool block 0
     * @param tables block numbers
     * @param begins for every cache where its table begins
     */
    record Placed(long pool, long tables, int[] begins) {}

    KvCache newCache(int layers, int kvHeads, int headDim, int capacity) {
        PagedPool pool = pools.stream().filter(p -> p.fits(layers, kvHeads, headDim)).findFirst().orElseGet(() -> {
            PagedPool made = new PagedPool(session, layers, kvHeads, headDim);
            pools.add(made);
            return made;
        });
        KvCache cache = new KvCache(layers, kvHeads, headDim, pool.newSequence());
        if (capacity > 0) {
            cache.reserve(capacity);
        }
        return cache;
    }

    static boolean onDevice(KvCache[] caches) {
        boolean first = caches[0].storage().isPresent();
        if (Arrays.stream(caches).anyMatch(cache -> cache.storage().isPresent() != first)) {
            throw new IllegalArgumentException("caches of one operation lie all on the device or all beside it");
        }
        return first;
    }

    /** Where the tables of caches on the device begin when they are put one after the other. */
    static int[] begins(KvCache[] caches) {
        int[] begins = new int[caches.length];
        for (int s = 1; s < caches.length; s++) {
            begins[s] = begins[s - 1] + tableOf(caches[s - 1]).length;
        }
        return begins;
    }

    private static int[] tableOf(KvCache cache) {
        return ((PagedPool.Sequence) cache.storage().orElseThrow()).table();
    }

    private static int[] tables(KvCache[] caches) {
        return Arrays.stream(caches).map(CudaCaches::tableOf).flatMapToInt(Arrays::stream).toArray();
    }

    private Placed placeRecorded(CudaRecording recording, KvCache[] caches, RowSpans spans, int layer) {
        recording.require(caches == recording.pass().caches() && spans == recording.pass().spans(), "uses other caches");
        recording.require(onDevice(caches), "uses caches beside the device");
        PagedPool pool = ((PagedPool.Sequence) caches[0].storage().orElseThrow()).pool();
        recording.touches(pool.layer(0));
        return new Placed(pool.layer(layer), recording.blocks(pass -> tables(pass.caches())), begins(caches));
    }

    Placed place(KvCache[] caches, RowSpans spans, int layer) {
        if (session.recording().isPresent()) {
            return placeRecorded(session.recording().get(), caches, spans, layer);
        }
        int[] begins = new int[caches.length];
        boolean onDevice = onDevice(caches);
        int[][] each = new int[caches.length][];
        int count = 0;
        for (int s = 0; s < caches.length; s++) {
            begins[s] = count;
            if (onDevice) {
                each[s] = ((PagedPool.Sequence) caches[s].storage().orElseThrow()).table();
            } else {
                each[s] = new int[Math.ceilDiv(caches[s].length() + spans.length(s), BLOCK)];
                for (int i = 0; i < each[s].length; i++) {
                    each[s][i] = count + i;
                }
            }
            count += each[s].length;
        }
        int[] tables = new int[count];
        for (int s = 0; s < caches.length; s++) {
            System.arraycopy(each[s], 0, tables, begins[s], each[s].length);
        }
        long pool = onDevice ? ((PagedPool.Sequence) caches[0].storage().orElseThrow()).pool().layer(layer)
                : copyIn(caches, spans, layer, begins, count);
        return new Placed(pool, staging.upload(Slot.TABLES, tables), begins);
    }

    private long copyIn(KvCache[] caches, RowSpans spans, int layer, int[] begins, int blocks) {
        int kvHeads = caches[0].kvHeads();
        int d = caches[0].headDim();
        float[] values = new float[blocks * 2 * kvHeads * BLOCK * d];
        for (int s = 0; s < caches.length; s++) {
            for (int p = 0; p < caches[s].length() + spans.length(s); p++) {
                for (int h = 0; h < kvHeads; h++) {
                    PanelMatrix keys = caches[s].keys(layer, h);
                    PanelMatrix held = caches[s].values(layer, h);
                    for (int c = 0; c < d; c++) {
                        values[index(begins[s], p, kvHeads, h, 0, d) + c] = keys.panels().get(ValueLayout.JAVA_FLOAT, keys.layout().offset(p, c));
                        values[index(begins[s], p, kvHeads, h, 1, d) + c] = held.panels().get(ValueLayout.JAVA_FLOAT, held.layout().offset(c, p));
                    }
                }
            }
        }
        return staging.upload(Slot.POOL, values);
    }

    private static int index(int begin, int position, int kvHeads, int head, int which, int d) {
        return (((begin + position / BLOCK) * kvHeads + head) * 2 + which) * BLOCK * d + position % BLOCK * d;
    }

    /** Brings new positions to caches in the process's memory. */
    void copyOut(KvCache[] caches, RowSpans spans, int layer, Placed placed) {
        if (onDevice(caches)) {
            return;
        }
        int kvHeads = caches[0].kvHeads();
        int d = caches[0].headDim();
        int blocks = 0;
        for (int s = 0; s < caches.length; s++) {
            blocks += Math.ceilDiv(caches[s].length() + spans.length(s), BLOCK);
        }
        MemorySegment pool = staging.download(placed.pool(), blocks * PagedPool.blockBytes(kvHeads, d));
        for (int s = 0; s < caches.length; s++) {
            for (int p = caches[s].length(); p < caches[s].length() + spans.length(s); p++) {
                for (int h = 0; h < kvHeads; h++) {
                    PanelMatrix keys = caches[s].keys(layer, h);
                    PanelMatrix held = caches[s].values(layer, h);
                    for (int c = 0; c < d; c++) {
                        keys.panels().set(ValueLayout.JAVA_FLOAT, keys.layout().offset(p, c),
                                pool.getAtIndex(ValueLayout.JAVA_FLOAT, index(placed.begins()[s], p, kvHeads, h, 0, d) + c));
                        held.panels().set(ValueLayout.JAVA_FLOAT, held.layout().offset(c, p),
                                pool.getAtIndex(ValueLayout.JAVA_FLOAT, index(placed.begins()[s], p, kvHeads, h, 1, d) + c));
                    }
                }
            }
        }
    }
}
