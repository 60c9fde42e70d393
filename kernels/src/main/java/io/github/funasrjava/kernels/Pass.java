package io.github.funasrjava.kernels;

import java.util.Objects;

/**
 * Work that comes again: the same operations on the same operands, but for what the fields below hold. A GPU records it
 * and repeats the record; see {@link Kernels#pass}.
 *
 * @param key equal for passes that start the same operations, with the same shapes, weights, rotary tables and matrices
 * @param spans rows of each sequence; with equal keys their sum and number are equal, their lengths need not be
 * @param caches one per span, with room for its rows, or none
 * @param ids one per row where the pass begins with a look-up, or none
 * @param top where the pass ends in the best tokens, one per row, or none
 */
public record Pass(Object key, RowSpans spans, KvCache[] caches, int[] ids, TopToken[] top) {
    public Pass {
        Objects.requireNonNull(key);
        Objects.requireNonNull(spans);
        if (caches.length != 0 && caches.length != spans.count()) {
            throw new IllegalArgumentException("a pass over " + spans.count() + " spans has " + caches.length + " caches");
        }
        if (ids.length != 0 && ids.length != spans.totalRows()) {
            throw new IllegalArgumentException("a pass over " + spans.totalRows() + " rows has " + ids.length + " ids");
        }
    }

    /** A pass over rows that nothing but their spans tells apart. */
    public static Pass ofSpans(Object key, RowSpans spans) {
        return new Pass(key, spans, new KvCache[0], new int[0], new TopToken[0]);
    }
}
