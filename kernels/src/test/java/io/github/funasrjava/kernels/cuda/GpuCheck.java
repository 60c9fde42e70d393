package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.CudaCasesOnDevice;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.cases.LinearCases;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * For a machine with a GPU: every case table on the device itself, then times of the products by CUDA events. Part of the
 * bundle that {@code scripts/gpu-bundle.sh} makes; exit code 1 when a case fails, 6 when there is no GPU to use.
 */
public final class GpuCheck {
    private static final int WARM = 20;
    private static final int MEASURED = 200;
    /** The weights of this many matrices take turns, so that they come from memory and not from a cache. */
    private static final long WEIGHT_BYTES = 512L << 20;

    private GpuCheck() {}

    public static void main(String[] args) {
        CudaDetection.Found found;
        try {
            found = new CudaDetection(new SystemCudaPlatform()).find(args.length > 0 ? Integer.parseInt(args[0]) : 0);
        } catch (CudaUnavailableException e) {
            System.out.println("no GPU to check: " + e.getMessage());
            System.exit(6);
            return;
        }
        System.out.println("device: " + found.device() + ", " + found.device().multiprocessors() + " multiprocessors");
        int failures = CudaCasesOnDevice.run(found.device().index());
        try (CudaSession session = new CudaSession(found.driver(), found.device()); Arena arena = new ManagedArena(session)) {
            times(session, arena);
        }
        System.out.println(failures == 0 ? "all cases passed" : failures + " groups of cases FAILED");
        System.exit(failures == 0 ? 0 : 1);
    }

    private static void times(CudaSession session, Arena arena) {
        CudaOperations operations = new CudaOperations(session, Accuracy.FULL, System.out::println);
        System.out.printf(Locale.ROOT, "%nproducts of bf16 weights, accuracy full, mean of %d queued launches by CUDA events%n", MEASURED);
        System.out.println("     m      k      n       us     GB/s  TFLOP/s");
        List<int[]> shapes = new ArrayList<>(LinearCases.DECODER_LAYER);
        shapes.add(new int[] {16, 1024, 4096});
        shapes.addAll(LinearCases.ENCODER_LAYER);
        for (int[] shape : shapes) {
            time(session, arena, operations, shape[0], shape[1], shape[2]);
        }
    }

    private static void time(CudaSession session, Arena arena, CudaOperations operations, int m, int k, int n) {
        CudaDriver driver = session.driver();
        PanelLayout layout = new PanelLayout(DType.BF16, n, k);
        List<PanelMatrix> weights = new ArrayList<>();
        Matrix x = Matrix.allocate(arena, m, k);
        Matrix out = Matrix.allocate(arena, m, n);
        try (Arena host = Arena.ofShared()) {
            for (long bytes = 0; bytes < WEIGHT_BYTES; bytes += layout.bytes()) {
                MemorySegment panels = host.allocate(layout.bytes(), 64);
                weights.add(new PanelMatrix(layout, panels));
            }
            for (int i = -WARM - weights.size(); i < 0; i++) {
                linear(operations, x, weights.get(Math.floorMod(i, weights.size())), out);
            }
            operations.finish();
            long begin = driver.createEvent();
            long end = driver.createEvent();
            driver.record(begin, session.stream());
            for (int i = 0; i < MEASURED; i++) {
                linear(operations, x, weights.get(i % weights.size()), out);
            }
            driver.record(end, session.stream());
            double us = driver.elapsedMs(begin, end) * 1000.0 / MEASURED;
            driver.destroyEvent(begin);
            driver.destroyEvent(end);
            System.out.printf(Locale.ROOT, "%6d %6d %6d %8.1f %8.0f %8.2f%n", m, k, n, us, layout.bytes() / us / 1000, 2.0 * m * k * n / us / 1e6);
        }
    }

    private static void linear(CudaOperations operations, Matrix x, PanelMatrix w, Matrix out) {
        operations.linear(x, w, Optional.empty(), Activation.NONE, Optional.empty(), out);
    }
}
