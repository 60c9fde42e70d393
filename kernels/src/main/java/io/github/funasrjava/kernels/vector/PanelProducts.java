package io.github.funasrjava.kernels.vector;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.internal.Scratch;
import java.lang.foreign.MemorySegment;

/**
 * One worker's products of {@link LinearRows} with panels, {@code [row][32]} for each panel, before bias and activation.
 *
 * <p>Few rows: weights are widened in registers and several panels are read at once. More rows: a block of a panel is
 * widened into scratch that stays in the second-level cache, and all tiles of rows pass over it. Either way every
 * element is the same chain of fused multiply-adds over k. For int8 the chain runs over whole numbers that f32 holds
 * exactly, and is drained into int32 every {@value #EXACT_K} values of k.
 */
final class PanelProducts {
    /** Values of k for which sums of int8 products stay below 2^24 and so exact: 1024 * 127 * 127 < 2^24. */
    static final int EXACT_K = 1024;
    /** Values of k that are widened at once; divides {@link #EXACT_K}. A block takes 64 KiB. */
    static final int BLOCK_K = 512;
    /** Bytes of a line: 32 floats, one row of one panel's columns, or 32 columns of one group of k. */
    static final long LINE = PanelLayout.PANEL_ROWS * (long) Float.BYTES;

    private static final int BLOCK_SLOT = 0;
    private static final int SUMS_SLOT = 1;
    private static final int WHOLE_SLOT = 2;

    private final Lanes lanes;
    private final LinearRows rows;
    private final Scratch scratch = new Scratch(3);
    private MemorySegment sums = MemorySegment.NULL;
    private MemorySegment whole = MemorySegment.NULL;

    PanelProducts(Lanes lanes, LinearRows rows) {
        this.lanes = lanes;
        this.rows = rows;
    }

    void close() {
        scratch.close();
    }

    /** Makes room for {@code lines} lines of results. */
    void reserve(int lines) {
        sums = scratch.get(SUMS_SLOT, lines * LINE);
        whole = scratch.get(WHOLE_SLOT, lines * LINE);
        scratch.get(BLOCK_SLOT, BLOCK_K * LINE);
    }

    /** The results of the last {@link #stream} or {@link #tiles}. */
    MemorySegment sums() {
        return sums;
    }

    /**
     * Products of few rows with {@code count} panels from {@code first} on: row {@code r} of panel {@code first + p}
     * stands in line {@code r * rowLines + p}. There must be room for {@code count} + 8 lines in each row: a group of
     * panels that is not full does one panel several times over and writes that often.
     */
    void stream(PanelMatrix w, int first, int count, int rowLines) {
        int group = lanes.streamPanels(rows.streamRows());
        long panelBytes = w.layout().panelBytes();
        int panel = 0;
        while (panel < count) {
            boolean full = panel + group <= count;
            streamGroup(w, (first + panel) * panelBytes, full ? panelBytes : 0, panel, group, rowLines * LINE);
            panel += full ? group : 1;
        }
        if (w.layout().dtype() == DType.INT8) {
            for (int row = 0; row < rows.count() / 2; row++) {
                for (int p = 0; p < count; p++) {
                    long high = (2L * row * rowLines + p) * LINE;
                    lanes.combine(whole, high, high + rowLines * LINE, rows.scale(row), w.scales(), (first + p) * LINE, sums,
                            ((long) row * rowLines + p) * LINE);
                }
            }
        }
    }

    private void streamGroup(PanelMatrix w, long wAt, long panelBytes, int line, int lines, long cRowBytes) {
        int k = w.layout().k();
        int streamRows = rows.streamRows();
        if (w.layout().dtype() == DType.BF16) {
            lanes.bf16Stream(streamRows, rows.data(), 0, rows.rowBytes(), w.panels(), wAt, panelBytes, Math.ceilDiv(k, 2), sums,
                    line * LINE, cRowBytes);
            return;
        }
        for (int from = 0; from < k; from += EXACT_K) {
            int quads = Math.ceilDiv(Math.min(EXACT_K, k - from), 4);
            lanes.int8Stream(streamRows, rows.data(), from * 4L, rows.rowBytes(), w.panels(), wAt + from / 4 * LINE, panelBytes,
                    quads, sums, line * LINE, cRowBytes);
            for (int r = 0; r < streamRows; r++) {
                long at = r * cRowBytes + line * LINE;
                if (from == 0) {
                    lanes.clear(whole, at, lines);
                }
                lanes.drain(sums, at, whole, at, lines);
            }
        }
    }

    /**
     * Products of the rows of some tiles with one panel: the row that is {@code r}-th from the first tile's start stands
     * in line {@code line + r}.
     */
    void tiles(PanelMatrix w, int panel, int firstTile, int endTile, int line) {
        PanelLayout layout = w.layout();
        RowTiles tiles = rows.tiles();
        int base = tiles.start(firstTile);
        int lines = tiles.start(endTile) - base;
        boolean int8 = layout.dtype() == DType.INT8;
        lanes.clear(sums, line * LINE, lines);
        if (int8) {
            lanes.clear(whole, 0, lines);
        }
        for (int from = 0; from < layout.k(); from += BLOCK_K) {
            int count = Math.min(BLOCK_K, layout.k() - from);
            long wAt = panel * layout.panelBytes() + from / layout.dtype().kGroup() * LINE;
            MemorySegment b = widen(w, wAt, count);
            long bAt = layout.dtype() == DType.F32 ? wAt : 0;
            for (int tile = firstTile; tile < endTile; tile++) {
                int start = tiles.start(tile);
                int height = tiles.height(tile);
                long aAt = ((long) start * layout.k() + (long) from * height) * Float.BYTES;
                long cAt = (line + start - base) * LINE;
                if (height == RowTiles.LARGE) {
                    lanes.tile12(rows.packed(), aAt, b, bAt, count, sums, cAt);
                } else {
                    lanes.tile4(rows.packed(), aAt, b, bAt, count, sums, cAt);
                }
            }
            if (int8 && ((from + count) % EXACT_K == 0 || from + count == layout.k())) {
                lanes.drain(sums, line * LINE, whole, 0, lines);
            }
        }
        if (int8) {
            for (int r = 0; r < lines && (base + r) / 2 < rows.count() / 2; r += 2) {
                lanes.combine(whole, r * LINE, (r + 1) * LINE, rows.scale((base + r) / 2), w.scales(), panel * LINE, sums,
                        (line + r / 2) * LINE);
            }
        }
    }

    /** The block as f32: f32 weights stay where they are, others are widened to the start of the block scratch. */
    private MemorySegment widen(PanelMatrix w, long wAt, int count) {
        MemorySegment block = scratch.get(BLOCK_SLOT);
        switch (w.layout().dtype()) {
            case F32 -> {
                return w.panels();
            }
            case BF16 -> lanes.widenBf16(w.panels(), wAt, Math.ceilDiv(count, 2), block, 0);
            case INT8 -> lanes.widenInt8(w.panels(), wAt, Math.ceilDiv(count, 4), block, 0);
        }
        return block;
    }
}
