package io.github.funasrjava.cli;

import io.github.funasrjava.boot.Boot;
import io.github.funasrjava.engine.EngineOptions;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.engine.WeightPrecision;
import io.github.funasrjava.kernels.DeviceChoice;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.weights.ProgressListener;
import java.util.List;
import java.util.Locale;

/** Options on how to compute, which several commands share. */
final class EngineArguments {
    static final List<String> WEIGHTS = List.of("bf16", "int8");

    static final List<Option> OPTIONS = List.of(
            Option.value("--device", "DEVICE", "cpu (default), cuda or cuda:N (an NVIDIA GPU), or auto: a GPU where one can be used.")
                    .offering(List.of("auto", "cpu", "cuda")),
            Option.value("--kernels", "TIER", "auto (default), scalar, vector or x86: what computes on the CPU.").offering(KernelOptions.Tier.values()),
            Option.value("--accuracy", "MODE", "full (default) or fast: bf16 products with one term instead of two, where the CPU has them.")
                    .offering(KernelOptions.Accuracy.values()),
            Option.value("--weights", "FORMAT", "bf16 (default), or int8: the decoder in half the memory and nearly twice as fast; texts may differ.")
                    .offering(WEIGHTS),
            Option.value("--threads", "N", "Threads that compute (default: all processors)."));

    private EngineArguments() {}

    static EngineOptions engine(Arguments arguments, Console console, ProgressListener listener) {
        Boot.awaitVectorApi();
        return EngineOptions.DEFAULT.withKernels(kernels(arguments)).withDevice(device(arguments)).withWeights(weights(arguments))
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

    private static DeviceChoice device(Arguments arguments) {
        try {
            return arguments.text("--device").map(DeviceChoice::parse).orElse(DeviceChoice.CPU);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--device " + e.getMessage() + ".");
        }
    }

    private static KernelOptions kernels(Arguments arguments) {
        return new KernelOptions(
                arguments.choice("--kernels", KernelOptions.Tier.values()),
                arguments.integer("--threads", 1, KernelOptions.MAX_THREADS).orElse(0),
                0,
                arguments.choice("--accuracy", KernelOptions.Accuracy.values()));
    }
}
