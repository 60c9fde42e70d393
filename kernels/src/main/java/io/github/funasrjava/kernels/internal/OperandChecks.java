package io.github.funasrjava.kernels.internal;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RowSpans;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** The single checks of {@link CheckedKernels}; each failure names the operation and the operand. Allocates only to fail. */
final class OperandChecks {
    private final WorkerPool pool;
    private String operation = "";

    OperandChecks(WorkerPool pool) {
        this.pool = pool;
    }

    void begin(String name) {
        operation = name;
    }

    void that(boolean holds, String message, int first, int second) {
        if (!holds) {
            throw failure(String.format(Locale.ROOT, message, first, second));
        }
    }

    void that(boolean holds, String message, int first, int second, int third) {
        if (!holds) {
            throw failure(String.format(Locale.ROOT, message, first, second, third));
        }
    }

    void present(String name, Object operand) {
        if (operand == null) {
            throw failure(name + " is missing");
        }
    }

    void input(String name, Matrix m) {
        memory(name, m.data());
        if (m.data().address() % Float.BYTES != 0) {
            throw failure(name + " is not aligned to 4 bytes");
        }
    }

    void output(String name, Matrix m, int rows, int cols) {
        input(name, m);
        shape(name, m, rows, cols);
        if (m.data().isReadOnly()) {
            throw failure(name + " is read-only memory");
        }
    }

    void weights(String name, PanelMatrix w) {
        memory(name, w.panels());
        if (w.scales().byteSize() > 0) {
            memory(name + " scales", w.scales());
            if (w.scales().address() % Float.BYTES != 0) {
                throw failure(name + " scales are not aligned to 4 bytes");
            }
        }
    }

    /** Weights of a product. */
    void factor(String name, PanelMatrix w) {
        weights(name, w);
        if (w.layout().dtype() == DType.INT8 && w.k() > RowDigits.MAX_K) {
            throw failure(name + " has " + w.k() + " columns of int8; sums over more than " + RowDigits.MAX_K + " do not fit 32 bits");
        }
    }

    void shape(String name, Matrix m, int rows, int cols) {
        if (m.rows() != rows || m.cols() != cols) {
            throw failure(name + " is [" + m.rows() + ", " + m.cols() + "] where [" + rows + ", " + cols + "] fits");
        }
    }

    void heads(int cols, int heads) {
        if (heads <= 0 || cols % heads != 0) {
            throw failure(cols + " columns do not divide into " + heads + " heads");
        }
    }

    void caches(RowSpans spans, KvCache[] caches, int layer, int heads) {
        that(caches.length == spans.count(), "there are %d caches for %d spans", caches.length, spans.count());
        for (int s = 0; s < caches.length; s++) {
            KvCache cache = caches[s];
            that(cache.kvHeads() == caches[0].kvHeads() && cache.headDim() == caches[0].headDim(),
                    "cache %d has other heads than cache %d", s, 0);
            that(layer >= 0 && layer < cache.layers(), "layer %d of a cache of %d layers", layer, cache.layers());
            that(heads > 0 && heads % cache.kvHeads() == 0, "%d query heads do not divide among %d key/value heads", heads,
                    cache.kvHeads());
            that((long) cache.length() + spans.length(s) <= cache.capacity(),
                    "cache %d of %d positions has no room for %d more", s, cache.capacity(), spans.length(s));
            if (cache.storage().isEmpty()) {
                memory("cache", cache.values(layer, 0).panels());
            }
        }
    }

    void disjoint(String outName, Matrix out, String name, Matrix m) {
        if (overlap(out, m)) {
            throw failure(outName + " overlaps " + name);
        }
    }

    void disjoint(String outName, Matrix out, String name, PanelMatrix w) {
        if (bytesOverlap(out.data().address(), extent(out), w.panels().address(), w.panels().byteSize())
                || bytesOverlap(out.data().address(), extent(out), w.scales().address(), w.scales().byteSize())) {
            throw failure(outName + " overlaps " + name);
        }
    }

    void sameOrDisjoint(String outName, Matrix out, String name, Matrix m) {
        boolean same = out.data().address() == m.data().address() && (out.stride() == m.stride() || out.rows() <= 1);
        if (!same && overlap(out, m)) {
            throw failure(outName + " overlaps " + name + " without being the same view");
        }
    }

    private void memory(String name, MemorySegment segment) {
        if (!segment.isNative()) {
            throw failure(name + " is not native memory");
        }
        if (!segment.scope().isAlive()) {
            throw failure(name + " is memory that has been closed");
        }
        if (!segment.isAccessibleBy(Thread.currentThread())) {
            throw failure(name + " is memory of another thread's confined arena");
        }
        Thread[] workers = pool.workers();
        // All workers are alike here: a confined arena belongs to a thread that is none of them.
        if (workers.length > 0 && !segment.isAccessibleBy(workers[0])) {
            throw failure(name + " is memory of a confined arena, which the worker threads may not access");
        }
    }

    /** Whether two views share an element. Column views of the same rows do not when their columns differ. */
    private static boolean overlap(Matrix a, Matrix b) {
        long aStart = a.data().address();
        long bStart = b.data().address();
        if (!bytesOverlap(aStart, extent(a), bStart, extent(b))) {
            return false;
        }
        long bytesApart = bStart - aStart;
        if (a.stride() != b.stride() || bytesApart % Float.BYTES != 0) {
            return true;
        }
        long column = Math.floorMod(bytesApart / Float.BYTES, (long) a.stride());
        boolean besideEachOther = column >= a.cols() && column + b.cols() <= a.stride();
        return !besideEachOther;
    }

    private static boolean bytesOverlap(long aStart, long aBytes, long bStart, long bBytes) {
        return aBytes > 0 && bBytes > 0 && aStart < bStart + bBytes && bStart < aStart + aBytes;
    }

    /** Bytes from the first to past the last element. */
    private static long extent(Matrix m) {
        return m.rows() == 0 ? 0 : ((m.rows() - 1L) * m.stride() + m.cols()) * Float.BYTES;
    }

    private IllegalArgumentException failure(String what) {
        return new IllegalArgumentException(operation + ": " + what);
    }
}
