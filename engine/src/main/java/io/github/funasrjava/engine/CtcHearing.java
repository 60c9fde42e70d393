package io.github.funasrjava.engine;

/**
 * What the CTC branch heard of a segment.
 *
 * @param text its likeliest text
 * @param blankShare share of the frames in which it heard nothing new, 0 to 1
 */
record CtcHearing(String text, double blankShare) {}
