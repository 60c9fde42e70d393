package io.github.funasrjava.engine.decode;

import io.github.funasrjava.engine.FinishReason;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.TopToken;
import java.util.Arrays;
import java.util.OptionalInt;

/** One answer in the making. The last token is pending: chosen, but not yet in the cache. */
final class Stream {
    final GenerationRequest request;
    final KvCache cache;
    final TokenList tokens = new TokenList();
    int[] fed = new int[0];
    int passes;
    private float[] logProbabilities = new float[64];
    private int drafted;
    private int accepted;
    private FinishReason finishReason;

    Stream(GenerationRequest request, KvCache cache) {
        this.request = request;
        this.cache = cache;
    }

    boolean finished() {
        return finishReason != null;
    }

    /** Whether the stream ended because its numbers were none. */
    boolean failed() {
        return finishReason == FinishReason.NUMERIC_ERROR;
    }

    int pending() {
        return tokens.get(tokens.size() - 1);
    }

    /** Drafted tokens for the next pass; none beyond the token limit, where they could not be used. */
    int[] proposal(int max) {
        int room = Math.min(max, request.maxNewTokens() - tokens.size() - 1);
        return room <= 0 ? new int[0] : request.draft().propose(tokens, room);
    }

    /**
     * Takes over the answers of one pass, beginning at row {@code row}: one for the last certain row and one for every
     * drafted row. Reading stops where the draft was wrong or the answer ends, exactly as single steps would, and the
     * cache forgets the rows behind that point.
     */
    void read(TopToken[] top, int row, int[] endOfTextIds) {
        int before = cache.length() - fed.length;
        int right = 0;
        drafted += fed.length;
        for (int i = 0; i <= fed.length; i++) {
            append(top[row + i], endOfTextIds);
            if (finished() || i == fed.length || tokens.get(tokens.size() - 1) != fed[i]) {
                break;
            }
            right++;
        }
        accepted += right;
        cache.truncate(before + right);
    }

    private void append(TopToken top, int[] endOfTextIds) {
        if (top.id() < 0 || Float.isNaN(top.logit())) {
            finishReason = FinishReason.NUMERIC_ERROR;
            return;
        }
        if (!request.ignoreEndOfText() && Arrays.stream(endOfTextIds).anyMatch(id -> id == top.id())) {
            finishReason = FinishReason.STOP;
            return;
        }
        if (tokens.size() == logProbabilities.length) {
            logProbabilities = Arrays.copyOf(logProbabilities, 2 * logProbabilities.length);
        }
        logProbabilities[tokens.size()] = top.logProbability();
        tokens.add(top.id());
        OptionalInt kept = request.ignoreEndOfText() ? OptionalInt.empty() : RepetitionGuard.keepBefore(tokens);
        if (kept.isPresent()) {
            tokens.truncate(kept.getAsInt());
            finishReason = FinishReason.REPETITION;
        } else if (tokens.size() >= request.maxNewTokens()) {
            finishReason = FinishReason.LENGTH;
        }
    }

    Generation result() {
        return new Generation(tokens.toArray(), Arrays.copyOf(logProbabilities, tokens.size()), finishReason, drafted,
                accepted, passes);
    }
}
