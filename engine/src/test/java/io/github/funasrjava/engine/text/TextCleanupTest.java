package io.github.funasrjava.engine.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TextCleanupTest {
    @Test
    void joinsEveryKindOfWhiteSpaceThatPythonKnows() {
        assertEquals("a b", TextCleanup.text("a \t\n\u000B\f\r\u001C\u001D\u001E\u001F\u0085\u00A0\u1680\u2000\u200A\u2028\u2029"
                + "\u202F\u205F\u3000b"));
        assertEquals("a\u200Bb\u180E\uFEFF", TextCleanup.text("a\u200Bb\u180E\uFEFF"));
    }

    @Test
    void turnsTheSilenceMarkIntoASpaceBeforeJoining() {
        assertEquals("a b ", TextCleanup.text("a /sil b/sil"));
    }

    @Test
    void keepsLettersNumbersAndUnderscoreOfAllScriptsOnly() {
        assertEquals("Zürich ²½Ⅷ٣_ 한국어日本", TextCleanup.textWithoutPunctuation("Zürich! ²½Ⅷ٣_ (한국어)，「日本」…👍"));
        assertEquals("ह क", TextCleanup.textWithoutPunctuation("हि क्"), "combining marks are not word characters in Python");
        assertEquals("𠀀", TextCleanup.textWithoutPunctuation("𠀀😀"));
    }

    @Test
    void countsExactlyPythonsSpaces() {
        int spaces = 0;
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            spaces += PythonText.isSpace(c) ? 1 : 0;
        }
        assertEquals(29, spaces, "sum(chr(c).isspace() for c in range(0x110000)) in Python");
        assertTrue(PythonText.isSpace(0x1F));
        assertFalse(PythonText.isSpace(0x200B));
    }
}
