package io.github.funasrjava.engine.decode;

import io.github.funasrjava.kernels.Matrix;

/**
 * One answer to generate.
 *
 * @param prefixIds prompt before the audio; equal prefixes share their keys and values
 * @param audio audio embeddings {@code [n, hidden_size]}; n may be 0 rows
 * @param suffixIds prompt after the audio, at least one id
 * @param draft guess at the answer
 * @param maxNewTokens tokens after which the answer is cut
 * @param ignoreEndOfText whether to go on until {@code maxNewTokens} whatever the model says; for measuring only
 */
public record GenerationRequest(
        int[] prefixIds, Matrix audio, int[] suffixIds, Draft draft, int maxNewTokens, boolean ignoreEndOfText) {
    public GenerationRequest {
        if (suffixIds.length == 0) {
            throw new IllegalArgumentException("the prompt must end with at least one token after the audio");
        }
        if (maxNewTokens < 1) {
            throw new IllegalArgumentException("maxNewTokens must be at least 1, got " + maxNewTokens);
        }
    }

    /** Prompt positions, audio included. */
    public int promptLength() {
        return prefixIds.length + audio.rows() + suffixIds.length;
    }
}
