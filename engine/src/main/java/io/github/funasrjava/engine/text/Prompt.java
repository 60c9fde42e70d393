package io.github.funasrjava.engine.text;

/**
 * Token ids around the audio rows.
 *
 * @param prefixIds ids before the audio
 * @param suffixIds ids after the audio, where the answer begins
 */
public record Prompt(int[] prefixIds, int[] suffixIds) {}
