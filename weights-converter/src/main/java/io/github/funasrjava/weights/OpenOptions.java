package io.github.funasrjava.weights;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How to open a model directory.
 *
 * @param cacheDir where converted copies of published models are kept; without one, {@code fun-asr-java} below
 *     {@code $XDG_CACHE_HOME} or {@code ~/.cache}
 * @param convert how a published model is converted when no copy is there yet
 */
public record OpenOptions(Optional<Path> cacheDir, ConvertOptions convert) {
    public OpenOptions {
        Objects.requireNonNull(cacheDir);
        Objects.requireNonNull(convert);
    }

    /** The usual cache, lossless conversion, silent. */
    public static OpenOptions defaults() {
        return new OpenOptions(Optional.empty(), ConvertOptions.defaults());
    }

    /** The same with another cache. */
    public OpenOptions withCacheDir(Path value) {
        return new OpenOptions(Optional.of(value), convert);
    }

    /** The same with other conversion options. */
    public OpenOptions withConvert(ConvertOptions value) {
        return new OpenOptions(cacheDir, value);
    }

    /** The same with a listener. */
    public OpenOptions withListener(ProgressListener value) {
        return new OpenOptions(cacheDir, convert.withListener(value));
    }

    /** The same with a check before a conversion, see {@link ConvertOptions#check}. */
    public OpenOptions withCheck(Consumer<ModelFiles> value) {
        return new OpenOptions(cacheDir, convert.withCheck(value));
    }

    /** The same with another precision. */
    public OpenOptions withPrecision(Precision value) {
        return new OpenOptions(cacheDir, convert.withPrecision(value));
    }
}
