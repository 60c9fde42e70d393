package io.github.funasrjava.cli;

import io.github.funasrjava.boot.Boot;
import io.github.funasrjava.engine.EngineOptions;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.engine.WeightPrecision;
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
            Option.value("--weights", "FORMAT", "bf16 (default), or int8: the decoder in half the memory and nearly twice as fast; texts may differ."),
            Option.value("--threads", "N", "Threads that compute (default: all processors)."));

    /** Where it computes. */
    private enum Device {
        AUTO,
        CPU
    }

    private EngineArguments() {}

    static EngineOptions engine(Arguments arguments, Console console, ProgressListener listener) {
        Boot.awaitVectorApi();
        return EngineOptions.DEFAULT.withKernels(kernels(arguments)).withWeights(weights(arguments))
                .withCacheDir(console.cacheDir()).withListener(listener);
    }

    /** Without the option a directory that was converted to int8 is used as it is. */
    private static WeightPrecision weights(Arguments arguments) {
        return switch (arguments.text("--weights").orElse("").toLowerCase(Locale.ROOT)) {
            case "" -> WeightPrecision.AS_STORED;
            case "bf16" -> WeightPrecision.BF16;
            case "int8" -> WeightPrecision.INT8;
            default -> throw new UsageException("--weights must be bf16 or int8, not '" + arguments.text("--weights").orElse("") + "'.");
        };
    }

    static KernelOptions kernels(Arguments arguments) {
        // One device so far: the choice is only checked.
        arguments.choice("--device", Device.values());
        return new KernelOptions(
                arguments.choice("--kernels", KernelOptions.Tier.values()),
                arguments.integer("--threads", 1, KernelOptions.MAX_THREADS).orElse(0),
                0,
                arguments.choice("--accuracy", KernelOptions.Accuracy.values()));
    }
}
