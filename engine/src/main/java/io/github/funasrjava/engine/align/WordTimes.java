package io.github.funasrjava.engine.align;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Times of the words of a text, from aligned CTC tokens. */
public final class WordTimes {
    private WordTimes() {}

    /**
     * Times of a text whose own tokens were aligned.
     *
     * @param text the text that was encoded
     * @param tokens {@link ForcedAlignment} of its ids
     * @param bytesOf bytes of a token, {@code CtcTokenizer::bytes}
     * @return its words in order, not overlapping; none when the tokens are not the text's
     */
    public static List<TimedWord> of(String text, List<AlignedToken> tokens, IntFunction<byte[]> bytesOf) {
        return tokens.isEmpty() ? List.of() : words(CharTimes.ofTokens(text, tokens, bytesOf), Double.NaN);
    }

    /**
     * Times of a text from the alignment of what the CTC branch itself heard. For texts that cannot be aligned
     * directly, because they have more tokens than there are frames.
     *
     * @param text the final text
     * @param heard the CTC branch's text
     * @param heardTokens {@link ForcedAlignment} of its ids
     * @param bytesOf bytes of a token
     * @param audioMs length of the audio
     * @return the words of {@code text}; a word of which no letter was heard lies between its neighbours, score 0. None
     *     when nothing was heard
     */
    public static List<TimedWord> transferred(String text, String heard, List<AlignedToken> heardTokens,
            IntFunction<byte[]> bytesOf, double audioMs) {
        return heardTokens.isEmpty() ? List.of()
                : words(CharTimes.ofTokens(heard, heardTokens, bytesOf).onto(text), audioMs);
    }

    private static List<TimedWord> words(CharTimes times, double audioMs) {
        List<TextSpan> spans = WordSplitter.split(times.text);
        double[] start = new double[spans.size()];
        double[] end = new double[spans.size()];
        double[] score = new double[spans.size()];
        boolean anyKnown = false;
        for (int w = 0; w < spans.size(); w++) {
            measure(times, spans.get(w), start, end, score, w);
            anyKnown |= !Double.isNaN(start[w]);
        }
        if (!anyKnown) {
            return List.of();
        }
        bound(start, end, audioMs);
        List<TimedWord> words = new ArrayList<>();
        for (int w = 0; w < spans.size(); w++) {
            words.add(new TimedWord(spans.get(w).from(), spans.get(w).to(), Math.round(start[w]), Math.round(end[w]), score[w]));
        }
        return words;
    }

    /** Time of a word: that of its letters; of its punctuation when it has no letters. */
    private static void measure(CharTimes times, TextSpan span, double[] start, double[] end, double[] score, int w) {
        start[w] = Double.NaN;
        end[w] = Double.NaN;
        for (boolean silentToo : new boolean[] {false, true}) {
            int counted = 0;
            double sum = 0;
            for (int i = span.from(); i < span.to(); i += Character.charCount(times.text.codePointAt(i))) {
                boolean counts = (silentToo || !WordSplitter.isSilent(times.text.codePointAt(i)))
                        && !Double.isNaN(times.startMs[i]);
                if (counts) {
                    start[w] = counted == 0 ? times.startMs[i] : start[w];
                    end[w] = times.endMs[i];
                    sum += times.score[i];
                    counted++;
                }
            }
            if (counted > 0) {
                score[w] = sum / counted;
                return;
            }
        }
    }

    /** Words without a time share the gap between the words around them evenly. */
    private static void bound(double[] start, double[] end, double audioMs) {
        for (int w = 0; w < start.length; w++) {
            if (!Double.isNaN(start[w])) {
                continue;
            }
            int after = w;
            while (after < start.length && Double.isNaN(start[after])) {
                after++;
            }
            double from = w == 0 ? 0 : end[w - 1];
            double to = after < start.length ? start[after] : Double.isNaN(audioMs) ? from : Math.max(from, audioMs);
            double each = (to - from) / (after - w);
            for (int i = w; i < after; i++) {
                start[i] = from + (i - w) * each;
                end[i] = from + (i - w + 1) * each;
            }
        }
    }
}
