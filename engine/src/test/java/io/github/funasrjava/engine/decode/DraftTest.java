package io.github.funasrjava.engine.decode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DraftTest {
    /** One token per character, so that the alignment can be read. */
    private static TextDraft draft(String text) {
        return new TextDraft(text, t -> t.chars().toArray(), ids -> text(ids));
    }

    private static String text(int[] ids) {
        StringBuilder out = new StringBuilder();
        Arrays.stream(ids).forEach(id -> out.append((char) id));
        return out.toString();
    }

    private static TokenList tokens(String text) {
        TokenList list = new TokenList();
        text.chars().forEach(list::add);
        return list;
    }

    @Test
    void proposesTheTextFromTheBeginning() {
        assertEquals("call J", text(draft("call John").propose(tokens(""), 6)));
    }

    @Test
    void goesOnWhereTheDecoderFollowed() {
        assertEquals("John", text(draft("call John").propose(tokens("call "), 16)));
    }

    @Test
    void alignsOnLettersWhereCaseAndPunctuationDiffer() {
        assertEquals(" the light", text(draft("turn on the light").propose(tokens("Turn, on"), 16)));
    }

    @Test
    void goesOnBehindASubstitutedLetter() {
        assertEquals("erine now", text(draft("call catherine now").propose(tokens("call kath"), 16)));
    }

    @Test
    void goesOnBehindAWordThatTheDraftMisses() {
        TextDraft draft = draft("turn on the light the garage");
        TokenList said = tokens("turn on the light in");
        assertEquals(" the garage", text(draft.propose(said, 16)));
        for (char c : " the".toCharArray()) {
            said.add(c);
        }
        assertEquals(" garage", text(draft.propose(said, 16)));
    }

    @Test
    void proposesNothingBehindItsEnd() {
        assertArrayEquals(new int[0], draft("yes").propose(tokens("yes"), 16));
        assertArrayEquals(new int[0], draft("").propose(tokens("anything"), 16));
    }

    @Test
    void corruptsTheStatedShareEvenly() {
        int[] truth = new int[100];
        Arrays.fill(truth, 5);
        int[] proposed = new CorruptedDraft(truth, 0.8).propose(new TokenList(), 100);
        assertEquals(20, Arrays.stream(proposed).filter(id -> id != 5).count());
        assertEquals(4, Arrays.stream(proposed, 0, 20).filter(id -> id != 5).count());
        assertArrayEquals(truth, new CorruptedDraft(truth, 1).propose(new TokenList(), 100));
        assertThrows(IllegalArgumentException.class, () -> new CorruptedDraft(truth, Double.NaN));
    }
}
