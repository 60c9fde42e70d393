package io.github.funasrjava.kernels;

import java.util.List;
import java.util.Optional;

/**
 * What a device does at most and what the kernels reach on it, by its own clock, all in one run.
 *
 * @param device which one
 * @param copyGigabytesPerSecond memory copied, bytes read and written together
 * @param matrixTeraflops products of 16-bit values on registers alone
 * @param kernels the kernels that the model spends its time in
 */
public record DeviceMeasurement(String device, double copyGigabytesPerSecond, double matrixTeraflops, List<KernelTime> kernels) {
    /**
     * One operation at one shape.
     *
     * @param operation its name
     * @param shape rows x inputs x outputs, or what else it depends on
     * @param micros mean of launches queued one behind the other
     * @param bytes of weights and activations that it must read and write
     * @param flops multiplications and additions by the contract, two per weight and row
     */
    public record KernelTime(String operation, String shape, double micros, double bytes, double flops) {
        /** GB/s of what it must read and write. */
        public double gigabytesPerSecond() {
            return bytes / micros / 1e3;
        }

        /** TFLOP/s by the contract. */
        public double teraflops() {
            return flops / micros / 1e6;
        }
    }

    /** The larger of both shares of the device's ceilings, 0 to 1. */
    public double share(KernelTime kernel) {
        return Math.max(kernel.gigabytesPerSecond() / copyGigabytesPerSecond, kernel.teraflops() / matrixTeraflops);
    }

    /** The memory ceiling in the form of the processor's. */
    public MachineCeilings ceilings() {
        return new MachineCeilings(List.of(new MachineCeilings.Ceiling("device memory, copied", "GB/s", copyGigabytesPerSecond,
                copyGigabytesPerSecond, Optional.empty())), Optional.empty());
    }
}
