package io.github.funasrjava.engine.align;

import java.text.Normalizer;

/**
 * Text as sounds are compared: letters and digits without case, accents and width. Korean syllables fall apart into
 * their sounds. A letter's weight is what a wrong one costs: a Chinese character says more than a Latin letter, an h less.
 */
final class Letters {
    private static final float IDEOGRAPH = 2.5f;
    private static final float KANA = 1.5f;
    private static final float OFTEN_SILENT = 0.5f;

    private Letters() {}

    /** Decomposed and folded; spaces and punctuation are still there. */
    static String folded(String text) {
        StringBuilder out = new StringBuilder();
        Normalizer.normalize(text, Normalizer.Form.NFKD).codePoints()
                .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
                .map(c -> Character.toLowerCase(Character.toUpperCase(c)))
                .forEach(out::appendCodePoint);
        return out.toString();
    }

    static boolean isLetter(int c) {
        return Character.isLetterOrDigit(c);
    }

    /** Whether words are written without spaces around them. */
    static boolean standsAlone(int c) {
        return weight(c) > 1;
    }

    static float weight(int c) {
        if (Character.isIdeographic(c)) {
            return IDEOGRAPH;
        }
        if (c >= 0x3041 && c <= 0x30FF) {
            return KANA;
        }
        return c == 'h' ? OFTEN_SILENT : 1;
    }
}
