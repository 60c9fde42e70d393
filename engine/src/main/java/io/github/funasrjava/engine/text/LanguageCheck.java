package io.github.funasrjava.engine.text;

import io.github.funasrjava.engine.align.TextSpan;
import io.github.funasrjava.engine.align.WordSplitter;
import java.lang.Character.UnicodeScript;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Whether a text is in the language that was asked for, as far as the script tells: Chinese for English is noticed,
 * Dutch for English is not. English words are at home in any language, so they have to outweigh the rest; letters of
 * another script do not.
 */
public final class LanguageCheck {
    private static final Set<UnicodeScript> LATIN = EnumSet.of(UnicodeScript.LATIN);

    /** Scripts of the languages that are not written in Latin letters. */
    private static final Map<String, Set<UnicodeScript>> SCRIPTS = Map.of(
            "zh", EnumSet.of(UnicodeScript.HAN, UnicodeScript.BOPOMOFO),
            "yue", EnumSet.of(UnicodeScript.HAN, UnicodeScript.BOPOMOFO),
            "ja", EnumSet.of(UnicodeScript.HAN, UnicodeScript.HIRAGANA, UnicodeScript.KATAKANA),
            "ko", EnumSet.of(UnicodeScript.HANGUL, UnicodeScript.HAN),
            "th", EnumSet.of(UnicodeScript.THAI),
            "ar", EnumSet.of(UnicodeScript.ARABIC),
            "hi", EnumSet.of(UnicodeScript.DEVANAGARI),
            "bg", EnumSet.of(UnicodeScript.CYRILLIC),
            "el", EnumSet.of(UnicodeScript.GREEK));

    /** Fewer words of another script may be a name. */
    private static final int FEWEST_WORDS = 2;
    private static final double MOST_LATIN = 0.5;
    private static final double MOST_FOREIGN = 0.2;

    /** So many Chinese characters without any kana are not Japanese. */
    private static final int HAN_WITHOUT_KANA = 12;

    private LanguageCheck() {}

    /** What contradicts the language, as a clause; empty when nothing does. */
    public static Optional<String> contradiction(Language language, String text) {
        Set<UnicodeScript> expected = SCRIPTS.getOrDefault(language.code(), LATIN);
        int words = 0;
        int latin = 0;
        int foreign = 0;
        int kana = 0;
        for (TextSpan span : WordSplitter.split(text)) {
            Optional<UnicodeScript> script = script(span.of(text));
            if (script.isEmpty()) {
                continue;
            }
            words++;
            kana += script.get() == UnicodeScript.HIRAGANA || script.get() == UnicodeScript.KATAKANA ? 1 : 0;
            if (!expected.contains(script.get())) {
                latin += script.get() == UnicodeScript.LATIN ? 1 : 0;
                foreign += script.get() == UnicodeScript.LATIN ? 0 : 1;
            }
        }
        int others = latin + foreign;
        if (others >= FEWEST_WORDS && (others > MOST_LATIN * words || foreign > MOST_FOREIGN * words)) {
            return Optional.of(others + " of " + words + " words are not in the script of " + language.englishName());
        }
        if (language.code().equals("ja") && kana == 0 && words - others >= HAN_WITHOUT_KANA) {
            return Optional.of("it has " + (words - others) + " Chinese characters and no kana");
        }
        return Optional.empty();
    }

    /** Script of a word's first letter; digits and signs have none. */
    private static Optional<UnicodeScript> script(String word) {
        return word.codePoints().filter(Character::isLetter).mapToObj(UnicodeScript::of)
                .filter(script -> script != UnicodeScript.COMMON && script != UnicodeScript.INHERITED
                        && script != UnicodeScript.UNKNOWN).findFirst();
    }
}
