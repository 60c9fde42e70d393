package io.github.funasrjava.kernels.vector;

/**
 * How rows are cut into tiles: eight rows each, the rest in a tile of four where that suffices. CPUs with 16 vector
 * registers take tiles of four only, since eight rows need 16 accumulators.
 *
 * <p>In an operand of {@code k} columns that is packed tile by tile, the values of a tile begin at {@code start * k}.
 *
 * @param rows rows that exist
 * @param large tiles of eight; they come first
 * @param count all tiles
 */
record RowTiles(int rows, int large, int count) {
    static final int LARGE = 8;
    static final int SMALL = 4;

    /** Cuts rows into tiles; {@code largeTiles} allows tiles of eight. */
    static RowTiles cut(int rows, boolean largeTiles) {
        int large = largeTiles ? rows / LARGE : 0;
        int rest = rows - large * LARGE;
        boolean oneMore = largeTiles && rest > SMALL;
        return oneMore ? new RowTiles(rows, large + 1, large + 1) : new RowTiles(rows, large, large + Math.ceilDiv(rest, SMALL));
    }

    /** Rows of a tile, padding included: 8 or 4. */
    int height(int tile) {
        return tile < large ? LARGE : SMALL;
    }

    /** First row of a tile; that of {@code count()} is the number of rows with padding. */
    int start(int tile) {
        return tile <= large ? tile * LARGE : large * LARGE + (tile - large) * SMALL;
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
