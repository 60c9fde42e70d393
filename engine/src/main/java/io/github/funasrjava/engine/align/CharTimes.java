package io.github.funasrjava.engine.align;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * When each character of a text is said, per UTF-16 unit; NaN where nothing is known. A token of several characters
 * is shared out evenly among their bytes, white space not counted.
 */
final class CharTimes {
    final String text;
    final double[] startMs;
    final double[] endMs;
    final double[] score;

    private CharTimes(String text) {
        this.text = text;
        startMs = new double[text.length()];
        endMs = new double[text.length()];
        score = new double[text.length()];
        Arrays.fill(startMs, Double.NaN);
        Arrays.fill(endMs, Double.NaN);
    }

    /** Times of a text from the alignment of its own tokens; all unknown when the tokens are not the text's. */
    static CharTimes ofTokens(String text, List<AlignedToken> tokens, IntFunction<byte[]> bytesOf) {
        CharTimes times = new CharTimes(text);
        int[] charOfByte = charOfByte(text);
        int total = tokens.stream().mapToInt(t -> bytesOf.apply(t.token()).length).sum();
        if (total != charOfByte.length) {
            return times;
        }
        int at = 0;
        for (AlignedToken token : tokens) {
            int end = at + bytesOf.apply(token.token()).length;
            times.share(token, charOfByte, at, end);
            at = end;
        }
        times.fillSurrogates();
        return times;
    }

    /** Times of another writing of the same speech: letters are paired by edit distance, the rest stays unknown. */
    CharTimes onto(String other) {
        CharTimes times = new CharTimes(other);
        for (int[] pair : LetterPairs.of(text, other)) {
            times.startMs[pair[1]] = startMs[pair[0]];
            times.endMs[pair[1]] = endMs[pair[0]];
            times.score[pair[1]] = score[pair[0]];
        }
        times.fillSurrogates();
        return times;
    }

    private void share(AlignedToken token, int[] charOfByte, int from, int to) {
        int sounding = 0;
        for (int b = from; b < to; b++) {
            sounding += Character.isWhitespace(text.charAt(charOfByte[b])) ? 0 : 1;
        }
        double begin = token.startFrame() * (double) AlignedToken.FRAME_MS;
        double each = (token.endFrame() * (double) AlignedToken.FRAME_MS - begin) / Math.max(1, sounding);
        int done = 0;
        for (int b = from; b < to; b++) {
            int c = charOfByte[b];
            boolean known = !Double.isNaN(startMs[c]);
            startMs[c] = known ? startMs[c] : begin + done * each;
            done += Character.isWhitespace(text.charAt(c)) ? 0 : 1;
            endMs[c] = begin + done * each;
            // A character whose bytes are spread over tokens is as sure as its weakest part.
            score[c] = known ? Math.min(score[c], token.score()) : token.score();
        }
    }

    private void fillSurrogates() {
        for (int i = 1; i < text.length(); i++) {
            if (Character.isLowSurrogate(text.charAt(i)) && Character.isHighSurrogate(text.charAt(i - 1))) {
                startMs[i] = startMs[i - 1];
                endMs[i] = endMs[i - 1];
                score[i] = score[i - 1];
            }
        }
    }

    /** For each byte of the text's UTF-8 form the index of its character. */
    private static int[] charOfByte(String text) {
        int[] chars = new int[text.length() * 3];
        int used = 0;
        for (int i = 0; i < text.length();) {
            int c = text.codePointAt(i);
            int length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
            for (int n = 0; n < length; n++) {
                chars[used++] = i;
            }
            i += Character.charCount(c);
        }
        return Arrays.copyOf(chars, used);
    }
}
