package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.DeviceMeasurement;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.Pass;
import io.github.funasrjava.kernels.RowSpans;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Every call of the driver that the engine makes, through JCuda, in a process of its own for {@code JCudaBindingTest}: prints
 * one line per step, and what was computed where the stand-in for the driver computes.
 */
public final class BindingProbe {
    private BindingProbe() {}

    public static void main(String[] args) throws InterruptedException {
        CudaDetection.Found found = new CudaDetection(new SystemCudaPlatform()).find(0);
        System.out.println("found " + found.device());
        List<String> notes = new ArrayList<>();
        Kernels kernels = CudaKernels.open(found, KernelOptions.defaults(), notes::add);
        try (Arena host = Arena.ofShared(); Arena arena = kernels.newArena()) {
            Matrix x = Matrix.allocate(arena, 3, 4);
            kernels.put(new float[] {3, 3, 3, 3, 1, 2, 3, 4, 0, 0, 0, 0}, x);
            Matrix gathered = Matrix.allocate(arena, 2, 4);
            kernels.gather(x, new int[] {1, 0}, gathered);
            kernels.finish();
            System.out.println("gathered " + gathered.get(0, 3) + " " + gathered.get(1, 0));
            // From memory of the process and back.
            Matrix there = Matrix.allocate(host, 2, 4);
            kernels.gather(gathered, new int[] {1, 1}, there);
            System.out.println("back " + there.get(1, 2));
            Matrix weight = Matrix.allocate(arena, 1, 4);
            kernels.put(new float[] {1, 2, 3, 4}, weight);
            Matrix out = Matrix.allocate(arena, 3, 4);
            for (int i = 1; i <= 4; i++) {
                kernels.put(new float[] {i, i, i, i, 2 * i, 0, 0, 0, 0, 0, 0, 0}, x);
                kernels.pass(Pass.ofSpans("norm", RowSpans.ofLengths(3)), () -> {
                    kernels.rmsNorm(x, weight, 3f, out);
                    kernels.rmsNorm(out, weight, 1f, out);
                });
                kernels.finish();
                System.out.println("pass " + i + " gives " + out.get(0, 3) + " " + out.get(1, 0));
            }
            try (KvCache cache = kernels.newCache(2, 1, 16, 16)) {
                cache.reserve(16 * 100);
                System.out.println("cache of " + cache.capacity());
            }
            MemorySegment file = host.allocate(20 << 20, 64);
            kernels.prefetch(file);
            kernels.requireRoom(1000, 1000, 1000);
            Thread virtual = Thread.ofVirtual().start(() -> {
                kernels.gather(x, new int[] {0}, gathered.rows(0, 1));
                kernels.finish();
            });
            virtual.join();
            System.out.println("elsewhere " + gathered.get(0, 0));
            DeviceMeasurement measured = kernels.measureDevice(false).orElseThrow();
            System.out.println("measured " + (measured.copyGigabytesPerSecond() > 0));
        } catch (RuntimeException e) {
            System.out.println("failed: " + e.getMessage());
        }
        kernels.close();
        System.out.println("closed, notes " + notes);
    }
}
