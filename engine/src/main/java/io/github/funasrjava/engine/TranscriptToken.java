package io.github.funasrjava.engine;

/**
 * One generated token.
 *
 * @param id id in the model's vocabulary
 * @param logProbability natural logarithm of the probability that the model gave it
 */
public record TranscriptToken(int id, float logProbability) {}
