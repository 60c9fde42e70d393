package io.github.funasrjava.tokenizer;

import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The patterns that cut text into pieces before byte pairs are merged. */
final class TextSplitter {
    /** Qwen2/Qwen3's pattern, as tokenizer.json states it. */
    static final String QWEN = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    /** GPT-2's and Whisper's pattern, which the CTC vocabulary uses. */
    static final String GPT2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    private TextSplitter() {}

    /**
     * Compiles one of the patterns. {@code \s} must be Unicode White_Space: without the flag U+00A0, U+0085, U+2028 and
     * U+3000 split wrongly, and {@code (?i:'s)} would miss U+017F.
     */
    static Pattern compile(String pattern) {
        return Pattern.compile(pattern, Pattern.UNICODE_CHARACTER_CLASS);
    }

    /** Hands out the pieces in order; the patterns leave nothing between them. */
    static void split(Pattern pattern, String text, Consumer<String> piece) {
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            piece.accept(matcher.group());
        }
    }
}
