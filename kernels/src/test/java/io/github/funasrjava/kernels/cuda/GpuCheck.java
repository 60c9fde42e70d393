package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.CudaCasesOnDevice;
import io.github.funasrjava.kernels.DeviceMeasurement;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.KernelsUnavailableException;
import java.util.Locale;

/**
 * For a machine with a GPU: every case table on the device itself, then times of the products by CUDA events. Part of the
 * bundle that {@code scripts/gpu-bundle.sh} makes; exit code 1 when a case fails, 6 when there is no GPU to use. Arguments:
 * {@code find} or {@code check}, and the number of the GPU.
 */
public final class GpuCheck {
    private GpuCheck() {}

    public static void main(String[] args) {
        CudaDetection.Found found;
        try {
            found = new CudaDetection(new SystemCudaPlatform()).find(args.length > 1 ? Integer.parseInt(args[1]) : 0);
        } catch (CudaUnavailableException e) {
            System.out.println("no GPU to check: " + e.getMessage());
            System.exit(6);
            return;
        }
        System.out.println("device: " + found.device() + ", " + found.device().multiprocessors() + " multiprocessors");
        if (args.length > 0 && args[0].equals("find")) {
            found.driver().close();
            return;
        }
        int failures;
        try {
            failures = CudaCasesOnDevice.run(found.device().index(), found.device().multiprocessors());
            times(new CudaSession(found.driver(), found.device()));
        } catch (KernelsUnavailableException | CudaException e) {
            System.out.println("FAILED: " + e.getMessage());
            System.exit(1);
            return;
        }
        System.out.println(failures == 0 ? "all cases passed" : failures + " groups of cases FAILED");
        System.exit(failures == 0 ? 0 : 1);
    }

    /** The same table that {@code bench kernels --device cuda} shows. */
    private static void times(CudaSession session) {
        DeviceMeasurement measured;
        try (CudaOperations operations = new CudaOperations(session, Accuracy.FULL, System.out::println)) {
            measured = new CudaBench(session, operations).measure(true);
        }
        System.out.printf(Locale.ROOT, "%nceilings: copy %.0f GB/s, matrix units %.1f TFLOP/s; kernels of bf16 weights, accuracy full, by CUDA events%n",
                measured.copyGigabytesPerSecond(), measured.matrixTeraflops());
        System.out.printf(Locale.ROOT, "%-16s %-36s %9s %9s %9s %7s%n", "kernel", "shape", "us", "GB/s", "TFLOP/s", "share");
        for (DeviceMeasurement.KernelTime time : measured.kernels()) {
            System.out.printf(Locale.ROOT, "%-16s %-36s %9.2f %9.0f %9.2f %6.1f%%%n", time.operation(), time.shape(), time.micros(),
                    time.gigabytesPerSecond(), time.teraflops(), 100 * measured.share(time));
        }
    }
}
