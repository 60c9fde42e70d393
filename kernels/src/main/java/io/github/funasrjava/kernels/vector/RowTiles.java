package io.github.funasrjava.kernels.vector;

/**
 * How rows are cut into tiles: large ones of eight or twelve rows, the rest in a tile of four where that suffices. CPUs with 16
 * vector registers take tiles of four only, since two vectors for each of eight rows are 16 accumulators.
 *
 * <p>In an operand of {@code k} columns that is packed tile by tile, the values of a tile begin at {@code start * k}.
 *
 * @param rows rows that exist
 * @param largeHeight rows of a large tile
 * @param large number of large tiles; they come first
 * @param count all tiles
 */
record RowTiles(int rows, int largeHeight, int large, int count) {
    /** Rows of a large tile of products with weights and of full attention. */
    static final int LINEAR = 12;
    /** Rows of a large tile of causal attention. */
    static final int QUERIES = 8;
    static final int SMALL = 4;

    /** Cuts rows into tiles, at most {@code largeHeight} rows each; {@link #SMALL} for small tiles only. */
    static RowTiles cut(int rows, int largeHeight) {
        if (largeHeight == SMALL) {
            return new RowTiles(rows, SMALL, 0, Math.ceilDiv(rows, SMALL));
        }
        int large = rows / largeHeight;
        int rest = rows - large * largeHeight;
        boolean oneMore = rest > SMALL;
        return oneMore ? new RowTiles(rows, largeHeight, large + 1, large + 1)
                : new RowTiles(rows, largeHeight, large, large + Math.ceilDiv(rest, SMALL));
    }

    /** Rows of a tile, padding included. */
    int height(int tile) {
        return tile < large ? largeHeight : SMALL;
    }

    /** First row of a tile; that of {@code count()} is the number of rows with padding. */
    int start(int tile) {
        return tile <= large ? tile * largeHeight : large * largeHeight + (tile - large) * SMALL;
    }

    /** Rows of a tile that exist. */
    int present(int tile) {
        return Math.min(height(tile), rows - start(tile));
    }

    /** Rows with padding. */
    int paddedRows() {
        return start(count);
    }
}
