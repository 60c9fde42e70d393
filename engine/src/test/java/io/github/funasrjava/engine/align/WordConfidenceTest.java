package io.github.funasrjava.engine.align;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.funasrjava.engine.text.TextCleanup;
import java.util.List;
import org.junit.jupiter.api.Test;

class WordConfidenceTest {
    private static final float HALF = (float) Math.log(0.5);
    private static final float EIGHTH = (float) Math.log(0.125);

    private static void check(double[] expected, List<String> pieces, float... logProbabilities) {
        String text = TextCleanup.text(String.join("", pieces));
        assertArrayEquals(expected, WordConfidence.of(text, WordSplitter.split(text), pieces, logProbabilities), 1e-6);
    }

    @Test
    void averagesTheTokensOfAWordGeometrically() {
        check(new double[] {1, 0.25}, List.of("Turn", " o", "ff"), 0, HALF, EIGHTH);
    }

    @Test
    void countsTheTokensOfAnIncompleteCharacterTowardsIt() {
        check(new double[] {0.25, 1}, List.of("", "灯", "a"), HALF, EIGHTH, 0);
    }

    @Test
    void looksThroughSpacesAndSilenceMarksThatCleanUpRemoves() {
        check(new double[] {1, 0.5, 0.125}, List.of("a ", " ", "/s", "il", "\n", "b", "\u00A0c"), 0, -9, -9, -9, -9, HALF, EIGHTH);
    }

    /** They part words like spaces; counted as letters they moved every later word's confidence to the word before. */
    @Test
    void looksThroughControlCharacters() {
        check(new double[] {1, 0.5, 0.125}, List.of("a", "\u0007", "b", " ", "c"), 0, -9, HALF, -9, EIGHTH);
    }

    @Test
    void acceptsAnEmptyAnswer() {
        check(new double[0], List.of());
        check(new double[0], List.of("/sil", " "), -1, -1);
    }

    @Test
    void refusesTokensOfAnotherText() {
        assertThrows(IllegalArgumentException.class,
                () -> WordConfidence.of("abc", WordSplitter.split("abc"), List.of("ab"), new float[1]));
        assertThrows(IllegalArgumentException.class,
                () -> WordConfidence.of("abc", WordSplitter.split("abc"), List.of("abc"), new float[2]));
    }
}
