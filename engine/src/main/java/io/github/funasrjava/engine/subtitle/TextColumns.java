package io.github.funasrjava.engine.subtitle;

/** Width of text in columns of a fixed-pitch line: East Asian wide characters two, combining ones none, others one. */
final class TextColumns {
    /** Ranges of wide characters (Unicode East_Asian_Width W and F, whole blocks). */
    private static final int[] WIDE = {
        0x1100, 0x115F, 0x2E80, 0x303E, 0x3041, 0xA4CF, 0xA960, 0xA97C, 0xAC00, 0xD7A3, 0xF900, 0xFAFF, 0xFE30, 0xFE6F,
        0xFF01, 0xFF60, 0xFFE0, 0xFFE6, 0x1B000, 0x1B2FF, 0x1F300, 0x1F64F, 0x1F680, 0x1F6FF, 0x1F900, 0x1F9FF,
        0x20000, 0x3FFFD};

    private TextColumns() {}

    static int of(int codePoint) {
        switch (Character.getType(codePoint)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT -> {
                return 0;
            }
            default -> {
                for (int i = 0; i < WIDE.length && WIDE[i] <= codePoint; i += 2) {
                    if (codePoint <= WIDE[i + 1]) {
                        return 2;
                    }
                }
                return 1;
            }
        }
    }

    static int of(String text) {
        return text.codePoints().map(TextColumns::of).sum();
    }

    /** Columns before each index of the text; {@code sums[to] - sums[from]} is the width of a part. */
    static int[] sums(String text) {
        int[] sums = new int[text.length() + 1];
        for (int i = 0; i < text.length();) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            for (int n = i + 1; n <= next; n++) {
                sums[n] = sums[i] + of(c);
            }
            i = next;
        }
        return sums;
    }
}
