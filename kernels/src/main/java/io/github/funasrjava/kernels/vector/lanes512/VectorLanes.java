package io.github.funasrjava.kernels.vector.lanes512;

import static io.github.funasrjava.kernels.vector.lanes512.Species.BYTES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.LANES;
import static io.github.funasrjava.kernels.vector.lanes512.Species.VECTORS;

import io.github.funasrjava.kernels.vector.Lanes;
import java.lang.foreign.MemorySegment;

/** The inner loops of this width. */
public final class VectorLanes implements Lanes {
    @Override
    public void tile8(float[] a, int aAt, MemorySegment b, long bAt, int k, float[] c, int cAt) {
        Tiles.tile8(a, aAt, b, bAt, k, c, cAt);
    }

    @Override
    public void tile4(float[] a, int aAt, MemorySegment b, long bAt, int k, float[] c, int cAt) {
        Tiles.tile4(a, aAt, b, bAt, k, c, cAt);
    }

    @Override
    public void tile12(float[] a, int aAt, float[] b, int bAt, int k, float[] c, int cAt) {
        ArrayTiles.tile12(a, aAt, b, bAt, k, c, cAt);
    }

    @Override
    public void tile4(float[] a, int aAt, float[] b, int bAt, int k, float[] c, int cAt) {
        ArrayTiles.tile4(a, aAt, b, bAt, k, c, cAt);
    }

    @Override
    public void bf16Stream(int rows, float[] x, int xAt, int xStride, MemorySegment w, long wAt, long panelBytes, int pairs,
            float[] c, int cAt, int cStride) {
        for (int v = 0; v < VECTORS; v++) {
            long column = (long) v * BYTES;
            int lane = v * LANES;
            switch (rows) {
                case 1 -> Streams.bf16Rows1(x, xAt, w, wAt + column, panelBytes, pairs, c, cAt + lane);
                case 2 -> Streams.bf16Rows2(x, xAt, xStride, w, wAt + column, panelBytes, pairs, c, cAt + lane, cStride);
                case 4 -> Streams.bf16Rows4(x, xAt, xStride, w, wAt + column, panelBytes, pairs, c, cAt + lane, cStride);
                default -> throw new IllegalArgumentException("no kernel for " + rows + " rows");
            }
        }
    }

    @Override
    public void int8Stream(int rows, float[] x, int xAt, int xStride, MemorySegment w, long wAt, long panelBytes, int quads,
            float[] c, int cAt, int cStride) {
        for (int v = 0; v < VECTORS; v++) {
            long column = (long) v * BYTES;
            int lane = v * LANES;
            switch (rows) {
                case 2 -> Streams.int8Rows2(x, xAt, xStride, w, wAt + column, panelBytes, quads, c, cAt + lane, cStride);
                case 4 -> Streams.int8Rows4(x, xAt, xStride, w, wAt + column, panelBytes, quads, c, cAt + lane, cStride);
                default -> throw new IllegalArgumentException("no kernel for " + rows + " rows");
            }
        }
    }

    @Override
    public void widenBf16(MemorySegment w, long wAt, int pairs, float[] out) {
        Panels.widenBf16(w, wAt, pairs, out);
    }

    @Override
    public void widenInt8(MemorySegment w, long wAt, int quads, float[] out) {
        Panels.widenInt8(w, wAt, quads, out);
    }

    @Override
    public void drain(float[] c, int cAt, int[] sums, int sumsAt, int lines) {
        Panels.drain(c, cAt, sums, sumsAt, lines);
    }

    @Override
    public void combine(int[] sums, int highAt, int lowAt, float rowScale, MemorySegment scales, long scalesAt, float[] c, int cAt) {
        Panels.combine(sums, highAt, lowAt, rowScale, scales, scalesAt, c, cAt);
    }

    @Override
    public void addLine(float[] c, int cAt, MemorySegment bias, long biasAt) {
        Panels.addLine(c, cAt, bias, biasAt);
    }

    @Override
    public void finish(float[] c, int cAt, int cStride, int rows, boolean hasBias, float[] bias, boolean relu,
            boolean hasResidual, MemorySegment residual, long residualAt, long residualRowBytes, MemorySegment out, long outAt,
            long outRowBytes) {
        Panels.finish(c, cAt, cStride, rows, hasBias, bias, relu, hasResidual, residual, residualAt, residualRowBytes, out,
                outAt, outRowBytes);
    }

    @Override
    public void finishTile(float[] c, int cAt, int height, boolean hasBias, float[] bias, int columns, float[] out, int outAt) {
        Panels.finishTile(c, cAt, height, hasBias, bias, columns, out, outAt);
    }

    @Override
    public void packRows(MemorySegment x, long xAt, long xRowBytes, int rows, int k, float[] out, int outAt,
            int tileRows) {
        Panels.packRows(x, xAt, xRowBytes, rows, k, out, outAt, tileRows);
    }

    @Override
    public void packRow(MemorySegment x, long xAt, int k, float[] out, int outAt, int tileRows) {
        Panels.packRow(x, xAt, k, out, outAt, tileRows);
    }

    @Override
    public void packColumns(MemorySegment x, long xAt, long xRowBytes, int rows, int columns, int tiles, int height, float[] line,
            float[] out, int outAt, int tileStride) {
        ColumnMath.pack(x, xAt, xRowBytes, rows, columns, tiles, height, line, out, outAt, tileStride);
    }

    @Override
    public void packColumn(MemorySegment x, long xAt, int k, MemorySegment out, long outAt) {
        Panels.packColumn(x, xAt, k, out, outAt);
    }

    @Override
    public void layerNorm(MemorySegment x, long xAt, int n, MemorySegment weight, long weightAt, MemorySegment bias,
            long biasAt, float eps, MemorySegment out, long outAt) {
        RowMath.layerNorm(x, xAt, n, weight, weightAt, bias, biasAt, eps, out, outAt);
    }

    @Override
    public void rmsNorm(MemorySegment x, long xAt, int n, MemorySegment weight, long weightAt, float eps, MemorySegment out,
            long outAt) {
        RowMath.rmsNorm(x, xAt, n, weight, weightAt, eps, out, outAt);
    }

    @Override
    public void rotate(MemorySegment x, long xAt, int half, MemorySegment cos, long cosAt, MemorySegment sin, long sinAt) {
        RowMath.rotate(x, xAt, half, cos, cosAt, sin, sinAt);
    }

    @Override
    public void swiglu(MemorySegment x, long gateAt, long upAt, int n, MemorySegment out, long outAt) {
        RowMath.swiglu(x, gateAt, upAt, n, out, outAt);
    }

    @Override
    public void logSoftmax(MemorySegment x, long xAt, int n, MemorySegment out, long outAt) {
        RowMath.logSoftmax(x, xAt, n, out, outAt);
    }

    @Override
    public void fsmn(MemorySegment v, long vAt, long vRowBytes, int firstOffset, int taps, MemorySegment w, long wAt,
            long wRowBytes, int n, boolean hasResidual, MemorySegment residual, long residualAt, MemorySegment out,
            long outAt) {
        RowMath.fsmn(v, vAt, vRowBytes, firstOffset, taps, w, wAt, wRowBytes, n, hasResidual, residual, residualAt, out, outAt);
    }

    @Override
    public float largestMagnitude(MemorySegment x, long xAt, int n) {
        return RowMath.largestMagnitude(x, xAt, n);
    }

    @Override
    public void digits(MemorySegment x, long xAt, int n, float inverse, float[] high, int highAt, float[] low, int lowAt) {
        RowMath.digits(x, xAt, n, inverse, high, highAt, low, lowAt);
    }

    @Override
    public float softmax(float[] s, int sAt, int lineStride, int n, float scale) {
        return AttentionMath.softmax(s, sAt, lineStride, n, scale);
    }

    @Override
    public void addScaled(float[] c, int cAt, int lineStride, float weight, MemorySegment v, long vAt, long vPanelBytes,
            int lines) {
        AttentionMath.addScaled(c, cAt, lineStride, weight, v, vAt, vPanelBytes, lines);
    }

    @Override
    public void divide(float[] c, int cAt, int lineStride, float divisor, int n, MemorySegment out, long outAt) {
        AttentionMath.divide(c, cAt, lineStride, divisor, n, out, outAt);
    }

    @Override
    public void softmaxColumns(float[] s, int n, float scale, float[] sums) {
        ColumnMath.softmax(s, n, scale, sums);
    }

    @Override
    public void divideColumns(float[] c, int n, float[] sums, int rows, MemorySegment out, long outAt, long outRowBytes) {
        ColumnMath.divide(c, n, sums, rows, out, outAt, outRowBytes);
    }

    @Override
    public float largest(float[] c, int cAt, int lineStride, int n) {
        return AttentionMath.largest(c, cAt, lineStride, n);
    }

    @Override
    public int indexOf(float[] c, int cAt, int lineStride, int n, float value) {
        return AttentionMath.indexOf(c, cAt, lineStride, n, value);
    }

    @Override
    public float sumExp(float[] c, int cAt, int lineStride, int n, float max) {
        return AttentionMath.sumExp(c, cAt, lineStride, n, max);
    }
}
