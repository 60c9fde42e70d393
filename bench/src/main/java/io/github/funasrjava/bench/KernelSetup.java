package io.github.funasrjava.bench;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.KernelOptions.Tier;
import io.github.funasrjava.kernels.KernelSelector;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Random;

/** Opens kernels by name and makes operands for the kernel benchmarks. */
final class KernelSetup {
    private KernelSetup() {}

    /** {@code auto}, {@code scalar}, {@code x86}, {@code x86-fast}, {@code vector} or {@code vector-256}. */
    static Kernels open(String name, int threads) {
        String[] parts = name.toUpperCase(Locale.ROOT).split("-");
        boolean fast = parts.length > 1 && parts[1].equals("FAST");
        int bits = parts.length > 1 && !fast ? Integer.parseInt(parts[1]) : 0;
        return KernelSelector.open(
                new KernelOptions(Tier.valueOf(parts[0]), threads, bits, fast ? Accuracy.FAST : Accuracy.FULL));
    }

    /** A matrix of normally distributed values. */
    static Matrix random(Arena arena, int rows, int cols) {
        Random random = new Random(rows * 31L + cols);
        Matrix m = Matrix.allocate(arena, rows, cols);
        float[] row = new float[cols];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                row[c] = (float) random.nextGaussian();
            }
            m.setRow(r, row);
        }
        return m;
    }

    /** Packed weights of normally distributed values that are bf16, whatever the type. */
    static PanelMatrix weights(Arena arena, DType dtype, int n, int k) {
        float[] values = new float[k + 61];
        Random random = new Random(n * 31L + k);
        for (int i = 0; i < values.length; i++) {
            values[i] = PanelPacker.fromBf16(PanelPacker.toBf16((float) random.nextGaussian()));
        }
        return PanelPacker.pack(arena, new PanelLayout(dtype, n, k), (row, into) -> System.arraycopy(values, row % 61, into, 0, k));
    }

    /** A copy in memory of its own. */
    static PanelMatrix copy(Arena arena, PanelMatrix w) {
        MemorySegment panels = arena.allocate(w.panels().byteSize(), 64).copyFrom(w.panels());
        return new PanelMatrix(w.layout(), panels, w.scales());
    }
}
