package io.github.funasrjava.kernels.vector;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * One worker's products of {@link LinearRows} with panels, {@code [row][32]} for each panel, before bias and activation.
 *
 * <p>Few rows: weights are widened in registers and several panels are read at once. More rows: a block of a panel is
 * widened into scratch that stays in the first-level cache, and all tiles of rows pass over it. Either way every
 * element is the same chain of fused multiply-adds over k. For int8 the chain runs over whole numbers that f32 holds
 * exactly, and is drained into int32 every {@value #EXACT_K} values of k.
 */
final class PanelProducts {
    /** Values of k for which sums of int8 products stay below 2^24 and so exact: 1024 * 127 * 127 < 2^24. */
    static final int EXACT_K = 1024;
    /** Values of k that are widened at once; divides {@link #EXACT_K}. A block takes 32 KiB. */
    static final int BLOCK_K = 256;
    /** Floats of a line: one row's columns of one panel. */
    static final int WIDTH = PanelLayout.PANEL_ROWS;
    /** Bytes of a line of floats, and of the 32 columns of one group of k in a panel. */
    static final long LINE = WIDTH * (long) Float.BYTES;

    private static final ValueLayout.OfFloat PANEL_FLOAT = ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Lanes lanes;
    private final float[] block = new float[BLOCK_K * WIDTH];
    private final float[] biasLine = new float[WIDTH];
    private float[] sums = new float[0];
    private int[] whole = new int[0];

    PanelProducts(Lanes lanes) {
        this.lanes = lanes;
    }

    /** Makes room for {@code lines} lines of results. */
    void reserve(int lines) {
        int needed = Math.multiplyExact(lines, WIDTH);
        if (sums.length < needed) {
            sums = new float[needed + needed / 4];
            whole = new int[sums.length];
        }
    }

    /** Up to 32 values of a bias in an array, for the reason said in {@code ArrayTiles}. */
    float[] biasLine(MemorySegment bias, long at, int count) {
        MemorySegment.copy(bias, ValueLayout.JAVA_FLOAT, at, biasLine, 0, count);
        return biasLine;
    }

    /** An array for {@link Lanes#finish} where there is no bias. */
    float[] noBias() {
        return biasLine;
    }

    /** The results of the last {@link #stream} or {@link #tiles}. */
    float[] sums() {
        return sums;
    }

    /**
     * Products of few rows with {@code count} panels from {@code first} on: row {@code r} of panel {@code first + p}
     * stands in line {@code r * rowLines + p}. There must be room for {@code count} + 8 lines in each row: a group of
     * panels that is not full does one panel several times over and writes that often.
     */
    void stream(LinearRows rows, PanelMatrix w, int first, int count, int rowLines) {
        boolean int8 = w.layout().dtype() == DType.INT8;
        int group = int8 || rows.streamRows() > 2 ? 4 : 8;
        long panelBytes = w.layout().panelBytes();
        int panel = 0;
        while (panel < count) {
            boolean full = panel + group <= count;
            streamGroup(rows, w, (first + panel) * panelBytes, full ? panelBytes : 0, panel, group, rowLines);
            panel += full ? group : 1;
        }
        for (int row = 0; int8 && row < rows.count() / 2; row++) {
            for (int p = 0; p < count; p++) {
                int high = (2 * row * rowLines + p) * WIDTH;
                lanes.combine(whole, high, high + rowLines * WIDTH, rows.scale(row), w.scales(), (first + p) * LINE, sums,
                        (row * rowLines + p) * WIDTH);
            }
        }
    }

    private void streamGroup(LinearRows rows, PanelMatrix w, long wAt, long panelBytes, int line, int lines, int rowLines) {
        int k = w.layout().k();
        int streamRows = rows.streamRows();
        boolean int8 = w.layout().dtype() == DType.INT8;
        for (int r = 0; r < streamRows; r++) {
            clear((r * rowLines + line) * WIDTH, lines, int8);
        }
        for (int from = 0; from < k; from += EXACT_K) {
            int count = Math.min(EXACT_K, k - from);
            if (!int8) {
                lanes.bf16Stream(streamRows, rows.data(), from, rows.stride(), w.panels(), wAt + from / 2 * LINE, panelBytes,
                        Math.ceilDiv(count, 2), sums, line * WIDTH, rowLines * WIDTH);
                continue;
            }
            lanes.int8Stream(streamRows, rows.data(), from, rows.stride(), w.panels(), wAt + from / 4 * LINE, panelBytes,
                    Math.ceilDiv(count, 4), sums, line * WIDTH, rowLines * WIDTH);
            for (int r = 0; r < streamRows; r++) {
                int at = (r * rowLines + line) * WIDTH;
                lanes.drain(sums, at, whole, at, lines);
            }
        }
    }

    private void clear(int at, int lines, boolean int8) {
        Arrays.fill(sums, at, at + lines * WIDTH, 0);
        if (int8) {
            Arrays.fill(whole, at, at + lines * WIDTH, 0);
        }
    }

    /**
     * Products of the rows of some tiles with one panel: the row that is {@code r}-th from the first tile's start stands
     * in line {@code line + r}.
     */
    void tiles(LinearRows rows, PanelMatrix w, int panel, int firstTile, int endTile, int line) {
        PanelLayout layout = w.layout();
        RowTiles tiles = rows.tiles();
        int base = tiles.start(firstTile);
        int lines = tiles.start(endTile) - base;
        boolean int8 = layout.dtype() == DType.INT8;
        clear(line * WIDTH, lines, int8);
        for (int from = 0; from < layout.k(); from += BLOCK_K) {
            int count = Math.min(BLOCK_K, layout.k() - from);
            long wAt = panel * layout.panelBytes() + from / layout.dtype().kGroup() * LINE;
            widen(w, wAt, count);
            for (int tile = firstTile; tile < endTile; tile++) {
                int start = tiles.start(tile);
                int height = tiles.height(tile);
                int aAt = start * layout.k() + from * height;
                int cAt = (line + start - base) * WIDTH;
                if (height == RowTiles.LINEAR) {
                    lanes.tile12(rows.packed(), aAt, block, 0, count, sums, cAt);
                } else {
                    lanes.tile4(rows.packed(), aAt, block, 0, count, sums, cAt);
                }
            }
            if (int8 && ((from + count) % EXACT_K == 0 || from + count == layout.k())) {
                lanes.drain(sums, line * WIDTH, whole, line * WIDTH, lines);
            }
        }
        for (int r = 0; int8 && r < lines && (base + r) / 2 < rows.count() / 2; r += 2) {
            int high = (line + r) * WIDTH;
            lanes.combine(whole, high, high + WIDTH, rows.scale((base + r) / 2), w.scales(), panel * LINE, sums,
                    (line + r / 2) * WIDTH);
        }
    }

    /** The block as f32 in {@link #block}; why f32 weights are copied too is said in {@code ArrayTiles}. */
    private void widen(PanelMatrix w, long wAt, int count) {
        switch (w.layout().dtype()) {
            case F32 -> MemorySegment.copy(w.panels(), PANEL_FLOAT, wAt, block, 0, count * WIDTH);
            case BF16 -> lanes.widenBf16(w.panels(), wAt, Math.ceilDiv(count, 2), block);
            case INT8 -> lanes.widenInt8(w.panels(), wAt, Math.ceilDiv(count, 4), block);
        }
    }
}
