package io.github.funasrjava.engine;

import io.github.funasrjava.engine.align.CtcTopK;
import io.github.funasrjava.engine.align.HotwordMatch;
import io.github.funasrjava.engine.align.HotwordSelector;
import io.github.funasrjava.engine.text.Hotwords;
import io.github.funasrjava.engine.text.PromptRequest;
import io.github.funasrjava.tokenizer.CtcTokenizer;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The prompt of each segment with those hotwords of a list that the segment probably says. A word that the CTC branch
 * heard nothing like is not in the prompt, so it cannot change the text, however long the list is.
 */
final class HotwordPrompts {
    /** Classes per frame that are compared with the list. */
    static final int CLASSES_PER_FRAME = 8;

    /** A list of so many words goes into every prompt as it is, as in the reference; a longer one is chosen from. */
    static final int WHOLE_LIST = 5;

    /** Most hotwords of a segment; the best ones are taken. */
    static final int MAX_WORDS = 32;

    private final LoadedModel model;
    private final PromptRequest plain;
    private final Hotwords words;
    private final HotwordSelector selector;
    private final int budgetTokens;

    /**
     * A segment's prompt.
     *
     * @param words hotwords in it
     * @param prefixIds its part before the audio
     */
    record Choice(List<String> words, int[] prefixIds) {}

    /**
     * @param plain the prompt without hotwords
     * @param budgetTokens for the hotwords of one segment with their separators
     */
    HotwordPrompts(LoadedModel model, CtcTokenizer ctcTokenizer, PromptRequest plain, Hotwords words, int budgetTokens) {
        this.model = model;
        this.plain = plain;
        this.words = words;
        this.budgetTokens = budgetTokens;
        this.selector = new HotwordSelector(words.words(),
                id -> id < ctcTokenizer.rankCount() ? ctcTokenizer.bytes(id) : new byte[0]);
    }

    /** The prompt of the segment of which the CTC branch heard this. */
    Choice choose(CtcTopK heard) {
        List<String> best = selector.select(heard, MAX_WORDS).stream().map(HotwordMatch::word).toList();
        Set<String> fitting = new HashSet<>(
                new Hotwords(best, List.of()).within(model::hotwordTokens, budgetTokens).words());
        List<String> chosen = words.words().stream().filter(fitting::contains).toList();
        return new Choice(chosen, prefix(chosen));
    }

    /** Most positions that a prefix can take. */
    int longestPrefix() {
        String shortest = words.words().stream().min(Comparator.comparingInt(String::length)).orElseThrow();
        return prefix(List.of(shortest)).length + budgetTokens;
    }

    private int[] prefix(List<String> hotwords) {
        return model.promptBuilder.build(new PromptRequest(hotwords, plain.language(), plain.textNormalization(),
                plain.previousText())).prefixIds();
    }
}
