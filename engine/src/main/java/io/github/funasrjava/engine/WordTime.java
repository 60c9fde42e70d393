package io.github.funasrjava.engine;

/**
 * When a word is said.
 *
 * @param startMs begin in the input, milliseconds
 * @param endMs end in the input, milliseconds
 * @param alignmentScore how sure the CTC branch hears it there, 0 to 1; 0 when its neighbours alone bound its time
 */
public record WordTime(long startMs, long endMs, double alignmentScore) {}
