package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.PanelPacker.RowSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PanelPackerTest {
    @Property(tries = 60)
    void unpackingIsTheExactInverseOfPacking(@ForAll("dtypes") DType dtype, @ForAll @IntRange(min = 1, max = 70) int n,
            @ForAll @IntRange(min = 1, max = 70) int k, @ForAll long seed) {
        try (Arena arena = Arena.ofConfined()) {
            PanelLayout layout = new PanelLayout(dtype, n, k);
            byte[] rows = randomRows(dtype, n, k, seed);
            MemorySegment source = arena.allocate(rows.length);
            MemorySegment.copy(rows, 0, source, ValueLayout.JAVA_BYTE, 0, rows.length);
            RowSource rowSource = dtype == DType.F32 ? RowSource.ofF32(source, k) : RowSource.ofBf16(source, k);
            PanelMatrix packed = PanelPacker.pack(arena, layout, rowSource);
            assertArrayEquals(rows, unpackAll(packed));
        }
    }

    @Provide
    Arbitrary<DType> dtypes() {
        return Arbitraries.of(DType.F32, DType.BF16);
    }

    @Property(tries = 60)
    void quantisedWeightsAreWithinHalfAStep(@ForAll @IntRange(min = 1, max = 70) int n,
            @ForAll @IntRange(min = 1, max = 70) int k, @ForAll long seed) {
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(seed);
            float[][] weights = new float[n][k];
            for (float[] row : weights) {
                float magnitude = (float) Math.pow(10, random.nextInt(-6, 6));
                for (int c = 0; c < k; c++) {
                    row[c] = (float) random.nextGaussian() * magnitude;
                }
            }
            PanelMatrix packed = PanelPacker.pack(arena, new PanelLayout(DType.INT8, n, k),
                    (row, values) -> System.arraycopy(weights[row], 0, values, 0, k));
            float[] back = new float[k];
            for (int row = 0; row < n; row++) {
                PanelPacker.unpackRow(packed, row, back);
                float scale = packed.scales().getAtIndex(ValueLayout.JAVA_FLOAT, row);
                for (int c = 0; c < k; c++) {
                    assertEquals(weights[row][c], back[c], 0.5001f * scale);
                }
            }
        }
    }

    @Test
    void paddingIsZero() {
        try (Arena arena = Arena.ofConfined()) {
            for (DType dtype : DType.values()) {
                PanelLayout layout = new PanelLayout(dtype, 33, 3);
                PanelMatrix packed = PanelPacker.pack(arena, layout, (row, values) -> Arrays.fill(values, 1));
                long nonZero = 0;
                for (long i = 0; i < layout.bytes() / dtype.bytes(); i++) {
                    nonZero += switch (dtype) {
                        case F32 -> packed.panels().getAtIndex(ValueLayout.JAVA_FLOAT, i) != 0 ? 1 : 0;
                        case BF16 -> packed.panels().getAtIndex(ValueLayout.JAVA_SHORT, i) != 0 ? 1 : 0;
                        case INT8 -> packed.panels().get(ValueLayout.JAVA_BYTE, i) != 0 ? 1 : 0;
                    };
                }
                assertEquals(99, nonZero, dtype.toString());
            }
        }
    }

    @Test
    void packingAsBf16RefusesAValueThatWouldBeRounded() {
        try (Arena arena = Arena.ofConfined()) {
            PanelLayout layout = new PanelLayout(DType.BF16, 2, 2);
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> PanelPacker.pack(arena, layout, (row, values) -> values[1] = row == 1 ? 0.1f : 0));
            assertTrue(e.getMessage().contains("[1, 1]"), e.getMessage());
        }
    }

    @Test
    void quantisingRefusesWeightsThatAreNotFinite() {
        try (Arena arena = Arena.ofConfined()) {
            PanelLayout layout = new PanelLayout(DType.INT8, 1, 2);
            assertThrows(IllegalArgumentException.class,
                    () -> PanelPacker.pack(arena, layout, (row, values) -> values[1] = Float.NaN));
        }
    }

    @Test
    void bf16RoundsToNearestEvenAndKeepsSpecialValues() {
        assertEquals((short) 0x3f80, PanelPacker.toBf16(1f));
        assertEquals((short) 0x3f80, PanelPacker.toBf16(Float.intBitsToFloat(0x3f808000)));
        assertEquals((short) 0x3f82, PanelPacker.toBf16(Float.intBitsToFloat(0x3f818000)));
        assertEquals((short) 0x3f81, PanelPacker.toBf16(Float.intBitsToFloat(0x3f808001)));
        assertEquals((short) 0x7f80, PanelPacker.toBf16(Float.MAX_VALUE));
        assertEquals((short) 0xff80, PanelPacker.toBf16(Float.NEGATIVE_INFINITY));
        assertEquals((short) 0x8000, PanelPacker.toBf16(-0f));
        assertTrue(Float.isNaN(PanelPacker.fromBf16(PanelPacker.toBf16(Float.intBitsToFloat(0x7f800001)))));
        assertTrue(Float.isNaN(PanelPacker.fromBf16(PanelPacker.toBf16(Float.intBitsToFloat(0xffffffff)))));
        assertTrue(PanelPacker.isBf16(0.5f));
        assertFalse(PanelPacker.isBf16(0.1f));
    }

    private static byte[] randomRows(DType dtype, int n, int k, long seed) {
        byte[] rows = new byte[n * k * dtype.bytes()];
        new Random(seed).nextBytes(rows);
        return rows;
    }

    private static byte[] unpackAll(PanelMatrix w) {
        PanelLayout layout = w.layout();
        MemorySegment rows = MemorySegment.ofArray(new byte[layout.n() * layout.k() * layout.dtype().bytes()]);
        long panelOutBytes = 32L * layout.k() * layout.dtype().bytes();
        for (int p = 0; p < layout.panels(); p++) {
            PanelPacker.unpackPanel(layout, p, w.panels().asSlice(p * layout.panelBytes(), layout.panelBytes()),
                    rows.asSlice(p * panelOutBytes));
        }
        return rows.toArray(ValueLayout.JAVA_BYTE);
    }
}
