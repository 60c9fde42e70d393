package io.github.funasrjava.kernels;

import io.github.funasrjava.kernels.cuda.CudaDetection;
import io.github.funasrjava.kernels.cuda.CudaException;
import io.github.funasrjava.kernels.cuda.CudaKernels;
import io.github.funasrjava.kernels.cuda.CudaSelfTest;
import io.github.funasrjava.kernels.cuda.CudaUnavailableException;
import io.github.funasrjava.kernels.internal.TierAttempt;
import java.util.Optional;
import java.util.function.Consumer;

/** Decides about the GPU without touching a class of JCuda before the driver is known to be there. */
final class CudaTier {
    private CudaTier() {}

    static TierAttempt open(KernelOptions options, DeviceChoice device, Consumer<String> note, CudaDetection detection) {
        try {
            return open(detection.find(device.index()), options, note);
        } catch (CudaUnavailableException e) {
            return new TierAttempt.Refused(e.getMessage());
        }
    }

    private static TierAttempt open(CudaDetection.Found found, KernelOptions options, Consumer<String> note) {
        boolean opened = false;
        try {
            TierAttempt attempt = tested(CudaKernels.open(found, options, note), found, options);
            opened = attempt instanceof TierAttempt.Opened;
            return attempt;
        } catch (KernelsUnavailableException e) {
            return new TierAttempt.Refused(e.getMessage());
        } catch (CudaException e) {
            return new TierAttempt.Refused(e.getMessage() + " on " + found.device());
        } finally {
            if (!opened) {
                found.driver().close();
            }
        }
    }

    /** The kernels, unless they compute otherwise than plain loops; then they are closed. */
    private static TierAttempt tested(Kernels kernels, CudaDetection.Found found, KernelOptions options) {
        boolean right = false;
        try (Kernels reference = KernelSelector.open(options.withTier(KernelOptions.Tier.SCALAR).withThreads(1))) {
            Optional<String> difference = CudaSelfTest.difference(kernels, reference);
            right = difference.isEmpty();
            return right ? new TierAttempt.Opened(kernels)
                    : new TierAttempt.Refused("the self-test failed on " + found.device() + ": " + difference.get());
        } finally {
            if (!right) {
                kernels.close();
            }
        }
    }
}
