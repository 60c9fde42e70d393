package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.InventedText.Verdict;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class InventedTextTest {
    private static Verdict judge(String text, double confidence, String heard, double blankShare) {
        return InventedText.judge(text, OptionalDouble.of(confidence), Optional.of(new CtcHearing(heard, blankShare)));
    }

    @Test
    void rejectsWordsWhereTheCtcBranchHeardNothing() {
        assertEquals(Verdict.INVENTED, judge("嗯。", 0.95, "", 1));
        assertEquals(Verdict.INVENTED, judge("I am not sure.", 0.8, "。", 0.97));
        assertEquals(Verdict.INVENTED, judge("I am not sure.", 0.8, "<|BGM|><|/BGM|>", 0.97));
    }

    @Test
    void rejectsAGuessThatTheCtcBranchHeardOtherwise() {
        assertEquals(Verdict.INVENTED, judge("Turn on the light.", 0.6, "call 5", 0.9));
        assertEquals(Verdict.UNCERTAIN, judge("Turn on the light.", 0.8, "call 5", 0.9));
    }

    @Test
    void keepsWhatBothHeardAndFlagsIfTheDecoderIsUnsure() {
        assertEquals(Verdict.HEARD, judge("Turn on the light.", 0.8, "turn on a light", 0.9));
        assertEquals(Verdict.UNCERTAIN, judge("打开客厅的灯。", 0.5, "打开客厅灯", 0.8));
    }

    @Test
    void asksForASecondAttemptWhereBothHeardWordsButNotTheSame() {
        Optional<CtcHearing> other = Optional.of(new CtcHearing("play some play some play some jazz music", 0.7));
        assertTrue(InventedText.contradicted("Call Sara.", OptionalDouble.of(0.6), other));
        assertFalse(InventedText.contradicted("Call Sara.", OptionalDouble.of(0.95), other));
        assertFalse(InventedText.contradicted("Call Sara.", OptionalDouble.of(0.6), Optional.of(new CtcHearing("", 1))));
        assertFalse(InventedText.contradicted("Call Sara.", OptionalDouble.of(0.6), Optional.empty()));
        assertFalse(InventedText.contradicted("Call Sara.", OptionalDouble.of(0.6), Optional.of(new CtcHearing("k ca ink ink", 0))));
    }

    @Test
    void keepsSpokenFormsOfNumbersThatTheCtcBranchWritesAsDigits() {
        assertEquals(Verdict.HEARD, judge("call five five one two", 0.95, "Call 5512.", 0.8));
    }

    @Test
    void doesNotTrustABranchThatIsNeverBlank() {
        assertEquals(Verdict.UNCERTAIN, judge("Turn on the light.", 0.3, "&", 0));
        assertEquals(Verdict.UNCERTAIN, judge("Turn on the light.", 0.3, "k ca ink ink", 0.1));
    }

    @Test
    void withoutCtcBranchAGuessIsFlaggedAndKept() {
        assertEquals(Verdict.UNCERTAIN, InventedText.judge("嗯。", OptionalDouble.of(0.5), Optional.empty()));
        assertEquals(Verdict.HEARD, InventedText.judge("嗯。", OptionalDouble.of(0.9), Optional.empty()));
        assertEquals(Verdict.HEARD, InventedText.judge("嗯。", OptionalDouble.empty(), Optional.empty()));
    }

    @Test
    void hasNothingAgainstEmptyText() {
        assertEquals(Verdict.HEARD, judge("", 1, "", 1));
        assertEquals(Verdict.HEARD, judge(" 。", 0.1, "", 1));
    }
}
