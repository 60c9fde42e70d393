package io.github.funasrjava.engine.align;

/**
 * A hotword that was probably said.
 *
 * @param word the hotword as it was given
 * @param distance how far it is from what the CTC branch hears: edits per letter, 0 for an exact match
 */
public record HotwordMatch(String word, double distance) {}
