package io.github.funasrjava.engine.align;

import java.util.ArrayList;
import java.util.List;

/** Pairs the letters and digits of two writings of the same speech by smallest edit distance, ignoring case. */
final class LetterPairs {
    /** Larger tables than this (two texts of 5,000 letters) are not worth their memory; nothing is paired then. */
    private static final long MAX_CELLS = 25_000_000;
    private static final int SUBSTITUTION = 3;
    private static final int GAP = 2;

    private LetterPairs() {}

    /** Pairs {index in a, index in b} of equal or substituted letters, increasing in both. */
    static List<int[]> of(String a, String b) {
        int[] lettersA = letters(a);
        int[] lettersB = letters(b);
        int n = lettersA.length;
        int m = lettersB.length;
        if ((n + 1L) * (m + 1L) > MAX_CELLS) {
            return List.of();
        }
        byte[][] step = new byte[n + 1][m + 1];
        int[] above = new int[m + 1];
        for (int j = 1; j <= m; j++) {
            above[j] = j * GAP;
            step[0][j] = 2;
        }
        for (int i = 1; i <= n; i++) {
            int[] row = new int[m + 1];
            row[0] = i * GAP;
            step[i][0] = 1;
            int letterA = fold(a.codePointAt(lettersA[i - 1]));
            for (int j = 1; j <= m; j++) {
                int diagonal = above[j - 1] + (letterA == fold(b.codePointAt(lettersB[j - 1])) ? 0 : SUBSTITUTION);
                int best = Math.min(diagonal, Math.min(above[j], row[j - 1]) + GAP);
                row[j] = best;
                step[i][j] = (byte) (best == diagonal ? 0 : best == above[j] + GAP ? 1 : 2);
            }
            above = row;
        }
        List<int[]> pairs = new ArrayList<>();
        for (int i = n, j = m; i > 0 || j > 0;) {
            switch (step[i][j]) {
                case 0 -> pairs.add(new int[] {lettersA[--i], lettersB[--j]});
                case 1 -> i--;
                default -> j--;
            }
        }
        return pairs.reversed();
    }

    private static int[] letters(String text) {
        List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            if (Character.isLetterOrDigit(text.codePointAt(i))) {
                indices.add(i);
            }
        }
        return indices.stream().mapToInt(i -> i).toArray();
    }

    private static int fold(int c) {
        return Character.toLowerCase(Character.toUpperCase(c));
    }
}
