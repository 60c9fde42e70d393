package io.github.funasrjava.engine;

import java.util.Objects;
import java.util.OptionalDouble;

/**
 * One generated token.
 *
 * @param id id in the model's vocabulary
 * @param text what it adds to the answer; empty while a character is incomplete
 * @param logProbability natural logarithm of the probability that the model gave it
 */
public record TranscriptToken(int id, String text, float logProbability) {
    public TranscriptToken {
        Objects.requireNonNull(text);
    }

    /** The probability that the model gave it, 0 to 1; empty when it is not a number. */
    public OptionalDouble confidence() {
        return Float.isNaN(logProbability) ? OptionalDouble.empty() : OptionalDouble.of(Math.min(1, Math.exp(logProbability)));
    }
}
