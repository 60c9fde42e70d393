package io.github.funasrjava.kernels.x86;

import io.github.funasrjava.kernels.MachineCeilings;
import io.github.funasrjava.kernels.MachineCeilings.Ceiling;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntConsumer;

/** Runs {@code ceilings.S}. */
public final class X86Ceilings {
    private static final int RUNS = 7;
    /** More than the last-level cache is worth, and less than a small machine has. */
    private static final long READ_BYTES = 640L << 20;
    private static final long PREFETCH_AHEAD = 2048;
    /** About 5 ms each. */
    private static final long FMA_ITERATIONS = 1_500_000;
    private static final long AMX_ITERATIONS = 80_000;

    private static final MemorySegment NONE = MemorySegment.NULL;

    private X86Ceilings() {}

    /** Measures with one thread and with {@code threads}. */
    public static MachineCeilings measure(int threads) {
        if (!X86Ceilings.class.getModule().isNativeAccessEnabled()) {
            return new MachineCeilings(List.of(), Optional.of("native access is not enabled (--enable-native-access)"));
        }
        X86Kernels.Prepared prepared = X86Kernels.host();
        if (prepared.code().isEmpty()) {
            return new MachineCeilings(List.of(), Optional.of(prepared.reason()));
        }
        KernelCode code = prepared.code().get();
        List<Ceiling> ceilings = new ArrayList<>();
        try (Arena arena = Arena.ofShared(); WorkerPool one = new WorkerPool(1); WorkerPool all = new WorkerPool(threads)) {
            MemorySegment memory = arena.allocate(READ_BYTES, 4096);
            // Untouched pages are all the same page of zeros.
            memory.fill((byte) 1);
            ceilings.add(read(MachineCeilings.READ, code, memory, PREFETCH_AHEAD, one, all));
            ceilings.add(read("memory read, plain", code, memory, 0, one, all));
            ceilings.add(loop(MachineCeilings.FMA, "GFLOP/s", code.ceilingFma, FMA_ITERATIONS, 512, one, all));
            ceilings.add(loop("VNNI int8", "GOP/s", code.ceilingVnni, FMA_ITERATIONS, 2048, one, all));
            if (code.amx) {
                ceilings.add(loop(MachineCeilings.AMX_BF16, "GFLOP/s", code.ceilingAmxBf16, AMX_ITERATIONS, 131072, one, all));
                ceilings.add(loop(MachineCeilings.AMX_INT8, "GOP/s", code.ceilingAmxInt8, AMX_ITERATIONS, 262144, one, all));
            }
        }
        return new MachineCeilings(List.copyOf(ceilings), code.amx ? Optional.empty() : Optional.of(prepared.reason()));
    }

    private static Ceiling read(String name, KernelCode code, MemorySegment memory, long ahead, WorkerPool one, WorkerPool all) {
        return ceiling(name, "GB/s", one, all, pool -> {
            long part = READ_BYTES / pool.threads() / 4096 * 4096;
            return new Work(pool.threads() * part, item -> NativeCall.call(code.ceilingRead, memory.asSlice(item * part, part), NONE,
                    NONE, NONE, NONE, NONE, part, ahead, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        });
    }

    private static Ceiling loop(String name, String unit, MemorySegment function, long iterations, double operations,
            WorkerPool one, WorkerPool all) {
        return ceiling(name, unit, one, all, pool -> new Work(pool.threads() * iterations * operations,
                item -> NativeCall.call(function, NONE, NONE, NONE, NONE, NONE, NONE, iterations, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)));
    }

    /**
     * What the threads of a pool do together.
     *
     * @param amount of bytes or operations, of all threads
     * @param part of one thread
     */
    private record Work(double amount, IntConsumer part) {}

    private static Ceiling ceiling(String name, String unit, WorkerPool one, WorkerPool all, Function<WorkerPool, Work> work) {
        double[] ofOne = rates(one, work.apply(one));
        double[] ofAll = rates(all, work.apply(all));
        return new Ceiling(name, unit, ofOne[RUNS - 1], ofAll[RUNS - 1], Optional.of(ofAll[RUNS / 2]));
    }

    /** Billions a second of every run, ascending. */
    private static double[] rates(WorkerPool pool, Work work) {
        double[] rates = new double[RUNS];
        for (int run = 0; run < RUNS; run++) {
            long begin = System.nanoTime();
            pool.run((item, worker) -> work.part().accept(item), pool.threads());
            rates[run] = work.amount() / (System.nanoTime() - begin);
        }
        Arrays.sort(rates);
        return rates;
    }
}
