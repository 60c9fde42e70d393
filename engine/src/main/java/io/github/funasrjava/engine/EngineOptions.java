package io.github.funasrjava.engine;

import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.kernels.DeviceChoice;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.weights.ProgressListener;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * How an engine is opened. Immutable; begin with {@link #DEFAULT} and change what differs.
 *
 * @param kernels tier, threads and accuracy
 * @param device the processor or a GPU
 * @param limits bounds on input and output
 * @param audio how files are read
 * @param cacheDir where converted models are kept; empty for {@code $XDG_CACHE_HOME/fun-asr-java} or
 *     {@code ~/.cache/fun-asr-java}
 * @param weights how the language model's matrices are held
 * @param listener hears that a model is being converted and how far that is
 */
public record EngineOptions(
        KernelOptions kernels,
        DeviceChoice device,
        Limits limits,
        AudioOptions audio,
        Optional<Path> cacheDir,
        WeightPrecision weights,
        ProgressListener listener) {
    /** The fastest kernels of the processor, the default limits, the user's cache, silent. */
    public static final EngineOptions DEFAULT = new EngineOptions(
            KernelOptions.defaults(), DeviceChoice.CPU, Limits.DEFAULT, AudioOptions.DEFAULT, Optional.empty(),
            WeightPrecision.AS_STORED, ProgressListener.SILENT);

    public EngineOptions {
        Objects.requireNonNull(kernels);
        Objects.requireNonNull(device);
        Objects.requireNonNull(limits);
        Objects.requireNonNull(audio);
        Objects.requireNonNull(cacheDir);
        Objects.requireNonNull(weights);
        Objects.requireNonNull(listener);
    }

    /** These options with other kernels. */
    public EngineOptions withKernels(KernelOptions newKernels) {
        return new EngineOptions(newKernels, device, limits, audio, cacheDir, weights, listener);
    }

    /** These options on another device. */
    public EngineOptions withDevice(DeviceChoice newDevice) {
        return new EngineOptions(kernels, newDevice, limits, audio, cacheDir, weights, listener);
    }

    /** These options with other limits. */
    public EngineOptions withLimits(Limits newLimits) {
        return new EngineOptions(kernels, device, newLimits, audio, cacheDir, weights, listener);
    }

    /** These options with files read another way. */
    public EngineOptions withAudio(AudioOptions newAudio) {
        return new EngineOptions(kernels, device, limits, newAudio, cacheDir, weights, listener);
    }

    /** These options with another cache folder. */
    public EngineOptions withCacheDir(Path dir) {
        return new EngineOptions(kernels, device, limits, audio, Optional.of(dir), weights, listener);
    }

    /** These options with the language model's matrices held another way. */
    public EngineOptions withWeights(WeightPrecision precision) {
        return new EngineOptions(kernels, device, limits, audio, cacheDir, precision, listener);
    }

    /** These options with a listener. */
    public EngineOptions withListener(ProgressListener newListener) {
        return new EngineOptions(kernels, device, limits, audio, cacheDir, weights, newListener);
    }
}
