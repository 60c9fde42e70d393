package io.github.funasrjava.kernels;

import io.github.funasrjava.kernels.KernelOptions.Tier;
import java.lang.foreign.Arena;
import java.util.Locale;

/** The child process of {@link KernelSelectorTest}: opens a tier, computes with it, and prints its description. */
final class SelectedTier {
    private SelectedTier() {}

    /** @param arguments the tier and the vector width */
    public static void main(String[] arguments) {
        KernelOptions options = KernelOptions.defaults().withTier(Tier.valueOf(arguments[0].toUpperCase(Locale.ROOT)))
                .withVectorBits(Integer.parseInt(arguments[1])).withThreads(1);
        try (Kernels kernels = KernelSelector.open(options); Arena arena = Arena.ofConfined()) {
            Matrix x = Matrix.allocate(arena, 1, 3);
            x.setRow(0, new float[] {3, 4, 0});
            Matrix ones = Matrix.allocate(arena, 1, 3);
            ones.setRow(0, new float[] {1, 1, 1});
            Matrix out = Matrix.allocate(arena, 1, 3);
            kernels.rmsNorm(x, ones, 0, out);
            System.out.printf(Locale.ROOT, "%.4f %s%n", out.get(0, 0), kernels.description());
        } catch (KernelsUnavailableException e) {
            System.out.println("refused " + e.getMessage());
        }
    }
}
