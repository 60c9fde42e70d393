package io.github.funasrjava.engine.decode;

/**
 * A guess at the text that is being decoded. The decoder verifies several guessed tokens in one pass and keeps those
 * that it would have chosen itself, so a draft changes the time, never the result.
 */
@FunctionalInterface
public interface Draft {
    /** No guess: plain greedy decoding. */
    Draft NONE = (accepted, max) -> new int[0];

    /**
     * Guesses what follows.
     *
     * @param accepted all tokens decoded so far
     * @param max tokens that fit into the pass
     * @return at most {@code max} tokens, none when there is no guess
     */
    int[] propose(TokenList accepted, int max);
}
