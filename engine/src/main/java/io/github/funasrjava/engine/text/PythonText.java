package io.github.funasrjava.engine.text;

/** Character classes of Python's {@code re} for text, on which the reference's clean-up is built. */
final class PythonText {
    private PythonText() {}

    /** {@code \s}: Unicode White_Space and the separators U+001C to U+001F. */
    static boolean isSpace(int c) {
        return c >= '\t' && c <= '\r' || c >= 0x1C && c <= ' ' || c == 0x85 || c == 0xA0 || c == 0x1680
                || c >= 0x2000 && c <= 0x200A || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
    }

    /** {@code \w}: letters, numbers of all kinds and the underscore; combining marks are not among them. */
    static boolean isWord(int c) {
        return switch (Character.getType(c)) {
            case Character.UPPERCASE_LETTER, Character.LOWERCASE_LETTER, Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER, Character.OTHER_LETTER, Character.DECIMAL_DIGIT_NUMBER,
                    Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
            default -> c == '_';
        };
    }
}
