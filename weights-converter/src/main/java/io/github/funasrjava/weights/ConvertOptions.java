package io.github.funasrjava.weights;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How to convert.
 *
 * @param precision how matrices are stored
 * @param modelName name for the metadata; without one, the published model with this sha256 or the folder's name
 * @param licence licence for the metadata; without one, that of the published model, else "not stated"
 * @param threads how many threads pack
 * @param lockTimeout how long to wait for another process that converts the same model
 * @param listener hears messages and progress
 * @param check sees the files of a recognition model before it is converted, and throws what it has against them; for who
 *     knows more about them than this module, such as the tokenizer
 */
public record ConvertOptions(
        Precision precision, Optional<String> modelName, Optional<String> licence, int threads, Duration lockTimeout,
        ProgressListener listener, Consumer<ModelFiles> check) {
    public ConvertOptions {
        Objects.requireNonNull(precision);
        Objects.requireNonNull(modelName);
        Objects.requireNonNull(licence);
        Objects.requireNonNull(lockTimeout);
        Objects.requireNonNull(listener);
        Objects.requireNonNull(check);
        if (threads < 1) {
            throw new IllegalArgumentException("conversion needs at least one thread, got " + threads);
        }
    }

    /** Lossless, all processors up to 8, ten minutes of patience, silent. */
    public static ConvertOptions defaults() {
        return new ConvertOptions(Precision.KEEP, Optional.empty(), Optional.empty(),
                Math.min(8, Runtime.getRuntime().availableProcessors()), Duration.ofMinutes(10), ProgressListener.SILENT, _ -> {});
    }

    /** The same with another precision. */
    public ConvertOptions withPrecision(Precision value) {
        return new ConvertOptions(value, modelName, licence, threads, lockTimeout, listener, check);
    }

    /** The same with a name for the metadata. */
    public ConvertOptions withModelName(String value) {
        return new ConvertOptions(precision, Optional.of(value), licence, threads, lockTimeout, listener, check);
    }

    /** The same with a licence for the metadata. */
    public ConvertOptions withLicence(String value) {
        return new ConvertOptions(precision, modelName, Optional.of(value), threads, lockTimeout, listener, check);
    }

    /** The same with another number of threads. */
    public ConvertOptions withThreads(int value) {
        return new ConvertOptions(precision, modelName, licence, value, lockTimeout, listener, check);
    }

    /** The same with another patience. */
    public ConvertOptions withLockTimeout(Duration value) {
        return new ConvertOptions(precision, modelName, licence, threads, value, listener, check);
    }

    /** The same with a listener. */
    public ConvertOptions withListener(ProgressListener value) {
        return new ConvertOptions(precision, modelName, licence, threads, lockTimeout, value, check);
    }

    /** The same with a check. */
    public ConvertOptions withCheck(Consumer<ModelFiles> value) {
        return new ConvertOptions(precision, modelName, licence, threads, lockTimeout, listener, value);
    }
}
