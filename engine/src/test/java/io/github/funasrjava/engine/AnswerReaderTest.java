package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.decode.Generation;
import io.github.funasrjava.engine.text.Language;
import io.github.funasrjava.engine.text.LanguageTable;
import io.github.funasrjava.engine.vad.SpeechSegment;
import io.github.funasrjava.tokenizer.QwenTokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What readers are told of an answer: partial texts, loops, languages, confidence. */
class AnswerReaderTest {
    private static final QwenTokenizer TOKENIZER =
            QwenTokenizer.load(Path.of("src/test/resources/golden/tiny-nano-ctc/model/Qwen3-0.6B"));

    private static SegmentTranscript read(String text, FinishReason reason, String language, float logProbability) {
        return read(TOKENIZER.encodeOrdinary(text), reason, LanguageTable.MLT.resolve(language), logProbability);
    }

    private static SegmentTranscript read(int[] tokens, FinishReason reason, Optional<Language> language, float logProbability) {
        return read(tokens, reason, language, logProbability, Optional.empty());
    }

    private static SegmentTranscript read(int[] tokens, FinishReason reason, Optional<Language> language, float logProbability,
            Optional<CtcHearing> ctc) {
        float[] logProbabilities = new float[tokens.length];
        Arrays.fill(logProbabilities, logProbability);
        Generation generation = new Generation(tokens, logProbabilities, reason, 0, 0, tokens.length);
        return new AnswerReader(TOKENIZER, false, language).read(new SpeechSegment(1000, 3000), new Recognizer.Answer(
                generation, TOKENIZER.decode(tokens, true), List.of(), ctc, List.of(), 5));
    }

    private static List<String> codes(SegmentTranscript segment) {
        return segment.warnings().stream().map(Warning::code).toList();
    }

    @Test
    void row50TextThatReachedTheTokenLimitIsKeptAndFlagged() {
        SegmentTranscript segment = read("Turn on the li", FinishReason.LENGTH, "auto", -0.01f);
        assertEquals("Turn on the li", segment.text());
        assertEquals(FinishReason.LENGTH, segment.finishReason());
        assertEquals(List.of("length_limit"), codes(segment));
    }

    @Test
    void wordsThatAreLeftOutSayWhetherTheCtcBranchHeardNothingOrSomethingElse() {
        int[] tokens = TOKENIZER.encodeOrdinary("Turn on the light.");
        float guess = (float) Math.log(0.6);
        SegmentTranscript nothing = read(tokens, FinishReason.STOP, Optional.empty(), guess, Optional.of(new CtcHearing("", 1)));
        SegmentTranscript other = read(tokens, FinishReason.STOP, Optional.empty(), guess, Optional.of(new CtcHearing("call 5", 0.9)));
        for (SegmentTranscript segment : List.of(nothing, other)) {
            assertEquals("", segment.text());
            assertEquals(FinishReason.NO_SPEECH, segment.finishReason());
            assertEquals(List.of("no_speech"), codes(segment));
        }
        assertTrue(nothing.warnings().getFirst().message().contains("heard no speech"), nothing.toString());
        assertTrue(other.warnings().getFirst().message().contains("heard others"), other.toString());
        assertEquals(Optional.of("call 5"), other.ctcText());
    }

    @Test
    void row46RepetitionThatStaysIsCutAndFlagged() {
        SegmentTranscript segment = read("Turn on the light.", FinishReason.REPETITION, "auto", -0.01f);
        assertEquals("Turn on the light.", segment.text());
        assertEquals(List.of("repetition"), codes(segment));
    }

    @Test
    void row49TextInAnotherScriptThanTheLanguageAskedForIsFlagged() {
        assertEquals(List.of("language_mismatch"), codes(read("打开客厅的灯。", FinishReason.STOP, "en", -0.01f)));
        assertEquals(List.of(), codes(read("打开客厅的灯。", FinishReason.STOP, "zh", -0.01f)));
        assertEquals(List.of(), codes(read("打开客厅的灯。", FinishReason.STOP, "auto", -0.01f)));
    }

    @Test
    void row51PiecesOfTokensHoldBackTheBytesOfAnIncompleteCharacter() {
        String text = "打开😀 café, 章玮";
        int[] tokens = TOKENIZER.encodeOrdinary(text);
        assertTrue(tokens.length > text.codePointCount(0, text.length()), "some characters take several tokens");
        SegmentTranscript segment = read(tokens, FinishReason.STOP, Optional.empty(), -0.01f);
        StringBuilder shown = new StringBuilder();
        for (TranscriptToken token : segment.tokens()) {
            shown.append(token.text());
            assertFalse(shown.indexOf("\uFFFD") >= 0, shown.toString());
            assertTrue(text.startsWith(shown.toString()), shown.toString());
        }
        assertEquals(text, shown.toString());
    }

    @Test
    void wordsTokensAndSegmentHaveTheConfidenceOfTheirTokens() {
        SegmentTranscript segment = read("Turn on", FinishReason.STOP, "auto", (float) Math.log(0.8));
        assertEquals(List.of("Turn", "on"), segment.words().stream().map(Word::text).toList());
        assertEquals(0.8, segment.words().getFirst().confidence().orElseThrow(), 1e-6);
        assertEquals(0.8, segment.tokens().getFirst().confidence().orElseThrow(), 1e-6);
        assertEquals(0.8, segment.confidence().orElseThrow(), 1e-6);
        assertTrue(segment.words().stream().allMatch(word -> word.time().isEmpty()), "times are never invented");
    }

    @Test
    void confidenceThatIsNotKnownIsAbsent() {
        SegmentTranscript segment = read("Turn on", FinishReason.STOP, "auto", Float.NaN);
        assertTrue(segment.words().stream().allMatch(word -> word.confidence().isEmpty()), segment.toString());
        assertTrue(segment.tokens().stream().allMatch(token -> token.confidence().isEmpty()), segment.toString());
        assertTrue(segment.confidence().isEmpty());
        assertTrue(read("", FinishReason.STOP, "auto", 0).confidence().isEmpty());
    }
}
