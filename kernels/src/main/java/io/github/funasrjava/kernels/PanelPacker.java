package io.github.funasrjava.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Turns row-major weights into {@link PanelLayout panels}, one panel at a time, and back. Nothing is rounded here:
 * packing as bf16 takes values that are bf16 already ({@link #toBf16} rounds them where somebody asks for it), and
 * unpacking gives the same bits. Only {@link #quantizePanel} is lossy.
 */
public final class PanelPacker {
    /** Largest magnitude of an int8 weight. */
    public static final int INT8_MAX = 127;

    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort B16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int ROWS = PanelLayout.PANEL_ROWS;

    private PanelPacker() {}

    /** Where the rows of a weight matrix come from. */
    @FunctionalInterface
    public interface RowSource {
        /** Writes the {@code k} values of row {@code row} into {@code values[0..k)}. */
        void read(int row, float[] values);

        /** Rows {@code [n, k]} of f32, row-major, little-endian. */
        static RowSource ofF32(MemorySegment rows, int k) {
            return (row, values) -> MemorySegment.copy(rows, F32, (long) row * k * Float.BYTES, values, 0, k);
        }

        /** Rows {@code [n, k]} of bf16 bits, row-major, little-endian. */
        static RowSource ofBf16(MemorySegment rows, int k) {
            return (row, values) -> {
                long start = (long) row * k * Short.BYTES;
                for (int c = 0; c < k; c++) {
                    values[c] = fromBf16(rows.get(B16, start + (long) c * Short.BYTES));
                }
            };
        }

        /** Rows {@code [n, k]} of IEEE binary16, row-major, little-endian. */
        static RowSource ofF16(MemorySegment rows, int k) {
            return (row, values) -> {
                long start = (long) row * k * Short.BYTES;
                for (int c = 0; c < k; c++) {
                    values[c] = Float.float16ToFloat(rows.get(B16, start + (long) c * Short.BYTES));
                }
            };
        }
    }

    /** The value of bf16 bits. */
    public static float fromBf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** The nearest bf16 of a value, ties to even; overflow gives infinity, NaN stays NaN. */
    public static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            // The quiet bit keeps a NaN whose payload lies in the lower half from turning into infinity.
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    /** Whether the value is a bf16 value, so that storing it as bf16 loses nothing. */
    public static boolean isBf16(float value) {
        return (Float.floatToRawIntBits(value) & 0xffff) == 0;
    }

    /**
     * Packs panel {@code panel}, rows {@code 32 * panel} to {@code 32 * panel + 31}, and its padding.
     *
     * @param layout f32 or bf16
     * @param source rows up to {@code layout.n() - 1}
     * @param out receives {@link PanelLayout#panelBytes()} bytes
     * @throws IllegalArgumentException when a value is not bf16 and the layout is
     */
    public static void packPanel(PanelLayout layout, int panel, RowSource source, MemorySegment out) {
        requirePanel(layout, panel, out);
        if (layout.dtype() == DType.INT8) {
            throw new IllegalArgumentException("int8 panels are made by quantizePanel");
        }
        out.asSlice(0, layout.panelBytes()).fill((byte) 0);
        float[] values = new float[layout.k()];
        for (int row = panel * ROWS; row < Math.min(layout.n(), (panel + 1) * ROWS); row++) {
            source.read(row, values);
            for (int c = 0; c < layout.k(); c++) {
                long at = offsetInPanel(layout, row, c);
                if (layout.dtype() == DType.F32) {
                    out.set(F32, at, values[c]);
                } else {
                    out.set(B16, at, exactBf16(values[c], row, c));
                }
            }
        }
    }

    /**
     * Quantises panel {@code panel} to int8 with one scale per row: {@code scale = max|w| / 127},
     * {@code q = round-half-even(w / scale)}. A row of zeros gets scale 0.
     *
     * @param layout int8
     * @param out receives {@link PanelLayout#panelBytes()} bytes
     * @param scales receives 32 f32, those of padding rows 0
     * @throws IllegalArgumentException when a weight is not finite
     */
    public static void quantizePanel(PanelLayout layout, int panel, RowSource source, MemorySegment out, MemorySegment scales) {
        requirePanel(layout, panel, out);
        if (layout.dtype() != DType.INT8 || scales.byteSize() < ROWS * (long) Float.BYTES) {
            throw new IllegalArgumentException("quantizePanel needs an int8 layout and room for 32 scales");
        }
        out.asSlice(0, layout.panelBytes()).fill((byte) 0);
        scales.asSlice(0, ROWS * (long) Float.BYTES).fill((byte) 0);
        float[] values = new float[layout.k()];
        for (int row = panel * ROWS; row < Math.min(layout.n(), (panel + 1) * ROWS); row++) {
            source.read(row, values);
            float scale = largestMagnitude(values, row) / INT8_MAX;
            scales.set(F32, (row % ROWS) * (long) Float.BYTES, scale);
            for (int c = 0; c < layout.k() && scale > 0; c++) {
                int q = (int) Math.rint(values[c] / scale);
                out.set(ValueLayout.JAVA_BYTE, offsetInPanel(layout, row, c), (byte) Math.clamp(q, -INT8_MAX, INT8_MAX));
            }
        }
    }

    /** Packs a whole matrix as f32 or bf16, or quantises it to int8, into memory of the arena. */
    public static PanelMatrix pack(Arena arena, PanelLayout layout, RowSource source) {
        MemorySegment panels = arena.allocate(layout.bytes(), 64);
        boolean int8 = layout.dtype() == DType.INT8;
        MemorySegment scales = int8 ? arena.allocate((long) layout.paddedN() * Float.BYTES, 64) : MemorySegment.NULL;
        for (int p = 0; p < layout.panels(); p++) {
            MemorySegment panel = panels.asSlice(p * layout.panelBytes(), layout.panelBytes());
            if (int8) {
                quantizePanel(layout, p, source, panel, scales.asSlice(p * ROWS * (long) Float.BYTES));
            } else {
                packPanel(layout, p, source, panel);
            }
        }
        return new PanelMatrix(layout, panels, scales);
    }

    /**
     * The exact inverse of packing: the logical rows of one panel, row-major, in the layout's own type.
     *
     * @param packed the panel, {@link PanelLayout#panelBytes()} bytes
     * @param rows receives {@code min(32, n - 32 * panel) * k} values
     */
    public static void unpackPanel(PanelLayout layout, int panel, MemorySegment packed, MemorySegment rows) {
        requirePanel(layout, panel, packed);
        int first = panel * ROWS;
        int bytes = layout.dtype().bytes();
        for (int row = first; row < Math.min(layout.n(), first + ROWS); row++) {
            long start = (long) (row - first) * layout.k() * bytes;
            for (int c = 0; c < layout.k(); c++) {
                long from = offsetInPanel(layout, row, c);
                long to = start + (long) c * bytes;
                switch (layout.dtype()) {
                    case F32 -> rows.set(F32, to, packed.get(F32, from));
                    case BF16 -> rows.set(B16, to, packed.get(B16, from));
                    case INT8 -> rows.set(ValueLayout.JAVA_BYTE, to, packed.get(ValueLayout.JAVA_BYTE, from));
                }
            }
        }
    }

    /** Reads one logical row as f32; int8 values are multiplied by their scale. */
    public static void unpackRow(PanelMatrix w, int row, float[] values) {
        PanelLayout layout = w.layout();
        if (row < 0 || row >= layout.n() || values.length < layout.k()) {
            throw new IllegalArgumentException("row " + row + " of " + layout + " into " + values.length + " values");
        }
        for (int c = 0; c < layout.k(); c++) {
            long at = layout.offset(row, c);
            values[c] = switch (layout.dtype()) {
                case F32 -> w.panels().get(F32, at);
                case BF16 -> fromBf16(w.panels().get(B16, at));
                case INT8 -> w.panels().get(ValueLayout.JAVA_BYTE, at) * w.scales().get(F32, (long) row * Float.BYTES);
            };
        }
    }

    private static long offsetInPanel(PanelLayout layout, int row, int col) {
        return layout.offset(row % ROWS, col);
    }

    private static short exactBf16(float value, int row, int col) {
        if (!isBf16(value)) {
            throw new IllegalArgumentException("weight " + value + " at [" + row + ", " + col + "] is not a bf16 value");
        }
        return (short) (Float.floatToRawIntBits(value) >>> 16);
    }

    private static float largestMagnitude(float[] values, int row) {
        float largest = 0;
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("weight " + value + " in row " + row + " cannot be quantised");
            }
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    private static void requirePanel(PanelLayout layout, int panel, MemorySegment packed) {
        if (panel < 0 || panel >= layout.panels() || packed.byteSize() < layout.panelBytes()) {
            throw new IllegalArgumentException("panel " + panel + " of " + layout + " with " + packed.byteSize() + " bytes");
        }
    }
}
