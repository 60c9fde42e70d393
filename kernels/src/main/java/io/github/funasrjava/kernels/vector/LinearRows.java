package io.github.funasrjava.kernels.vector;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.internal.RowDigits;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The left operand of a product, laid out for the inner loops. For f32 and bf16 weights the rows that are multiplied are
 * those of x; for int8 weights each row of x becomes two, its high and its low digits, one below the other.
 *
 * <p>A few rows stay row-major ({@link #data}), more are packed in {@link #tiles} ({@link #packed}).
 */
final class LinearRows {
    private static final int MAX_STREAM_ROWS = 4;

    private final WorkerPool pool;
    private final Lanes lanes;
    private final int largeTile;
    private final WorkerPool.Task packTask = this::packTile;
    private float[] scales = new float[16];
    private PanelLayout layout = new PanelLayout(DType.F32, 1, 1);
    private RowTiles tiles = RowTiles.cut(0, RowTiles.SMALL);
    private int count;
    private boolean streamed;
    private Matrix x;
    private float[] data = new float[0];
    private int stride;
    private float[] packed = new float[0];

    LinearRows(WorkerPool pool, Lanes lanes, boolean manyRegisters) {
        this.pool = pool;
        this.lanes = lanes;
        this.largeTile = manyRegisters ? RowTiles.LINEAR : RowTiles.SMALL;
    }

    /** Rows that are multiplied: those of x, or twice as many for int8 weights. */
    int count() {
        return count;
    }

    /** Whether the rows are few enough to be multiplied with weights that are widened in registers. */
    boolean streamed() {
        return streamed;
    }

    /** Rows of the stream kernel that takes {@link #count} rows: 1, 2 or 4. Superfluous rows hold zeros. */
    int streamRows() {
        return count == 3 ? 4 : count;
    }

    /** The rows, row-major, padded to whole groups of k; only where {@link #streamed}. */
    float[] data() {
        return data;
    }

    /** Floats from one row of {@link #data} to the next. */
    int stride() {
        return stride;
    }

    /** How the rows are cut; only where not {@link #streamed}. */
    RowTiles tiles() {
        return tiles;
    }

    /** The rows, {@code [k][height]} tile by tile; only where not {@link #streamed}. */
    float[] packed() {
        return packed;
    }

    /** Scale of row {@code row} of x, for int8 weights. */
    float scale(int row) {
        return scales[row];
    }

    /**
     * Whether rows of x for these weights are packed, so that the product before may write {@link #packed} itself. Rows
     * of int8 weights are not: their digits depend on the whole row.
     */
    static boolean packs(int rows, DType dtype) {
        return dtype != DType.INT8 && rows > MAX_STREAM_ROWS;
    }

    /** Makes room for rows of {@code newLayout.k()} columns that the caller writes into {@link #packed}. */
    void expect(int newRows, PanelLayout newLayout) {
        layout = newLayout;
        count = newRows;
        streamed = false;
        tiles = RowTiles.cut(count, largeTile);
        packed = grown(packed, tiles.paddedRows() * (long) layout.k());
    }

    /** Lays out the rows of x for weights of this layout. */
    void take(Matrix newX, PanelLayout newLayout) {
        x = newX;
        layout = newLayout;
        boolean int8 = layout.dtype() == DType.INT8;
        count = int8 ? Math.multiplyExact(2, x.rows()) : x.rows();
        streamed = layout.dtype() != DType.F32 && count <= MAX_STREAM_ROWS;
        stride = layout.paddedK();
        if (int8) {
            data = grown(data, count * (long) stride);
            splitIntoDigits();
        } else if (streamed) {
            data = grown(data, streamRows() * (long) stride);
            copyPadded();
        }
        if (!streamed) {
            tiles = RowTiles.cut(count, largeTile);
            packed = grown(packed, tiles.paddedRows() * (long) layout.k());
            pool.run(packTask, tiles.count());
        }
    }

    private static float[] grown(float[] scratch, long needed) {
        return scratch.length >= needed ? scratch : new float[Math.toIntExact(needed + needed / 4)];
    }

    private void packTile(int tile, int worker) {
        int start = tiles.start(tile);
        int height = tiles.height(tile);
        int k = layout.k();
        if (layout.dtype() != DType.INT8) {
            long rowBytes = (long) x.stride() * Float.BYTES;
            lanes.packRows(x.data(), start * rowBytes, rowBytes, tiles.present(tile), k, packed, start * k, height);
            return;
        }
        for (int r = 0; r < height; r++) {
            for (int i = 0; i < k; i++) {
                packed[(start * k) + i * height + r] = r < tiles.present(tile) ? data[(start + r) * stride + i] : 0;
            }
        }
    }

    private void splitIntoDigits() {
        int k = x.cols();
        if (scales.length < x.rows()) {
            scales = new float[x.rows()];
        }
        for (int row = 0; row < x.rows(); row++) {
            long from = (long) row * x.stride() * Float.BYTES;
            int high = 2 * row * stride;
            int low = high + stride;
            float largest = lanes.largestMagnitude(x.data(), from, k);
            if (largest >= RowDigits.SMALLEST && largest < Float.POSITIVE_INFINITY) {
                scales[row] = largest / RowDigits.FULL_SCALE;
                lanes.digits(x.data(), from, k, RowDigits.FULL_SCALE / largest, data, high, data, low);
                Arrays.fill(data, high + k, low, 0);
                Arrays.fill(data, low + k, low + stride, 0);
            } else {
                scales[row] = largest < RowDigits.SMALLEST ? 0 : Float.NaN;
                Arrays.fill(data, high, low + stride, 0);
            }
        }
    }

    /** Padding is -0, which leaves a sum as it is: {@code a + -0 * 0 == a}, even for {@code a == -0}. */
    private void copyPadded() {
        int k = x.cols();
        for (int row = 0; row < x.rows(); row++) {
            int to = row * stride;
            MemorySegment.copy(x.data(), ValueLayout.JAVA_FLOAT, (long) row * x.stride() * Float.BYTES, data, to, k);
            Arrays.fill(data, to + k, to + stride, -0f);
        }
        Arrays.fill(data, x.rows() * stride, streamRows() * stride, 0);
    }
}
