package io.github.funasrjava.kernels.vector;

import io.github.funasrjava.kernels.PanelLayout;
import java.lang.foreign.MemorySegment;

/**
 * The inner loops of one vector width. {@code x, xAt} is a segment and the byte offset in it; "lines" are 32 floats,
 * the width of a panel. Nothing is checked here beyond what the segments check themselves.
 */
public interface Lanes {
    /** Accumulators of a stream kernel: rows times vectors of columns. */
    int STREAM_VECTORS = 16;

    /** {@code c[12][32] += a[k][12]^T b[k][32]}. */
    void tile12(MemorySegment a, long aAt, MemorySegment b, long bAt, int k, MemorySegment c, long cAt);

    /** {@code c[4][32] += a[k][4]^T b[k][32]}. */
    void tile4(MemorySegment a, long aAt, MemorySegment b, long bAt, int k, MemorySegment c, long cAt);

    /** Panels that {@link #bf16Stream} and {@link #int8Stream} treat at once for 1, 2 or 4 rows; 0 where there is no kernel. */
    default int streamPanels(int rows) {
        return STREAM_VECTORS / rows * vectorBytes() / (PanelLayout.PANEL_ROWS * Float.BYTES);
    }

    /** Bytes of a vector. */
    int vectorBytes();

    /**
     * Products of 1, 2 or 4 rows with {@link #streamPanels} bf16 panels: {@code c[rows][columns]}.
     *
     * @param rowBytes bytes from one row of x to the next
     * @param panelBytes bytes from one panel of w to the next
     * @param pairs groups of two k
     * @param cRowBytes bytes from one row of c to the next
     */
    void bf16Stream(int rows, MemorySegment x, long xAt, long rowBytes, MemorySegment w, long wAt, long panelBytes, int pairs,
            MemorySegment c, long cAt, long cRowBytes);

    /** As {@link #bf16Stream} for 2 or 4 rows of int8 digits and {@code quads} groups of four k. */
    void int8Stream(int rows, MemorySegment x, long xAt, long rowBytes, MemorySegment w, long wAt, long panelBytes, int quads,
            MemorySegment c, long cAt, long cRowBytes);

    void widenBf16(MemorySegment w, long wAt, int pairs, MemorySegment out, long outAt);

    void widenInt8(MemorySegment w, long wAt, int quads, MemorySegment out, long outAt);

    void clear(MemorySegment c, long cAt, int lines);

    void drain(MemorySegment c, long cAt, MemorySegment sums, long sumsAt, int lines);

    void combine(MemorySegment sums, long highAt, long lowAt, float rowScale, MemorySegment scales, long scalesAt, MemorySegment c,
            long cAt);

    void finish(MemorySegment c, long cAt, long cRowBytes, int rows, boolean hasBias, MemorySegment bias, long biasAt, boolean relu,
            boolean hasResidual, MemorySegment residual, long residualAt, long residualRowBytes, MemorySegment out, long outAt,
            long outRowBytes);

    void packRows(MemorySegment x, long xAt, long xRowBytes, int rows, int k, MemorySegment out, long outAt, int tileRows);

    /** One row of {@link #packRows}: {@code out[i * tileRows] = x[i]}. */
    void packRow(MemorySegment x, long xAt, int k, MemorySegment out, long outAt, int tileRows);

    void layerNorm(MemorySegment x, long xAt, int n, MemorySegment weight, long weightAt, MemorySegment bias, long biasAt, float eps,
            MemorySegment out, long outAt);

    void rmsNorm(MemorySegment x, long xAt, int n, MemorySegment weight, long weightAt, float eps, MemorySegment out, long outAt);

    void rotate(MemorySegment x, long xAt, int half, MemorySegment cos, long cosAt, MemorySegment sin, long sinAt);

    void swiglu(MemorySegment x, long gateAt, long upAt, int n, MemorySegment out, long outAt);

    void logSoftmax(MemorySegment x, long xAt, int n, MemorySegment out, long outAt);

    void fsmn(MemorySegment v, long vAt, long vRowBytes, int firstOffset, int taps, MemorySegment w, long wAt, long wRowBytes, int n,
            boolean hasResidual, MemorySegment residual, long residualAt, MemorySegment out, long outAt);

    float largestMagnitude(MemorySegment x, long xAt, int n);

    void digits(MemorySegment x, long xAt, int n, float inverse, MemorySegment high, long highAt, MemorySegment low, long lowAt);

    float softmax(MemorySegment s, long sAt, long panelBytes, int n, float scale);

    void addScaled(MemorySegment c, long cAt, long cPanelBytes, float weight, MemorySegment v, long vAt, long vPanelBytes, int panels);

    void divide(MemorySegment c, long cAt, long cPanelBytes, float divisor, int n, MemorySegment out, long outAt);

    void copyLines(MemorySegment x, long xAt, long xRowBytes, int rows, int floats, MemorySegment out, long outAt);

    float largest(MemorySegment c, long cAt, long panelBytes, int n);

    int indexOf(MemorySegment c, long cAt, long panelBytes, int n, float value);

    float sumExp(MemorySegment c, long cAt, long panelBytes, int n, float max);
}
