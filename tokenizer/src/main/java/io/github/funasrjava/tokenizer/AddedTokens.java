package io.github.funasrjava.tokenizer;

import static io.github.funasrjava.tokenizer.TokenizerException.Kind.DUPLICATE;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** The added tokens of a model directory: looked up by id, and cut out of trusted text. */
final class AddedTokens {
    private final List<AddedToken> longestFirst;
    private final Map<Integer, AddedToken> byId = new HashMap<>();
    private final Map<String, AddedToken> byContent = new HashMap<>();

    AddedTokens(List<AddedToken> tokens, TokenTable vocabulary) {
        longestFirst = tokens.stream()
                .sorted(Comparator.comparingInt((AddedToken t) -> t.content().length()).reversed()).toList();
        for (AddedToken token : tokens) {
            if (vocabulary.contains(token.id()) || byId.put(token.id(), token) != null) {
                throw new TokenizerException(DUPLICATE,
                        "the id " + token.id() + " of the added token " + token.content() + " is given twice");
            }
            if (byContent.put(token.content(), token) != null) {
                throw new TokenizerException(DUPLICATE, "the added token " + token.content() + " is given twice");
            }
        }
    }

    List<AddedToken> inIdOrder() {
        return longestFirst.stream().sorted(Comparator.comparingInt(AddedToken::id)).toList();
    }

    /** The token with that id, or null for internal callers. */
    AddedToken byId(int id) {
        return byId.get(id);
    }

    AddedToken byContent(String content) {
        return byContent.get(content);
    }

    /** Hands out text and added tokens in order; the leftmost match counts, of several there the longest. */
    void split(String text, Consumer<String> ordinary, IntConsumer added) {
        int done = 0;
        int[] nextAt = new int[longestFirst.size()];
        for (int i = 0; i < nextAt.length; i++) {
            nextAt[i] = text.indexOf(longestFirst.get(i).content());
        }
        while (true) {
            int first = -1;
            for (int i = 0; i < nextAt.length; i++) {
                if (nextAt[i] >= 0 && nextAt[i] < done) {
                    nextAt[i] = text.indexOf(longestFirst.get(i).content(), done);
                }
                if (nextAt[i] >= 0 && (first < 0 || nextAt[i] < nextAt[first])) {
                    first = i;
                }
            }
            if (first < 0) {
                break;
            }
            if (nextAt[first] > done) {
                ordinary.accept(text.substring(done, nextAt[first]));
            }
            added.accept(longestFirst.get(first).id());
            done = nextAt[first] + longestFirst.get(first).content().length();
        }
        if (done < text.length()) {
            ordinary.accept(text.substring(done));
        }
    }
}
