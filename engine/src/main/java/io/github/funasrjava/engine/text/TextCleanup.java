package io.github.funasrjava.engine.text;

/** From the decoder's answer to the text that people read (MODEL.md §8.4). */
public final class TextCleanup {
    private static final String SILENCE = "/sil";

    private TextCleanup() {}

    /** The answer with the silence mark as a space and every run of white space as one space; not trimmed. */
    public static String text(String response) {
        String spaced = response.replace(SILENCE, " ");
        StringBuilder out = new StringBuilder(spaced.length());
        boolean afterSpace = false;
        for (int i = 0; i < spaced.length(); i++) {
            boolean space = PythonText.isSpace(spaced.charAt(i));
            if (!space) {
                out.append(spaced.charAt(i));
            } else if (!afterSpace) {
                out.append(' ');
            }
            afterSpace = space;
        }
        return out.toString();
    }

    /** The answer without punctuation, as the reference's {@code text_tn}: word characters and white space only. */
    public static String textWithoutPunctuation(String response) {
        StringBuilder out = new StringBuilder(response.length());
        response.codePoints()
                .filter(c -> PythonText.isWord(c) || PythonText.isSpace(c) || c >= 0x4E00 && c <= 0x9FFF)
                .forEach(out::appendCodePoint);
        return out.toString();
    }
}
