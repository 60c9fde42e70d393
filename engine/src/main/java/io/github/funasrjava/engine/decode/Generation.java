package io.github.funasrjava.engine.decode;

import io.github.funasrjava.engine.FinishReason;

/**
 * A finished answer.
 *
 * @param tokens ids without the end token
 * @param logProbabilities one per token
 * @param finishReason why it ended
 * @param drafted tokens that a draft proposed
 * @param accepted drafted tokens that were right
 * @param passes decoder passes after the prefill
 */
public record Generation(
        int[] tokens, float[] logProbabilities, FinishReason finishReason, int drafted, int accepted, int passes) {}
