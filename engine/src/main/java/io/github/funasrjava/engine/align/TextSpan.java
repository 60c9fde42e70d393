package io.github.funasrjava.engine.align;

/**
 * A part of a text.
 *
 * @param from index of its first UTF-16 unit
 * @param to index after its last
 */
public record TextSpan(int from, int to) {
    /** The part itself. */
    public String of(String text) {
        return text.substring(from, to);
    }
}
