package io.github.funasrjava.engine.decode;

import java.util.Arrays;

/**
 * A known answer with a share of its tokens replaced, position by position: measures verification without a trained
 * CTC head. Never part of a real transcription.
 */
public final class CorruptedDraft implements Draft {
    private final int[] tokens;

    /**
     * @param truth the tokens that plain decoding gives
     * @param agreement share of tokens that stay right, 0 to 1; wrong ones are spread evenly
     */
    public CorruptedDraft(int[] truth, double agreement) {
        if (!(agreement >= 0 && agreement <= 1)) {
            throw new IllegalArgumentException("agreement must be between 0 and 1, got " + agreement);
        }
        tokens = truth.clone();
        double debt = 0;
        for (int i = 0; i < tokens.length; i++) {
            debt += 1 - agreement;
            if (debt >= 1 - 1e-9) {
                debt -= 1;
                tokens[i] = tokens[i] == 0 ? 1 : tokens[i] - 1;
            }
        }
    }

    @Override
    public int[] propose(TokenList accepted, int max) {
        int from = Math.min(accepted.size(), tokens.length);
        return Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + max));
    }
}
