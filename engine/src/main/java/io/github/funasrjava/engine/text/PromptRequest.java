package io.github.funasrjava.engine.text;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a prompt says.
 *
 * @param hotwords words to look out for, as {@link Hotwords} left them
 * @param language the language to tell the model; empty leaves it to the model
 * @param textNormalization whether numbers and punctuation come in written form
 * @param previousText text to continue from, usually empty
 */
public record PromptRequest(
        List<String> hotwords, Optional<Language> language, boolean textNormalization, String previousText) {
    /** No hotwords, no language, written form, from the beginning. */
    public static final PromptRequest DEFAULT = new PromptRequest(List.of(), Optional.empty(), true, "");

    /** Checks that nothing is missing. */
    public PromptRequest {
        hotwords = List.copyOf(hotwords);
        Objects.requireNonNull(language);
        Objects.requireNonNull(previousText);
    }
}
