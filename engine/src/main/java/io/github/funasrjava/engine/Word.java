package io.github.funasrjava.engine;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A word, or a single Chinese, Japanese or Korean character, with its punctuation.
 *
 * @param text as it stands in the segment's text
 * @param confidence how sure the decoder is of it, 0 to 1: the geometric mean of its tokens' probabilities; empty when
 *     that is not known
 * @param time when it is said; empty unless times were asked for and the words could be aligned
 */
public record Word(String text, OptionalDouble confidence, Optional<WordTime> time) {
    public Word {
        Objects.requireNonNull(text);
        Objects.requireNonNull(confidence);
        Objects.requireNonNull(time);
    }
}
