package io.github.funasrjava.kernels;

import io.github.funasrjava.kernels.x86.X86Ceilings;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What this machine can do at most, measured by loops of machine code that do nothing else. On a shared machine it changes from
 * one second to the next, so a figure is compared with ceilings of the same run.
 *
 * @param ceilings what could be measured here
 * @param missing why something could not, as a clause; empty when nothing is missing
 */
public record MachineCeilings(List<Ceiling> ceilings, Optional<String> missing) {
    /** Best of the memory read loops, GB/s. */
    public static final String READ = "memory read, prefetched";
    /** f32 multiply-add, GFLOP/s. */
    public static final String FMA = "f32 multiply-add";
    /** bf16 products of the matrix unit, GFLOP/s. */
    public static final String AMX_BF16 = "AMX bf16";
    /** int8 products of the matrix unit, GOP/s. */
    public static final String AMX_INT8 = "AMX int8";

    /**
     * One ceiling.
     *
     * @param name what is done
     * @param unit of the two figures
     * @param one with one thread, the best of some runs
     * @param all with all threads together, the best of some runs
     * @param median of the same runs of all threads, far below the best where others use the machine; empty where there was one run
     */
    public record Ceiling(String name, String unit, double one, double all, Optional<Double> median) {}

    /**
     * Measures for about a second.
     *
     * @param threads of the second figure
     */
    public static MachineCeilings measure(int threads) {
        return X86Ceilings.measure(threads);
    }

    /** The figure of all threads together, where it was measured. */
    public Optional<Double> all(String name) {
        return ceilings.stream().filter(c -> c.name().equals(name)).map(Ceiling::all).findFirst();
    }

    /** The best read loop of all threads, GB/s, where it was measured. */
    public Optional<Double> bestRead() {
        return readLoop().map(Ceiling::all);
    }

    /** The median of that loop's runs, GB/s: what a median should be compared with. */
    public Optional<Double> medianRead() {
        return readLoop().flatMap(Ceiling::median);
    }

    private Optional<Ceiling> readLoop() {
        return ceilings.stream().filter(c -> c.unit().equals("GB/s")).max(Comparator.comparingDouble(Ceiling::all));
    }
}
