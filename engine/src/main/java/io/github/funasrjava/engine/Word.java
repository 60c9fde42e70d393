package io.github.funasrjava.engine;

/**
 * A word, or a single Chinese, Japanese or Korean character, with its punctuation.
 *
 * @param text as it stands in the segment's text
 * @param startMs begin in the input, milliseconds
 * @param endMs end in the input, milliseconds
 * @param alignmentScore how sure the CTC branch hears it there, 0 to 1; 0 when its neighbours alone bound its time
 */
public record Word(String text, long startMs, long endMs, double alignmentScore) {}
