package io.github.funasrjava.kernels.vector;

import static io.github.funasrjava.kernels.vector.PanelProducts.WIDTH;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.kernels.internal.LogSumExp;
import io.github.funasrjava.kernels.internal.Operations;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.util.Optional;

/** {@code linear} and {@code argmaxLinear}: shares panels out over the workers and finishes their products. */
final class VectorLinear {
    /** Packed rows of one item should stay in the second-level cache (2 MiB) next to a block of weights. */
    private static final int MAX_PACKED_BYTES = 3 << 19;
    /**
     * From so many tiles for each thread on, threads take rows of their own instead of columns: an operand that two cores read costs
     * both 5 to 10 %. With fewer rows, widening all weights in every thread costs more than that.
     */
    private static final int TILES_PER_THREAD = 16;
    /** Panels of one item where rows are few: as many as the kernel for one row reads at once at 512 bits. */
    private static final int STREAM_PANELS = 8;
    /** Lines of one row of a stream's results: {@link PanelProducts#stream} wants room for another 8. */
    private static final int STREAM_ROW_LINES = 2 * STREAM_PANELS;

    private final WorkerPool pool;
    private final Lanes lanes;
    private final LinearRows given;
    private final LinearRows hidden;
    private final PanelProducts[] products;
    private final WorkerPool.Task streamTask = this::streamPanels;
    private final WorkerPool.Task tileTask = this::multiplyPanel;
    private final WorkerPool.Task hiddenTask = this::multiplyHiddenPanel;
    private final WorkerPool.Task argmaxTask = this::argmaxBlock;

    // Operands of the running call; views of one line stand for what is absent.
    private LinearRows rows;
    private PanelMatrix w;
    private PanelLayout layout;
    private Optional<Matrix> bias;
    private boolean relu;
    private Optional<Matrix> residual;
    private Matrix out;
    private int m;
    private int tilesPerItem;
    // Results of argmax, block by block for each row.
    private int blocks;
    private int[] blockIds = new int[0];
    private float[] blockMax = new float[0];
    private float[] blockSum = new float[0];

    VectorLinear(WorkerPool pool, Lanes lanes, boolean manyRegisters) {
        this.pool = pool;
        this.lanes = lanes;
        this.given = new LinearRows(pool, lanes, manyRegisters);
        this.hidden = new LinearRows(pool, lanes, manyRegisters);
        this.rows = given;
        this.products = new PanelProducts[pool.threads()];
        for (int i = 0; i < products.length; i++) {
            products[i] = new PanelProducts(lanes);
        }
    }

    void linear(Matrix x, PanelMatrix weights, Optional<Matrix> newBias, Activation activation, Optional<Matrix> newResidual,
            Matrix newOut) {
        begin(x, weights, newBias);
        relu = activation == Activation.RELU;
        residual = newResidual;
        out = newOut;
        if (rows.streamed()) {
            reserve(rows.streamRows() * STREAM_ROW_LINES);
            pool.run(streamTask, Math.ceilDiv(layout.panels(), STREAM_PANELS));
        } else {
            runTiles(tileTask);
        }
    }

    private void begin(Matrix x, PanelMatrix weights, Optional<Matrix> newBias) {
        w = weights;
        layout = weights.layout();
        bias = newBias;
        m = x.rows();
        rows = given;
        rows.take(x, layout);
    }

    /** Shares out panels, and tiles of rows where there are too many for the second-level cache. */
    private void runTiles(WorkerPool.Task task) {
        RowTiles tiles = rows.tiles();
        long tileBytes = (long) layout.k() * tiles.height(0) * Float.BYTES;
        int parts = Math.ceilDiv(tiles.count(), (int) Math.max(1, MAX_PACKED_BYTES / tileBytes));
        if (tiles.count() >= TILES_PER_THREAD * pool.threads()) {
            parts = Math.ceilDiv(parts, pool.threads()) * pool.threads();
        }
        tilesPerItem = Math.ceilDiv(tiles.count(), parts);
        reserve(Math.min(tiles.paddedRows(), tilesPerItem * tiles.largeHeight()));
        pool.run(task, Math.multiplyExact(Math.ceilDiv(tiles.count(), tilesPerItem), layout.panels()));
    }

    /**
     * Two products of many rows, see {@link LinearRows#packs}. The first hands its rows on as the second takes them: row by
     * row they would lie whole pages apart, all in the same sets of the cache, and be read again only to be packed.
     */
    void feedForward(Matrix x, PanelMatrix w1, Optional<Matrix> bias1, PanelMatrix w2, Optional<Matrix> bias2,
            Optional<Matrix> newResidual, Matrix newOut) {
        begin(x, w1, bias1);
        hidden.expect(m, w2.layout());
        runTiles(hiddenTask);
        w = w2;
        layout = w2.layout();
        bias = bias2;
        rows = hidden;
        relu = false;
        residual = newResidual;
        out = newOut;
        runTiles(tileTask);
    }

    private void reserve(int lines) {
        for (PanelProducts p : products) {
            p.reserve(lines);
        }
    }

    private void streamPanels(int item, int worker) {
        int first = item * STREAM_PANELS;
        int count = Math.min(STREAM_PANELS, layout.panels() - first);
        products[worker].stream(rows, w, first, count, STREAM_ROW_LINES);
        for (int p = 0; p < count; p++) {
            finish(products[worker], p * WIDTH, STREAM_ROW_LINES * WIDTH, first + p, 0, m);
        }
    }

    private void multiplyPanel(int item, int worker) {
        int panel = item % layout.panels();
        int firstTile = item / layout.panels() * tilesPerItem;
        RowTiles tiles = rows.tiles();
        int endTile = Math.min(tiles.count(), firstTile + tilesPerItem);
        products[worker].tiles(rows, w, panel, firstTile, endTile, 0);
        int perRow = layout.dtype() == DType.INT8 ? 2 : 1;
        int firstRow = tiles.start(firstTile) / perRow;
        int endRow = Math.min(m, tiles.start(endTile) / perRow);
        finish(products[worker], 0, WIDTH, panel, firstRow, endRow - firstRow);
    }

    /** One panel of the first product of a pair, rectified and packed for the second. */
    private void multiplyHiddenPanel(int item, int worker) {
        int panel = item % layout.panels();
        int firstTile = item / layout.panels() * tilesPerItem;
        RowTiles tiles = rows.tiles();
        int endTile = Math.min(tiles.count(), firstTile + tilesPerItem);
        PanelProducts product = products[worker];
        product.tiles(rows, w, panel, firstTile, endTile, 0);
        int column = panel * WIDTH;
        int columns = Math.min(WIDTH, layout.n() - column);
        float[] biasLine = bias.isPresent() ? product.biasLine(bias.get().data(), column * 4L, columns) : product.noBias();
        for (int tile = firstTile; tile < endTile; tile++) {
            int start = tiles.start(tile);
            int height = tiles.height(tile);
            lanes.finishTile(product.sums(), (start - tiles.start(firstTile)) * WIDTH, height, bias.isPresent(), biasLine, columns,
                    hidden.packed(), start * layout.n() + column * height);
        }
    }

    /** Bias, activation and residual for the columns of one panel. */
    private void finish(PanelProducts product, int cAt, int cStride, int panel, int firstRow, int count) {
        float[] c = product.sums();
        int column = panel * WIDTH;
        if (layout.n() - column < WIDTH) {
            finishPart(c, cAt, cStride, column, firstRow, count);
            return;
        }
        float[] biasLine = bias.isPresent() ? product.biasLine(bias.get().data(), column * 4L, WIDTH) : product.noBias();
        Matrix residualOrAny = residual.orElse(out);
        long outRowBytes = (long) out.stride() * Float.BYTES;
        long residualRowBytes = (long) residualOrAny.stride() * Float.BYTES;
        lanes.finish(c, cAt, cStride, count, bias.isPresent(), biasLine, relu, residual.isPresent(),
                residualOrAny.data(), firstRow * residualRowBytes + column * 4L, residualRowBytes, out.data(),
                firstRow * outRowBytes + column * 4L, outRowBytes);
    }

    /** The last panel when it has fewer than 32 rows. */
    private void finishPart(float[] c, int cAt, int cStride, int column, int firstRow, int count) {
        for (int r = 0; r < count; r++) {
            for (int j = column; j < layout.n(); j++) {
                float value = c[cAt + r * cStride + j - column];
                if (bias.isPresent()) {
                    value += bias.get().get(0, j);
                }
                if (relu) {
                    value = Math.max(0, value);
                }
                if (residual.isPresent()) {
                    value += residual.get().get(firstRow + r, j);
                }
                out.set(firstRow + r, j, value);
            }
        }
    }

    void argmax(Matrix x, PanelMatrix weights, Optional<Matrix> newBias, TopToken[] top) {
        begin(x, weights, newBias);
        blocks = Math.ceilDiv(layout.panels(), Operations.ARGMAX_BLOCK_PANELS);
        int results = Math.multiplyExact(blocks, m);
        if (blockIds.length < results) {
            blockIds = new int[results];
            blockMax = new float[results];
            blockSum = new float[results];
        }
        reserve(rows.streamed() ? rows.streamRows() * STREAM_ROW_LINES
                : rows.tiles().paddedRows() * Operations.ARGMAX_BLOCK_PANELS);
        pool.run(argmaxTask, blocks);
        for (int row = 0; row < m; row++) {
            LogSumExp all = new LogSumExp();
            for (int at = row * blocks; at < (row + 1) * blocks; at++) {
                all.merge(blockIds[at], blockMax[at], blockSum[at]);
            }
            top[row] = all.result();
        }
    }

    private void argmaxBlock(int block, int worker) {
        int first = block * Operations.ARGMAX_BLOCK_PANELS;
        int count = Math.min(Operations.ARGMAX_BLOCK_PANELS, layout.panels() - first);
        int rowLines = rows.streamed() ? STREAM_ROW_LINES : 1;
        int panelLines = rows.streamed() ? 1 : rows.tiles().paddedRows();
        if (rows.streamed()) {
            products[worker].stream(rows, w, first, count, rowLines);
        } else {
            for (int p = 0; p < count; p++) {
                products[worker].tiles(rows, w, first + p, 0, rows.tiles().count(), p * panelLines);
            }
        }
        float[] logits = products[worker].sums();
        for (int p = 0; p < count && bias.isPresent(); p++) {
            addBias(logits, p * panelLines * WIDTH, rowLines * WIDTH, (first + p) * WIDTH);
        }
        int classes = Math.min(count * WIDTH, layout.n() - first * WIDTH);
        for (int row = 0; row < m; row++) {
            summarise(row * blocks + block, logits, row * rowLines * WIDTH, panelLines * WIDTH, classes, first * WIDTH);
        }
    }

    private void addBias(float[] logits, int at, int stride, int column) {
        Matrix values = bias.get();
        for (int row = 0; row < m; row++) {
            int line = at + row * stride;
            if (layout.n() - column >= WIDTH) {
                lanes.addLine(logits, line, values.data(), column * 4L);
            } else {
                for (int j = column; j < layout.n(); j++) {
                    logits[line + j - column] += values.get(0, j);
                }
            }
        }
    }

    /** Largest logit of one row in one block, its id and the sum of exponentials relative to it. */
    private void summarise(int result, float[] logits, int at, int lineStride, int classes, int firstId) {
        float max = lanes.largest(logits, at, lineStride, classes);
        boolean finite = Math.abs(max) < Float.POSITIVE_INFINITY;
        blockMax[result] = max;
        blockIds[result] = Float.isNaN(max) ? -1 : firstId + lanes.indexOf(logits, at, lineStride, classes, max);
        blockSum[result] = finite ? lanes.sumExp(logits, at, lineStride, classes, max) : 1;
    }
}
