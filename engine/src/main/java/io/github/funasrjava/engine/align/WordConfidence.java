package io.github.funasrjava.engine.align;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How sure the decoder is of each word of a text: the geometric mean of the probabilities of the tokens that the word
 * is made of.
 */
public final class WordConfidence {
    private static final String SILENCE = "/sil";

    private WordConfidence() {}

    /**
     * Confidence per word, 0 to 1.
     *
     * @param text the cleaned text of the answer
     * @param words its words, {@link WordSplitter#split}
     * @param pieces what each token added to the answer: the strings of a streaming decoder, one per token, empty while
     *     a character is incomplete
     * @param logProbabilities natural logarithms, one per token
     * @throws IllegalArgumentException when the tokens are not the text's
     */
    public static double[] of(String text, List<TextSpan> words, List<String> pieces, float[] logProbabilities) {
        if (pieces.size() != logProbabilities.length) {
            throw new IllegalArgumentException(pieces.size() + " tokens but " + logProbabilities.length + " probabilities");
        }
        List<int[]> tokensOfChar = tokensOfSoundingChars(pieces);
        double[] confidence = new double[words.size()];
        int at = 0;
        for (int w = 0; w < words.size(); w++) {
            int first = at;
            for (int i = words.get(w).from(); i < words.get(w).to(); i++) {
                at += isGap(text.charAt(i)) ? 0 : 1;
            }
            if (at > tokensOfChar.size()) {
                throw new IllegalArgumentException("the tokens do not make the text");
            }
            confidence[w] = first == at ? 0
                    : meanProbability(logProbabilities, tokensOfChar.get(first)[0], tokensOfChar.get(at - 1)[1]);
        }
        return confidence;
    }

    /** First and last token of every UTF-16 unit of the answer that clean-up keeps. */
    private static List<int[]> tokensOfSoundingChars(List<String> pieces) {
        String answer = String.join("", pieces);
        boolean[] dropped = new boolean[answer.length()];
        for (int i = answer.indexOf(SILENCE); i >= 0; i = answer.indexOf(SILENCE, i + SILENCE.length())) {
            Arrays.fill(dropped, i, i + SILENCE.length(), true);
        }
        List<int[]> tokens = new ArrayList<>();
        int begin = 0;
        int at = 0;
        for (int token = 0; token < pieces.size(); token++) {
            for (int i = 0; i < pieces.get(token).length(); i++, at++) {
                if (!dropped[at] && !isGap(answer.charAt(at))) {
                    // Only the first character of a piece can have begun in the tokens before.
                    tokens.add(new int[] {i == 0 ? begin : token, token});
                }
            }
            begin = pieces.get(token).isEmpty() ? begin : token + 1;
        }
        return tokens;
    }

    private static double meanProbability(float[] logProbabilities, int first, int last) {
        double sum = 0;
        for (int i = first; i <= last; i++) {
            sum += logProbabilities[i];
        }
        return Math.exp(sum / (last - first + 1));
    }

    /** White space, which clean-up changes, and control characters: what {@link WordSplitter} leaves out of words. */
    private static boolean isGap(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || Character.isISOControl(c);
    }
}
