package io.github.funasrjava.engine.align;

/** How alike two writings of the same speech are, whatever their case, accents, spaces and punctuation. */
public final class TextAgreement {
    private TextAgreement() {}

    /** 1 for the same letters and digits, 0 for nothing in common: 1 less the edits per letter of the longer one. */
    public static double of(String a, String b) {
        int[] lettersA = letters(a);
        int[] lettersB = letters(b);
        int longer = Math.max(lettersA.length, lettersB.length);
        return longer == 0 ? 1 : 1 - distance(lettersA, lettersB) / (double) longer;
    }

    private static int[] letters(String text) {
        return Letters.folded(text).codePoints().filter(Letters::isLetter).toArray();
    }

    private static int distance(int[] a, int[] b) {
        int[] row = new int[b.length + 1];
        for (int j = 0; j <= b.length; j++) {
            row[j] = j;
        }
        for (int letter : a) {
            int diagonal = row[0]++;
            for (int j = 1; j <= b.length; j++) {
                int substituted = diagonal + (b[j - 1] == letter ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length];
    }
}
