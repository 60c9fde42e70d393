package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One product {@code x W^T}: the activations are packed once where the kernel wants that, then any thread computes any
 * rectangle of panels and row tiles. Reused from call to call, so that a step allocates nothing.
 */
final class PanelProduct implements WorkerPool.Task {
    /** Rows of a tile. */
    static final int TILE_ROWS = 16;

    /** How a product is computed. */
    private enum Method {
        AMX_BF16, AMX_INT8, VNNI_INT8,
        /** f32 or widened bf16 weights by f32 activations, which need no packing. */
        AVX512
    }

    /** Most rows of int8 that VNNI takes; from there on the matrix unit is as fast also beside a busy sibling. */
    private static final int VNNI_ROWS = 2;
    private static final int BF16_STEP = 32;
    private static final int INT8_STEP = 64;
    private static final int TILE_BYTES = 1024;
    /** Scales and sums in front of a tile of int8 digits. */
    private static final int DIGITS_HEAD = 192;
    /** Packed activations of the rows that one task walks must stay in the 2 MiB second-level cache. */
    private static final long ROW_GROUP_BYTES = 1 << 20;
    /**
     * Packing fewer values than this is not worth waking a thread. To compute them first takes longer, so fewer are; that number is
     * reasoned, not measured.
     */
    private static final int INLINE_VALUES = 32768;
    private static final int INLINE_COMPUTED_VALUES = 12288;
    private static final int RELU = 1;
    private static final int TWO_TERMS = 2;
    private static final int OUT_AT_FIRST_PANEL = 4;
    private static final int OUT_AS_TILES = 8;
    /** The plain loop that takes activations past the first-level cache, so that panels stay there, and the other one; int8 has only the former. */
    private static final int PLAIN_STAYING = 16;
    private static final int PLAIN = 32;
    /** A panel so large, and results and a step's activations, fit in a first-level cache of 48 KiB. */
    private static final int STAYING_PANEL_BYTES = 32768;
    /** From two blocks of 32 rows on a panel is read more than once. */
    private static final int STAYING_TILES = 4;
    /** A single tile has a loop of its own. */
    private static final int PLAIN_TILES = 2;
    private static final MemorySegment NONE = MemorySegment.NULL;

    private final KernelCode code;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final int terms;
    private final WeightOrder order = new WeightOrder();
    /** By worker; apart, because the plain loop gains three times as much where panels stay. */
    private final LoopChoice[] stayingLoops;
    private final LoopChoice[] loops;

    private Matrix x;
    private int rows;
    private PanelMatrix w;
    private Method method;
    private MemorySegment activations;
    private RowSource source = RowSource.NOTHING;
    private int packSlices;

    PanelProduct(KernelCode code, WorkerPool pool, Scratch scratch, int terms) {
        this.code = code;
        this.pool = pool;
        this.scratch = scratch;
        this.terms = terms;
        this.stayingLoops = choices(pool.threads());
        this.loops = choices(pool.threads());
    }

    private static LoopChoice[] choices(int count) {
        LoopChoice[] choices = new LoopChoice[count];
        Arrays.setAll(choices, worker -> new LoopChoice());
        return choices;
    }

    /** Begins with this loop everywhere. */
    void assumeLoops(boolean plain) {
        for (int worker = 0; worker < loops.length; worker++) {
            stayingLoops[worker].assume(plain);
            loops[worker].assume(plain);
        }
    }

    /** Whether the activations of a product are packed. */
    boolean packs(PanelMatrix weights) {
        return weights.layout().dtype() == DType.INT8 || weights.layout().dtype() == DType.BF16 && code.amx;
    }

    /** Takes the operands and packs the activations. */
    void begin(Matrix newX, PanelMatrix newW) {
        begin(newX, newW, RowSource.NOTHING);
    }

    /** As {@link #begin(Matrix, PanelMatrix)}, of rows that are computed meanwhile. Only for products that {@link #packs pack}. */
    void begin(Matrix newX, PanelMatrix newW, RowSource newSource) {
        begin(newX, newW, newSource, newW.layout().panels());
    }

    /** As {@link #begin(Matrix, PanelMatrix, RowSource)}, for {@link #computeGated}. */
    void beginGated(Matrix newX, PanelMatrix newW, RowSource newSource) {
        begin(newX, newW, newSource, newW.layout().panels() / 2);
    }

    private void begin(Matrix newX, PanelMatrix newW, RowSource newSource, int stretched) {
        x = newX;
        rows = newX.rows();
        w = newW;
        order.use(newW, stretched);
        method = method(newW.layout().dtype());
        if (method == Method.AVX512) {
            activations = newX.data();
            return;
        }
        activations = scratch.get(ScratchSlots.ACTIVATIONS, tiles() * tileBytes());
        source = newSource;
        long inline = newSource == RowSource.NOTHING ? INLINE_VALUES : INLINE_COMPUTED_VALUES;
        packSlices = (long) rows * x.cols() <= inline ? 1 : Math.min(packsPairs() ? pairs() : rows, 4 * pool.threads());
        pool.run(this, packSlices);
        source = RowSource.NOTHING;
    }

    /** Takes activations that {@link #computeTiles} or {@link #computeGated} of the product before has left. */
    void beginWithTiles(int newRows, PanelMatrix newW, MemorySegment tiles) {
        rows = newRows;
        w = newW;
        order.use(newW);
        method = method(newW.layout().dtype());
        activations = tiles;
    }

    /** Whether a product can leave its result as the activations of the next one: both on the matrix unit, of several tiles. */
    boolean chains(Matrix newX, PanelMatrix first, PanelMatrix second) {
        return newX.rows() > TILE_ROWS && method(first.layout().dtype()) == Method.AMX_BF16
                && method(second.layout().dtype()) == Method.AMX_BF16;
    }

    /** As {@link #chains}, where the first product's columns are gate and up, each of whole panels. */
    boolean chainsGated(Matrix newX, PanelMatrix first, PanelMatrix second) {
        return first.n() % (2 * PanelLayout.PANEL_ROWS) == 0 && chains(newX, first, second);
    }

    /** Bytes of the result of {@code panels} panels of columns as tiles of activations. */
    long resultTileBytes(int panels) {
        return tiles() * TILE_ROWS * resultRowBytes(panels);
    }

    /** A 16th of a row tile: a panel of columns is a step of k. */
    private long resultRowBytes(int panels) {
        return (long) panels * terms * TILE_BYTES / TILE_ROWS;
    }

    /** Bytes that {@link #computeGated} needs for the gates of so many row tiles. */
    static long gateBytes(int groupTiles) {
        return (long) groupTiles * TILE_ROWS * PanelLayout.PANEL_ROWS * Float.BYTES;
    }

    /** Forgets the operands, so that nothing keeps their memory reachable. */
    void end() {
        x = null;
        w = null;
        activations = null;
    }

    private Method method(DType dtype) {
        return switch (dtype) {
            case F32 -> Method.AVX512;
            case BF16 -> code.amx ? Method.AMX_BF16 : Method.AVX512;
            // The same bits either way.
            case INT8 -> code.amx && rows > VNNI_ROWS ? Method.AMX_INT8 : Method.VNNI_INT8;
        };
    }

    int tiles() {
        return Math.ceilDiv(rows, TILE_ROWS);
    }

    /** First row tile of one of some groups of about equal size; tiles stay in pairs, which the matrix unit takes at once. */
    int groupStart(int group, int groups) {
        return Math.min(tiles(), 2 * (int) ((long) pairs() * group / groups));
    }

    /** Whether arithmetic on a share of the rows takes longer than a panel's way from memory. */
    boolean computeBound(int shares) {
        return pairs() >= shares && computeNanosPerPanel(2 * (pairs() / shares)) >= memoryNanosPerPanel();
    }

    /** Most row tiles of one task: an even number, or all. */
    int tilesPerGroup() {
        int fitting = (int) Math.max(2, ROW_GROUP_BYTES / tileBytes() / 2 * 2);
        return Math.min(tiles(), fitting);
    }

    /** About how long one panel takes for so many row tiles, in nanoseconds: memory at 12 GB/s, or arithmetic. */
    long nanosPerPanel(int groupTiles) {
        return Math.max(memoryNanosPerPanel(), computeNanosPerPanel(groupTiles));
    }

    private long memoryNanosPerPanel() {
        return w.layout().panelBytes() / 12;
    }

    private long computeNanosPerPanel(int groupTiles) {
        return switch (method) {
            case AMX_BF16 -> Math.ceilDiv(groupTiles, 2) * 34L * terms * kSteps();
            case AMX_INT8 -> groupTiles * 40L * kSteps();
            case VNNI_INT8 -> Math.min(rows, groupTiles * 16L) * w.k() / 4;
            case AVX512 -> groupTiles * 16L * w.k() / 2;
        };
    }

    /**
     * Computes panels {@code firstPanel} to {@code endPanel - 1} of row tiles {@code firstTile} to {@code endTile - 1}.
     *
     * @param next what this thread will probably need next, from {@link #bytesTo} or {@link #bytesToNextMatrix}
     */
    void compute(int worker, int firstPanel, int endPanel, int firstTile, int endTile, long next, MemorySegment bias,
            MemorySegment residual, int residualStride, boolean relu, MemorySegment out, int outStride) {
        choose(worker, function(), firstPanel, endPanel, firstTile, endTile, next, bias, residual, 4L * residualStride, relu ? RELU : 0, out,
                4L * outStride);
    }

    /** Computes some panels of all rows to scratch memory whose first column is that of {@code firstPanel}. */
    void computeColumns(int firstPanel, int endPanel, long next, MemorySegment bias, MemorySegment out, int outStride) {
        call(function(), firstPanel, endPanel, 0, tiles(), next, bias, NONE, 0, OUT_AT_FIRST_PANEL, out, 4L * outStride);
    }

    /** As {@link #compute}, to tiles of activations for {@link #beginWithTiles}. */
    void computeTiles(int worker, int firstPanel, int endPanel, int firstTile, int endTile, long next, MemorySegment bias, boolean relu,
            MemorySegment tiles) {
        choose(worker, function(), firstPanel, endPanel, firstTile, endTile, next, bias, NONE, 0, (relu ? RELU : 0) | OUT_AS_TILES, tiles,
                resultRowBytes(w.layout().panels()));
    }

    /**
     * As {@link #computeTiles}, of SwiGLU of the first half of all columns and the second one.
     *
     * @param firstPanel of the first half, as {@code endPanel}
     * @param gates {@link #gateBytes} of scratch memory
     */
    void computeGated(int worker, int firstPanel, int endPanel, int firstTile, int endTile, long next, MemorySegment gates,
            MemorySegment tiles) {
        int panels = w.layout().panels() / 2;
        choose(worker, code.amxGatedBf16, firstPanel, endPanel, firstTile, endTile, next, NONE, gates, bytesTo(panels), 0, tiles,
                resultRowBytes(panels));
    }

    /** Bytes from the first panel to another one. */
    long bytesTo(int panel) {
        return panel * w.layout().panelBytes();
    }

    /** Bytes from the first panel to where one of some stretches of the next product's weights probably begins. */
    long bytesToNextMatrix(int stretch, int stretches) {
        return order.bytesToNext(w, stretch, stretches);
    }

    /** A call by the loop that suits this worker's core; out is that of the first of all panels. */
    private void choose(int worker, MemorySegment function, int firstPanel, int endPanel, int firstTile, int endTile, long next,
            MemorySegment bias, MemorySegment beside, long besideBytes, int flags, MemorySegment out, long outBytes) {
        int tiles = endTile - firstTile;
        if (method != Method.AMX_BF16 && method != Method.AMX_INT8 || tiles < PLAIN_TILES) {
            call(function, firstPanel, endPanel, firstTile, endTile, next, bias, beside, besideBytes, flags, out, outBytes);
            return;
        }
        boolean staying = method == Method.AMX_INT8
                || function.equals(code.amxLinearBf16) && w.layout().panelBytes() <= STAYING_PANEL_BYTES && tiles >= STAYING_TILES;
        LoopChoice loop = (staying ? stayingLoops : loops)[worker];
        int plain = flags | (staying ? PLAIN_STAYING : PLAIN);
        if (endPanel - firstPanel < 2 || !loop.tries()) {
            call(function, firstPanel, endPanel, firstTile, endTile, next, bias, beside, besideBytes, loop.plain() ? plain : flags, out, outBytes);
            return;
        }
        int middle = (firstPanel + endPanel) / 2;
        boolean plainFirst = loop.plainFirst();
        long begin = System.nanoTime();
        call(function, firstPanel, middle, firstTile, endTile, bytesTo(middle), bias, beside, besideBytes, plainFirst ? plain : flags, out,
                outBytes);
        long between = System.nanoTime();
        call(function, middle, endPanel, firstTile, endTile, next, bias, beside, besideBytes, plainFirst ? flags : plain, out, outBytes);
        double first = (double) (between - begin) / (middle - firstPanel);
        double second = (double) (System.nanoTime() - between) / (endPanel - middle);
        loop.took(plainFirst ? first : second, plainFirst ? second : first);
    }

    /** @param beside the residual and its row's bytes; for the gated product what that has there */
    private void call(MemorySegment function, int firstPanel, int endPanel, int firstTile, int endTile, long next, MemorySegment bias,
            MemorySegment beside, long besideBytes, int flags, MemorySegment out, long outBytes) {
        if (method == Method.AVX512) {
            NativeCall.call(function, activations, w.panels(), bias, beside, out, NONE, firstPanel, endPanel,
                    (long) firstTile * TILE_ROWS, Math.min(rows, (long) endTile * TILE_ROWS), w.layout().paddedK(), w.n(),
                    w.k(), outBytes, besideBytes, flags, next, 4L * x.stride());
        } else {
            NativeCall.call(function, activations, w.panels(), bias, beside, out, w.scales(), firstPanel, endPanel,
                    firstTile, endTile, rows, w.n(), kSteps(), outBytes, besideBytes,
                    flags | (terms == 2 ? TWO_TERMS : 0), next, 0);
        }
    }

    private MemorySegment function() {
        return switch (method) {
            case AMX_BF16 -> code.amxLinearBf16;
            case AMX_INT8 -> code.amxLinearInt8;
            case VNNI_INT8 -> code.vnniLinearInt8;
            case AVX512 -> w.layout().dtype() == DType.F32 ? code.f32Linear : code.bf16Linear;
        };
    }

    private int pairs() {
        return Math.ceilDiv(tiles(), 2);
    }

    /** Whether whole pairs of tiles are packed, by threads that then multiply with them; else any rows. */
    private boolean packsPairs() {
        return pairs() >= 2 * pool.threads();
    }

    private int packStart(int slice) {
        return packsPairs() ? TILE_ROWS * groupStart(slice, packSlices) : (int) ((long) TILE_ROWS * tiles() * slice / packSlices);
    }

    /** Packs a part of the activations. */
    @Override
    public void item(int slice, int worker) {
        int first = packStart(slice);
        int end = packStart(slice + 1);
        if (first < Math.min(end, rows)) {
            source.compute(first, Math.min(end, rows));
        }
        // Rows past the last one are computed with it when there are several tiles, and must not hold NaN for nothing.
        int padRows = tiles() > 1 ? 1 : 0;
        if (method == Method.AMX_BF16) {
            NativeCall.call(code.bf16Split, x.data(), activations, NONE, NONE, NONE, NONE, first, end, x.rows(), x.cols(),
                    4L * x.stride(), terms, padRows, 0, 0, 0, 0, 0);
        } else {
            NativeCall.call(code.int8Split, x.data(), activations, NONE, NONE, NONE, NONE, first, end, x.rows(), x.cols(),
                    4L * x.stride(), kSteps(), padRows, 0, 0, 0, 0, 0);
        }
    }

    private int kSteps() {
        return w.layout().paddedK() / (method == Method.AMX_BF16 ? BF16_STEP : INT8_STEP);
    }

    private long tileBytes() {
        return switch (method) {
            case AMX_BF16 -> (long) kSteps() * terms * TILE_BYTES;
            case AMX_INT8, VNNI_INT8 -> DIGITS_HEAD + 2L * kSteps() * TILE_BYTES;
            case AVX512 -> 4L * TILE_ROWS * w.k();
        };
    }
}
