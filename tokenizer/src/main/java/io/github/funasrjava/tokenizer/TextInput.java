package io.github.funasrjava.tokenizer;

import static io.github.funasrjava.tokenizer.TokenizerException.Kind.TEXT_TOO_LONG;

/** What every text goes through before it is encoded. */
final class TextInput {
    private TextInput() {}

    /** Refuses texts above the limit and replaces lone surrogates, which no UTF-8 can carry, by U+FFFD. */
    static String checked(String text, int maxChars) {
        if (text.length() > maxChars) {
            throw new TokenizerException(TEXT_TOO_LONG, "the text has " + text.length()
                    + " characters; at most " + maxChars + " can be tokenised at once, split it");
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return wellFormed(text);
            }
        }
        return text;
    }

    private static String wellFormed(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> out.appendCodePoint(
                c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c));
        return out.toString();
    }
}
