package io.github.funasrjava.engine;

import java.util.List;
import java.util.Optional;

/**
 * The text of one stretch of speech.
 *
 * @param startMs begin in the input, milliseconds
 * @param endMs end in the input, milliseconds
 * @param text cleaned text
 * @param textWithoutPunctuation the raw answer without characters other than letters, digits, underscore and space
 *     (the reference calls it {@code text_tn})
 * @param tokens generated tokens without the end token
 * @param words words with times, empty unless they were asked for
 * @param ctcText what the CTC branch reads, when the model has one and it was asked
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
        FinishReason finishReason,
        int audioTokens,
        List<Warning> warnings) {
    public SegmentTranscript {
        tokens = List.copyOf(tokens);
        words = List.copyOf(words);
        warnings = List.copyOf(warnings);
    }

    /** Mean natural logarithm of the tokens' probabilities; 0 when there are none. */
    public double meanLogProbability() {
        return tokens.stream().mapToDouble(TranscriptToken::logProbability).average().orElse(0);
    }
}
