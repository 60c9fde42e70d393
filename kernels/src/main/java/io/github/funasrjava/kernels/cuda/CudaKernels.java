package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.internal.CheckedKernels;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.util.function.Consumer;

/** Opens kernels on a device that {@link CudaDetection} found. */
public final class CudaKernels {
    private CudaKernels() {}

    /**
     * Opens the device and compiles the kernels for it. Closing the kernels closes the driver.
     *
     * @throws CudaException when the driver refuses
     */
    public static Kernels open(CudaDetection.Found found, KernelOptions options) {
        return open(found, options, note -> { });
    }

    /**
     * As {@link #open(CudaDetection.Found, KernelOptions)}.
     *
     * @param note hears in one sentence what works less well than it should
     */
    public static Kernels open(CudaDetection.Found found, KernelOptions options, Consumer<String> note) {
        CudaSession session = new CudaSession(found.driver(), found.device());
        String name = "cuda-sm_" + CudaKernelCode.architectureFor(found.device());
        String description = name + " on " + found.device() + ", " + found.device().multiprocessors() + " multiprocessors, driver for CUDA "
                + found.driver().version() / 1000 + "." + found.driver().version() % 1000 / 10;
        return new CheckedKernels(name, description, new WorkerPool(1), new CudaOperations(session, options.accuracy(), note));
    }
}
