package io.github.funasrjava.kernels.vector;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.internal.RowDigits;
import io.github.funasrjava.kernels.internal.Scratch;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The left operand of a product, laid out for the inner loops. For f32 and bf16 weights the rows that are multiplied are
 * those of x; for int8 weights each row of x becomes two, its high and its low digits, one below the other.
 *
 * <p>A few rows stay row-major ({@link #data}), more are packed in {@link #tiles} ({@link #packed}).
 */
final class LinearRows {
    private static final int DATA_SLOT = 0;
    private static final int PACKED_SLOT = 1;

    private final WorkerPool pool;
    private final Lanes lanes;
    private final boolean largeTiles;
    private final Scratch scratch = new Scratch(2);
    private final WorkerPool.Task packTask = this::packTile;
    private float[] scales = new float[16];
    private PanelLayout layout = new PanelLayout(DType.F32, 1, 1);
    private RowTiles tiles = RowTiles.cut(0, false);
    private int count;
    private boolean streamed;
    private MemorySegment data = MemorySegment.NULL;
    private long rowBytes;
    private MemorySegment packed = MemorySegment.NULL;

    LinearRows(WorkerPool pool, Lanes lanes, boolean largeTiles) {
        this.pool = pool;
        this.lanes = lanes;
        this.largeTiles = largeTiles;
    }

    void close() {
        scratch.close();
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

    /** The rows, row-major; where {@link #streamed}, padded to whole groups of k. */
    MemorySegment data() {
        return data;
    }

    /** Bytes from one row of {@link #data} to the next. */
    long rowBytes() {
        return rowBytes;
    }

    /** How the rows are cut; only where not {@link #streamed}. */
    RowTiles tiles() {
        return tiles;
    }

    /** The rows, {@code [k][height]} tile by tile; only where not {@link #streamed}. */
    MemorySegment packed() {
        return packed;
    }

    /** Scale of row {@code row} of x, for int8 weights. */
    float scale(int row) {
        return scales[row];
    }

    /** Lays out the rows of x for weights of this layout. */
    void take(Matrix x, PanelLayout newLayout) {
        layout = newLayout;
        boolean int8 = layout.dtype() == DType.INT8;
        count = int8 ? Math.multiplyExact(2, x.rows()) : x.rows();
        streamed = layout.dtype() != DType.F32 && count <= 4 && lanes.streamPanels(streamRows()) >= 1;
        if (int8) {
            splitIntoDigits(x);
        } else if (streamed) {
            copyPadded(x);
        } else {
            data = x.data();
            rowBytes = (long) x.stride() * Float.BYTES;
        }
        if (!streamed) {
            tiles = RowTiles.cut(count, largeTiles);
            packed = scratch.get(PACKED_SLOT, (long) tiles.paddedRows() * layout.k() * Float.BYTES);
            pool.run(packTask, tiles.count());
        }
    }

    private void packTile(int tile, int worker) {
        int start = tiles.start(tile);
        lanes.packRows(data, start * rowBytes, rowBytes, tiles.present(tile), layout.k(), packed,
                (long) start * layout.k() * Float.BYTES, tiles.height(tile));
    }

    private void splitIntoDigits(Matrix x) {
        int k = x.cols();
        int padding = layout.paddedK() - k;
        allocateRows();
        if (scales.length < x.rows()) {
            scales = new float[x.rows()];
        }
        for (int row = 0; row < x.rows(); row++) {
            long from = (long) row * x.stride() * Float.BYTES;
            long high = 2 * row * rowBytes;
            long low = high + rowBytes;
            float largest = lanes.largestMagnitude(x.data(), from, k);
            if (largest >= RowDigits.SMALLEST && largest < Float.POSITIVE_INFINITY) {
                scales[row] = largest / RowDigits.FULL_SCALE;
                lanes.digits(x.data(), from, k, RowDigits.FULL_SCALE / largest, data, high, data, low);
                fill(high + (long) k * Float.BYTES, padding, 0f);
                fill(low + (long) k * Float.BYTES, padding, 0f);
            } else {
                scales[row] = largest < RowDigits.SMALLEST ? 0 : Float.NaN;
                fill(high, layout.paddedK(), 0f);
                fill(low, layout.paddedK(), 0f);
            }
        }
    }

    /** Padding is -0, which leaves a sum as it is: {@code a + -0 * 0 == a}, even for {@code a == -0}. */
    private void copyPadded(Matrix x) {
        allocateRows();
        long bytes = (long) x.cols() * Float.BYTES;
        for (int row = 0; row < x.rows(); row++) {
            MemorySegment.copy(x.data(), (long) row * x.stride() * Float.BYTES, data, row * rowBytes, bytes);
            fill(row * rowBytes + bytes, layout.paddedK() - x.cols(), -0f);
        }
        for (int row = x.rows(); row < streamRows(); row++) {
            fill(row * rowBytes, layout.paddedK(), 0f);
        }
    }

    private void allocateRows() {
        rowBytes = (long) layout.paddedK() * Float.BYTES;
        data = scratch.get(DATA_SLOT, Math.max(4, count) * rowBytes);
    }

    private void fill(long at, int values, float value) {
        for (int i = 0; i < values; i++) {
            data.set(ValueLayout.JAVA_FLOAT, at + (long) i * Float.BYTES, value);
        }
    }
}
