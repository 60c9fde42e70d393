package io.github.funasrjava.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The text of one stretch of speech.
 *
 * @param startMs begin in the input, milliseconds
 * @param endMs end in the input, milliseconds
 * @param text cleaned text
 * @param textWithoutPunctuation the raw answer without characters other than letters, digits, underscore and space
 *     (the reference calls it {@code text_tn})
 * @param tokens generated tokens without the end token
 * @param words the words of the text in order, with times if these were asked for
 * @param ctcText what the CTC branch reads, when the model has one
 * @param hotwords the hotwords that the decoder was told of, in the order of the list
 * @param finishReason why decoding stopped
 * @param audioTokens audio positions that the decoder saw
 * @param warnings what the reader of this text must know
 */
public record SegmentTranscript(
        long startMs,
        long endMs,
        String text,
        String textWithoutPunctuation,
        List<TranscriptToken> tokens,
        List<Word> words,
        Optional<String> ctcText,
        List<String> hotwords,
        FinishReason finishReason,
        int audioTokens,
        List<Warning> warnings) {
    public SegmentTranscript {
        tokens = List.copyOf(tokens);
        words = List.copyOf(words);
        hotwords = List.copyOf(hotwords);
        warnings = List.copyOf(warnings);
    }

    /** Whether the words have times. */
    public boolean hasWordTimes() {
        return !words.isEmpty() && words.stream().allMatch(word -> word.time().isPresent());
    }

    /**
     * How sure the decoder is of the text, 0 to 1: the geometric mean of its tokens' probabilities. Empty without
     * tokens, and when one of them has no number.
     */
    public OptionalDouble confidence() {
        float[] logProbabilities = new float[tokens.size()];
        for (int i = 0; i < logProbabilities.length; i++) {
            logProbabilities[i] = tokens.get(i).logProbability();
        }
        return meanProbability(logProbabilities);
    }

    /** The geometric mean; empty without values and when one of them is not a number. */
    static OptionalDouble meanProbability(float[] logProbabilities) {
        double sum = 0;
        for (float one : logProbabilities) {
            sum += one;
        }
        double mean = sum / logProbabilities.length;
        return Double.isNaN(mean) ? OptionalDouble.empty() : OptionalDouble.of(Math.min(1, Math.exp(mean)));
    }

    /** This with one more warning. */
    SegmentTranscript withWarning(Warning warning) {
        List<Warning> more = new ArrayList<>(warnings);
        more.add(warning);
        return new SegmentTranscript(startMs, endMs, text, textWithoutPunctuation, tokens, words, ctcText, hotwords, finishReason,
                audioTokens, more);
    }
}
