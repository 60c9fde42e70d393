package io.github.funasrjava.kernels;

import io.github.funasrjava.kernels.cuda.CudaDetection;
import io.github.funasrjava.kernels.cuda.CudaUnavailableException;
import io.github.funasrjava.kernels.internal.TierAttempt;

/** Decides about the GPU without touching a class of JCuda before the driver is known to be there. */
final class CudaTier {
    private CudaTier() {}

    static TierAttempt open(KernelOptions options, DeviceChoice device, CudaDetection detection) {
        try {
            CudaDetection.Found found = detection.find(device.index());
            found.driver().close();
            return new TierAttempt.Refused("this version has no kernels for " + found.device() + " yet");
        } catch (CudaUnavailableException e) {
            return new TierAttempt.Refused(e.getMessage());
        }
    }
}
