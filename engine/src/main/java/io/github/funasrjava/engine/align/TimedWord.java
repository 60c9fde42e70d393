package io.github.funasrjava.engine.align;

/**
 * A word (or one Chinese character, or kana) of a text and when it is said.
 *
 * @param from where it begins in the text, its punctuation included
 * @param to where it ends in the text
 * @param startMs when it begins, from the beginning of the aligned audio
 * @param endMs when it ends
 * @param score how sure the CTC branch hears it there, 0 to 1: the mean of its tokens' highest probabilities; 0 when
 *     its time is only bounded by its neighbours'
 */
public record TimedWord(int from, int to, long startMs, long endMs, double score) {
    /** The word with its punctuation. */
    public String of(String text) {
        return text.substring(from, to);
    }

    /** The same word, later by so much. */
    public TimedWord shifted(long ms) {
        return new TimedWord(from, to, startMs + ms, endMs + ms, score);
    }
}
