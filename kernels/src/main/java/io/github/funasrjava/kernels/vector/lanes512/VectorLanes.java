package io.github.funasrjava.kernels.vector.lanes512;

import io.github.funasrjava.kernels.vector.Lanes;
import java.lang.foreign.MemorySegment;

/** The inner loops of this width. */
public final class VectorLanes implements Lanes {
    @Override
    public void tile12(MemorySegment a, long aAt, MemorySegment b, long bAt, int k, MemorySegment c, long cAt) {
        Tiles.tile12(a, aAt, b, bAt, k, c, cAt);
    }

    @Override
    public void tile4(MemorySegment a, long aAt, MemorySegment b, long bAt, int k, MemorySegment c, long cAt) {
        Tiles.tile4(a, aAt, b, bAt, k, c, cAt);
    }

    @Override
    public int vectorBytes() {
        return Species.BYTES;
    }

    @Override
    public void bf16Stream(int rows, MemorySegment x, long xAt, long rowBytes, MemorySegment w, long wAt, long panelBytes,
            int pairs, MemorySegment c, long cAt, long cRowBytes) {
        switch (rows) {
            case 1 -> Streams.bf16Rows1(x, xAt, rowBytes, w, wAt, panelBytes, pairs, c, cAt, cRowBytes);
            case 2 -> Streams.bf16Rows2(x, xAt, rowBytes, w, wAt, panelBytes, pairs, c, cAt, cRowBytes);
            case 4 -> Streams.bf16Rows4(x, xAt, rowBytes, w, wAt, panelBytes, pairs, c, cAt, cRowBytes);
            default -> throw new IllegalArgumentException("no kernel for " + rows + " rows");
        }
    }

    @Override
    public void int8Stream(int rows, MemorySegment x, long xAt, long rowBytes, MemorySegment w, long wAt, long panelBytes,
            int quads, MemorySegment c, long cAt, long cRowBytes) {
        switch (rows) {
            case 2 -> Streams.int8Rows2(x, xAt, rowBytes, w, wAt, panelBytes, quads, c, cAt, cRowBytes);
            case 4 -> Streams.int8Rows4(x, xAt, rowBytes, w, wAt, panelBytes, quads, c, cAt, cRowBytes);
            default -> throw new IllegalArgumentException("no kernel for " + rows + " rows");
        }
    }

    @Override
    public void widenBf16(MemorySegment w, long wAt, int pairs, MemorySegment out, long outAt) {
        Panels.widenBf16(w, wAt, pairs, out, outAt);
    }

    @Override
    public void widenInt8(MemorySegment w, long wAt, int quads, MemorySegment out, long outAt) {
        Panels.widenInt8(w, wAt, quads, out, outAt);
    }

    @Override
    public void clear(MemorySegment c, long cAt, int lines) {
        Panels.clear(c, cAt, lines);
    }

    @Override
    public void drain(MemorySegment c, long cAt, MemorySegment sums, long sumsAt, int lines) {
        Panels.drain(c, cAt, sums, sumsAt, lines);
    }

    @Override
    public void combine(MemorySegment sums, long highAt, long lowAt, float rowScale, MemorySegment scales, long scalesAt,
            MemorySegment c, long cAt) {
        Panels.combine(sums, highAt, lowAt, rowScale, scales, scalesAt, c, cAt);
    }

    @Override
    public void finish(MemorySegment c, long cAt, long cRowBytes, int rows, boolean hasBias, MemorySegment bias, long biasAt,
            boolean relu, boolean hasResidual, MemorySegment residual, long residualAt, long residualRowBytes,
            MemorySegment out, long outAt, long outRowBytes) {
        Panels.finish(c, cAt, cRowBytes, rows, hasBias, bias, biasAt, relu, hasResidual, residual, residualAt,
                residualRowBytes, out, outAt, outRowBytes);
    }

    @Override
    public void packRows(MemorySegment x, long xAt, long xRowBytes, int rows, int k, MemorySegment out, long outAt,
            int tileRows) {
        Panels.packRows(x, xAt, xRowBytes, rows, k, out, outAt, tileRows);
    }

    @Override
    public void packRow(MemorySegment x, long xAt, int k, MemorySegment out, long outAt, int tileRows) {
        Panels.packRow(x, xAt, k, out, outAt, tileRows);
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
    public void digits(MemorySegment x, long xAt, int n, float inverse, MemorySegment high, long highAt, MemorySegment low,
            long lowAt) {
        RowMath.digits(x, xAt, n, inverse, high, highAt, low, lowAt);
    }

    @Override
    public float softmax(MemorySegment s, long sAt, long panelBytes, int n, float scale) {
        return AttentionMath.softmax(s, sAt, panelBytes, n, scale);
    }

    @Override
    public void addScaled(MemorySegment c, long cAt, long cPanelBytes, float weight, MemorySegment v, long vAt,
            long vPanelBytes, int panels) {
        AttentionMath.addScaled(c, cAt, cPanelBytes, weight, v, vAt, vPanelBytes, panels);
    }

    @Override
    public void divide(MemorySegment c, long cAt, long cPanelBytes, float divisor, int n, MemorySegment out, long outAt) {
        AttentionMath.divide(c, cAt, cPanelBytes, divisor, n, out, outAt);
    }

    @Override
    public void copyLines(MemorySegment x, long xAt, long xRowBytes, int rows, int floats, MemorySegment out, long outAt) {
        AttentionMath.copyLines(x, xAt, xRowBytes, rows, floats, out, outAt);
    }

    @Override
    public float largest(MemorySegment c, long cAt, long panelBytes, int n) {
        return AttentionMath.largest(c, cAt, panelBytes, n);
    }

    @Override
    public int indexOf(MemorySegment c, long cAt, long panelBytes, int n, float value) {
        return AttentionMath.indexOf(c, cAt, panelBytes, n, value);
    }

    @Override
    public float sumExp(MemorySegment c, long cAt, long panelBytes, int n, float max) {
        return AttentionMath.sumExp(c, cAt, panelBytes, n, max);
    }
}
