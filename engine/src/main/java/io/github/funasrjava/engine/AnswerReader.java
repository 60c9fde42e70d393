package io.github.funasrjava.engine;

import io.github.funasrjava.engine.align.TextSpan;
import io.github.funasrjava.engine.align.TimedWord;
import io.github.funasrjava.engine.align.WordConfidence;
import io.github.funasrjava.engine.align.WordSplitter;
import io.github.funasrjava.engine.decode.Generation;
import io.github.funasrjava.engine.text.Language;
import io.github.funasrjava.engine.text.LanguageCheck;
import io.github.funasrjava.engine.text.TextCleanup;
import io.github.funasrjava.engine.vad.SpeechSegment;
import io.github.funasrjava.tokenizer.QwenTokenizer;
import io.github.funasrjava.tokenizer.StreamingDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Makes of a decoder's answer what people read: text, words with confidence and times, and what to be warned of. */
final class AnswerReader {
    private final QwenTokenizer tokenizer;
    private final boolean wordTimes;
    private final Optional<Language> language;

    /**
     * @param wordTimes whether words were to get times
     * @param language the language that was asked for
     */
    AnswerReader(QwenTokenizer tokenizer, boolean wordTimes, Optional<Language> language) {
        this.tokenizer = tokenizer;
        this.wordTimes = wordTimes;
        this.language = language;
    }

    /** A segment that was not recognised because there is no speech in it. */
    static SegmentTranscript silence(SpeechSegment time) {
        return new SegmentTranscript(time.startMs(), time.endMs(), "", "", List.of(), List.of(), Optional.empty(), List.of(),
                FinishReason.NO_SPEECH, 0, List.of());
    }

    /** Whether the decoder and the CTC branch understood different things, so that shorter parts may be understood better. */
    static boolean contradicted(Recognizer.Answer answer) {
        return answer.generation().finishReason() != FinishReason.NUMERIC_ERROR && InventedText.contradicted(
                TextCleanup.text(answer.response()),
                SegmentTranscript.meanProbability(answer.generation().logProbabilities()), answer.ctc());
    }

    SegmentTranscript read(SpeechSegment time, Recognizer.Answer answer) {
        Generation generation = answer.generation();
        List<String> pieces = pieces(generation.tokens());
        List<TranscriptToken> tokens = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            tokens.add(new TranscriptToken(generation.tokens()[i], pieces.get(i), generation.logProbabilities()[i]));
        }
        String text = TextCleanup.text(answer.response());
        List<Word> words = words(time, text, pieces, answer);
        List<Warning> warnings = new ArrayList<>();
        switch (generation.finishReason() == FinishReason.NUMERIC_ERROR ? InventedText.Verdict.HEARD
                : InventedText.judge(text, SegmentTranscript.meanProbability(generation.logProbabilities()), answer.ctc())) {
            case HEARD -> { }
            case UNCERTAIN -> warnings.add(new Warning("no_speech_uncertain",
                    "the model is not sure of this text; there may be no speech here"));
            case INVENTED -> {
                return rejected(time, answer);
            }
        }
        stopped(generation.finishReason()).ifPresent(warnings::add);
        if (wordTimes && answer.words().isEmpty() && !words.isEmpty()) {
            warnings.add(new Warning("no_word_times",
                    "the text could not be aligned with what the CTC branch heard; its words have no times"));
        }
        language.flatMap(asked -> LanguageCheck.contradiction(asked, text)).ifPresent(contradiction ->
                warnings.add(new Warning("language_mismatch", "the text does not look like the language that was asked for: "
                        + contradiction)));
        return new SegmentTranscript(time.startMs(), time.endMs(), text,
                TextCleanup.textWithoutPunctuation(answer.response()), tokens, words,
                answer.ctc().map(CtcHearing::text), answer.hotwords(), generation.finishReason(),
                answer.audioTokens(), warnings);
    }

    private static SegmentTranscript rejected(SpeechSegment time, Recognizer.Answer answer) {
        return new SegmentTranscript(time.startMs(), time.endMs(), "", "", List.of(), List.of(),
                answer.ctc().map(CtcHearing::text), answer.hotwords(), FinishReason.NO_SPEECH, answer.audioTokens(),
                List.of(new Warning("no_speech", answer.ctc().filter(InventedText::heardWords).isPresent()
                        ? "the model's words were left out, because its CTC branch heard others and it is not sure of its own"
                        : "the model's words were left out, because its CTC branch heard no speech here")));
    }

    /** What each token adds to the answer; a character in several tokens comes with the last of them. */
    private List<String> pieces(int[] tokens) {
        StreamingDecoder decoder = tokenizer.streamingDecoder(true);
        List<String> pieces = new ArrayList<>();
        for (int token : tokens) {
            pieces.add(decoder.append(token));
        }
        String rest = decoder.finish();
        if (!rest.isEmpty()) {
            pieces.set(pieces.size() - 1, pieces.getLast() + rest);
        }
        return pieces;
    }

    private static List<Word> words(SpeechSegment time, String text, List<String> pieces, Recognizer.Answer answer) {
        List<TextSpan> spans = WordSplitter.split(text);
        double[] confidence = WordConfidence.of(text, spans, pieces, answer.generation().logProbabilities());
        List<Word> words = new ArrayList<>();
        for (int w = 0; w < spans.size(); w++) {
            words.add(new Word(spans.get(w).of(text),
                    Double.isNaN(confidence[w]) ? OptionalDouble.empty() : OptionalDouble.of(confidence[w]),
                    answer.words().isEmpty() ? Optional.empty() : Optional.of(shifted(answer.words().get(w), time.startMs()))));
        }
        return words;
    }

    private static WordTime shifted(TimedWord word, long byMs) {
        return new WordTime(byMs + word.startMs(), byMs + word.endMs(), word.score());
    }

    private static Optional<Warning> stopped(FinishReason reason) {
        return switch (reason) {
            case STOP, NO_SPEECH -> Optional.empty();
            case LENGTH -> Optional.of(new Warning("length_limit", "the token limit was reached; the text is incomplete"));
            case REPETITION -> Optional.of(new Warning("repetition",
                    "the model repeated itself and was stopped; the text is incomplete"));
            case NUMERIC_ERROR -> Optional.of(new Warning("numeric_error",
                    "the model's output was not a number; the text is what came before"));
        };
    }
}
