package io.github.funasrjava.kernels;

import io.github.funasrjava.kernels.cuda.CudaDetection;
import io.github.funasrjava.kernels.cuda.CudaException;
import io.github.funasrjava.kernels.cuda.CudaKernels;
import io.github.funasrjava.kernels.cuda.CudaUnavailableException;
import io.github.funasrjava.kernels.internal.TierAttempt;

/** Decides about the GPU without touching a class of JCuda before the driver is known to be there. */
final class CudaTier {
    private CudaTier() {}

    static TierAttempt open(KernelOptions options, DeviceChoice device, CudaDetection detection) {
        try {
            return open(detection.find(device.index()), options);
        } catch (CudaUnavailableException e) {
            return new TierAttempt.Refused(e.getMessage());
        }
    }

    private static TierAttempt open(CudaDetection.Found found, KernelOptions options) {
        boolean opened = false;
        try {
            Kernels kernels = CudaKernels.open(found, options);
            opened = true;
            return new TierAttempt.Opened(kernels);
        } catch (CudaException e) {
            return new TierAttempt.Refused(e.getMessage() + " on " + found.device());
        } finally {
            if (!opened) {
                found.driver().close();
            }
        }
    }
}
