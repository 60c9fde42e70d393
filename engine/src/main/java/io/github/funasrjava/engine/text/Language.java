package io.github.funasrjava.engine.text;

import java.util.Objects;

/**
 * A language that a model was trained to be told.
 *
 * @param code ISO 639 code, such as {@code zh}
 * @param promptName its name in the prompt, in Chinese, such as {@code 中文}
 * @param englishName its name for people, such as {@code Chinese}
 */
public record Language(String code, String promptName, String englishName) {
    /** Checks that no name is missing. */
    public Language {
        Objects.requireNonNull(code);
        Objects.requireNonNull(promptName);
        Objects.requireNonNull(englishName);
    }
}
