package io.github.funasrjava.engine.decode;

import java.util.OptionalInt;

/**
 * Notices that a decoder is stuck: a phrase said over and over, or a long stretch of very few distinct tokens. Both
 * need more tokens than people repeat on purpose (a phone number of nines is shorter).
 */
final class RepetitionGuard {
    /** Longest phrase whose repetition is looked for, tokens. */
    private static final int LONGEST_PERIOD = 24;

    /** A repeated stretch is a loop from this many tokens on ... */
    private static final int LOOP_TOKENS = 48;

    /** ... and this many rounds. */
    private static final int LOOP_ROUNDS = 4;

    /** Window for the count of distinct tokens. */
    private static final int WINDOW_TOKENS = 60;

    /** So few distinct tokens in a window are no language. */
    private static final int FEW_DISTINCT = 3;

    private RepetitionGuard() {}

    /**
     * Looks at the end of the list.
     *
     * @return how many tokens to keep (one round of the repeated phrase stays), or empty when there is no loop
     */
    static OptionalInt keepBefore(TokenList tokens) {
        int size = tokens.size();
        for (int period = 1; period <= LONGEST_PERIOD; period++) {
            int needed = Math.max(LOOP_TOKENS, LOOP_ROUNDS * period);
            if (size < needed) {
                continue;
            }
            int matched = period;
            while (matched < size && tokens.get(size - 1 - matched) == tokens.get(size - 1 - matched + period)) {
                matched++;
            }
            if (matched >= needed) {
                return OptionalInt.of(size - matched + period);
            }
        }
        if (size >= WINDOW_TOKENS && distinctInWindow(tokens) <= FEW_DISTINCT) {
            return OptionalInt.of(size - WINDOW_TOKENS + FEW_DISTINCT);
        }
        return OptionalInt.empty();
    }

    private static int distinctInWindow(TokenList tokens) {
        int[] seen = new int[FEW_DISTINCT];
        int distinct = 0;
        next:
        for (int i = tokens.size() - WINDOW_TOKENS; i < tokens.size(); i++) {
            for (int s = 0; s < distinct; s++) {
                if (seen[s] == tokens.get(i)) {
                    continue next;
                }
            }
            if (distinct == FEW_DISTINCT) {
                return FEW_DISTINCT + 1;
            }
            seen[distinct++] = tokens.get(i);
        }
        return distinct;
    }
}
