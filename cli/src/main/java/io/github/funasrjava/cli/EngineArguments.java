package io.github.funasrjava.cli;

import io.github.funasrjava.engine.EngineOptions;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.weights.ProgressListener;
import java.util.List;
import java.util.Locale;

/** Options on how to compute, which several commands share. */
final class EngineArguments {
    static final List<Option> OPTIONS = List.of(
            Option.value("--device", "DEVICE", "auto (default) or cpu."),
            Option.value("--kernels", "TIER", "auto (default), scalar, vector or x86: what computes on the CPU."),
            Option.value("--accuracy", "MODE", "full (default) or fast: bf16 products with one term instead of two, where the CPU has them."),
            Option.value("--weights", "FORMAT", "bf16 (default): the decoder's weights as they are published."),
            Option.value("--threads", "N", "Threads that compute (default: all processors)."));

    /** Where it computes. */
    private enum Device {
        AUTO,
        CPU
    }

    private EngineArguments() {}

    static EngineOptions engine(KernelOptions kernels, Console console, ProgressListener listener) {
        return EngineOptions.DEFAULT.withKernels(kernels).withCacheDir(console.cacheDir()).withListener(listener);
    }

    static KernelOptions kernels(Arguments arguments) {
        // One device so far: the choice is only checked.
        arguments.choice("--device", Device.values());
        String weights = arguments.text("--weights").orElse("bf16").toLowerCase(Locale.ROOT);
        if (weights.equals("int8")) {
            throw new UsageException("--weights int8 is not implemented yet; bf16 is.");
        }
        if (!weights.equals("bf16")) {
            throw new UsageException("--weights must be bf16 or int8, not '" + weights + "'.");
        }
        return new KernelOptions(
                arguments.choice("--kernels", KernelOptions.Tier.values()),
                arguments.integer("--threads", 1, KernelOptions.MAX_THREADS).orElse(0),
                0,
                arguments.choice("--accuracy", KernelOptions.Accuracy.values()));
    }
}
