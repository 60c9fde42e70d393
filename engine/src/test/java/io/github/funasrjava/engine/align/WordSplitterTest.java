package io.github.funasrjava.engine.align;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordSplitterTest {
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "Set a timer for 25 minutes.; Set|a|timer|for|25|minutes.",
        "定一个25分钟的闹钟。; 定|一|个|25|分|钟|的|闹|钟。",
        "It's 3.14, o'clock — e-mail me!; It's|3.14,|o'clock —|e-mail|me!",
        "你好，world！再见; 你|好，|world！|再|见",
        "he said \"hello there\" (twice).; he|said|\"hello|there\"|(twice).",
        "「東京タワー」は高い; 「東|京|タ|ワ|ー」|は|高|い",
        "¿Qué tal? ¡Bien!; ¿Qué|tal?|¡Bien!",
        "안녕하세요 반갑습니다.; 안녕하세요|반갑습니다.",
        "हिन्दी भाषा; हिन्दी|भाषा",
        "...; ...",
        "100% of R&D at 10:30; 100%|of|R&D|at|10:30",
        "iPhone手机(红色); iPhone|手|机|(红|色)",
        "𠀀𠀁a; 𠀀|𠀁|a",
        "что? да!нет; что?|да!|нет"})
    void splitsIntoCharactersAndWordsWithTheirPunctuation(String text, String expected) {
        assertEquals(List.of(expected.split("\\|")), WordSplitter.split(text).stream().map(s -> s.of(text)).toList());
    }

    @Property(tries = 3000)
    void coversEverythingButWhiteSpaceOnceAndInOrder(@ForAll String text) {
        int at = 0;
        for (TextSpan span : WordSplitter.split(text)) {
            assertTrue(span.from() >= at && span.to() > span.from());
            assertOnlySpace(text, at, span.from());
            at = span.to();
        }
        assertOnlySpace(text, at, text.length());
    }

    private static void assertOnlySpace(String text, int from, int to) {
        text.substring(from, to).codePoints().forEach(c -> assertTrue(
                Character.isWhitespace(c) || Character.isSpaceChar(c) || Character.isISOControl(c), Integer.toHexString(c)));
    }
}
