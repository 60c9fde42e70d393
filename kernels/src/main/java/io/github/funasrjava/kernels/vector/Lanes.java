package io.github.funasrjava.kernels.vector;

import java.lang.foreign.MemorySegment;

/**
 * The inner loops of one vector width. {@code x, xAt} is a segment and the byte offset in it; "lines" are 32 floats,
 * the width of a panel. Nothing is checked here beyond what the segments check themselves.
 */
public interface Lanes {
    /** {@code c[8][32] += a[k][8]^T b[k][32]}. */
    void tile8(float[] a, int aAt, MemorySegment b, long bAt, int k, float[] c, int cAt);

    /** {@code c[4][32] += a[k][4]^T b[k][32]}. */
    void tile4(float[] a, int aAt, MemorySegment b, long bAt, int k, float[] c, int cAt);

    /** {@code c[12][32] += a[k][12]^T b[k][32]}, with b in an array. */
    void tile12(float[] a, int aAt, float[] b, int bAt, int k, float[] c, int cAt);

    /** As {@link #tile4(float[], int, MemorySegment, long, int, float[], int)}, with b in an array. */
    void tile4(float[] a, int aAt, float[] b, int bAt, int k, float[] c, int cAt);

    /**
     * {@code c[rows][panels][32] += x W^T} for 1 or 2 rows and 8 panels of bf16, or 4 rows and 4 panels.
     *
     * @param xStride floats from one row of x to the next
     * @param panelBytes bytes from one panel of w to the next
     * @param pairs groups of two k
     * @param cStride floats from one row of c to the next
     */
    void bf16Stream(int rows, float[] x, int xAt, int xStride, MemorySegment w, long wAt, long panelBytes, int pairs,
            float[] c, int cAt, int cStride);

    /** As {@link #bf16Stream} for 2 or 4 rows of int8 digits, 4 panels and {@code quads} groups of four k. */
    void int8Stream(int rows, float[] x, int xAt, int xStride, MemorySegment w, long wAt, long panelBytes, int quads,
            float[] c, int cAt, int cStride);

    void widenBf16(MemorySegment w, long wAt, int pairs, float[] out);

    void widenInt8(MemorySegment w, long wAt, int quads, float[] out);

    void drain(float[] c, int cAt, int[] sums, int sumsAt, int lines);

    void combine(int[] sums, int highAt, int lowAt, float rowScale, MemorySegment scales, long scalesAt, float[] c, int cAt);

    void addLine(float[] c, int cAt, MemorySegment bias, long biasAt);

    void finish(float[] c, int cAt, int cStride, int rows, boolean hasBias, float[] bias, boolean relu,
            boolean hasResidual, MemorySegment residual, long residualAt, long residualRowBytes, MemorySegment out, long outAt,
            long outRowBytes);

    /** {@code out[j * height + r] = max(0, c[r][j] + bias[j])} for {@code columns} values of each row; c is overwritten. */
    void finishTile(float[] c, int cAt, int height, boolean hasBias, float[] bias, int columns, float[] out, int outAt);

    /** {@code out[i * tileRows + r] = x[r][i]} for tiles of 32, 12, 8 or 4 rows; missing rows are 0. */
    void packRows(MemorySegment x, long xAt, long xRowBytes, int rows, int k, float[] out, int outAt, int tileRows);

    /** One row of {@link #packRows}: {@code out[i * tileRows] = x[i]}. */
    void packRow(MemorySegment x, long xAt, int k, float[] out, int outAt, int tileRows);

    /**
     * Cuts rows into tiles of columns: {@code out[tile * tileStride + row * height + i] = x[row][tile * height + i]}, 0 for columns
     * beyond {@code columns}.
     *
     * @param height columns of a tile, 12 or 4
     * @param line scratch for a row of all tiles
     */
    void packColumns(MemorySegment x, long xAt, long xRowBytes, int rows, int columns, int tiles, int height, float[] line, float[] out,
            int outAt, int tileStride);

    /** One row as a column of lines of 32: {@code out[i][column] = x[i]}. */
    void packColumn(MemorySegment x, long xAt, int k, MemorySegment out, long outAt);

    void layerNorm(MemorySegment x, long xAt, int n, MemorySegment weight, long weightAt, MemorySegment bias, long biasAt, float eps,
            MemorySegment out, long outAt);

    void rmsNorm(MemorySegment x, long xAt, int n, MemorySegment weight, long weightAt, float eps, MemorySegment out, long outAt);

    void rotate(MemorySegment x, long xAt, int half, MemorySegment cos, long cosAt, MemorySegment sin, long sinAt);

    void swiglu(MemorySegment x, long gateAt, long upAt, int n, MemorySegment out, long outAt);

    void logSoftmax(MemorySegment x, long xAt, int n, MemorySegment out, long outAt);

    void fsmn(MemorySegment v, long vAt, long vRowBytes, int firstOffset, int taps, MemorySegment w, long wAt, long wRowBytes, int n,
            boolean hasResidual, MemorySegment residual, long residualAt, MemorySegment out, long outAt);

    float largestMagnitude(MemorySegment x, long xAt, int n);

    void digits(MemorySegment x, long xAt, int n, float inverse, float[] high, int highAt, float[] low, int lowAt);

    float softmax(float[] s, int sAt, int lineStride, int n, float scale);

    void addScaled(float[] c, int cAt, int lineStride, float weight, MemorySegment v, long vAt, long vPanelBytes,
            int lines);

    void divide(float[] c, int cAt, int lineStride, float divisor, int n, MemorySegment out, long outAt);

    /** {@code s[n][32] = exp(scale * s - max)} down every column, and the columns' sums. */
    void softmaxColumns(float[] s, int n, float scale, float[] sums);

    /** {@code out[r][i] = c[i][r] * (1 / sums[r])} for {@code rows} columns of {@code c[n][32]}; c is overwritten. */
    void divideColumns(float[] c, int n, float[] sums, int rows, MemorySegment out, long outAt, long outRowBytes);

    float largest(float[] c, int cAt, int lineStride, int n);

    int indexOf(float[] c, int cAt, int lineStride, int n, float value);

    float sumExp(float[] c, int cAt, int lineStride, int n, float max);
}
