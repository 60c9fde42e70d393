package io.github.funasrjava.engine.vad;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Cuts samples into pieces, as they would arrive. */
final class VadPieces {
    private VadPieces() {}

    /** Pieces of {@code length} samples; the last one may be shorter. */
    static List<float[]> of(float[] samples, int length) {
        return IntStream.range(0, (samples.length + length - 1) / length)
                .mapToObj(i -> Arrays.copyOfRange(samples, i * length, Math.min(samples.length, (i + 1) * length)))
                .toList();
    }
}
