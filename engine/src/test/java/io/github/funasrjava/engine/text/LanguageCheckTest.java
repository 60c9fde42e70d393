package io.github.funasrjava.engine.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class LanguageCheckTest {
    private static Optional<String> check(String code, String text) {
        return LanguageCheck.contradiction(LanguageTable.MLT.resolve(code).orElseThrow(), text);
    }

    @Test
    void noticesTextInAnotherScript() {
        assertEquals(Optional.of("5 of 5 words are not in the script of English"), check("en", "打开客厅灯。"));
        assertTrue(check("zh", "Turn on the light in the garage.").isPresent());
        assertTrue(check("th", "明天上海天气怎么样？").isPresent());
        assertTrue(check("ko", "สวัสดีครับ ผมชื่อ").isPresent());
        assertTrue(check("bg", "Turn on the light.").isPresent());
        assertTrue(check("zh", "今日はとても良い天気ですね。").isPresent());
    }

    @Test
    void noticesChineseForJapaneseByTheMissingKana() {
        assertTrue(check("ja", "今天北京的天气怎么样我们一起去吃饭吧。").isPresent());
        assertEquals(Optional.empty(), check("ja", "今日はとても良い天気ですね、東京都知事選挙。"));
        assertEquals(Optional.empty(), check("ja", "東京都知事選挙。"));
    }

    @Test
    void acceptsTheLanguageItselfWithNamesNumbersAndEnglishWords() {
        assertEquals(Optional.empty(), check("zh", "打开 Microsoft PowerPoint 的窗口，3.14。"));
        assertEquals(Optional.empty(), check("zh", "OK."));
        assertEquals(Optional.empty(), check("en", "I met 张 in Paris, at 10:30."));
        assertEquals(Optional.empty(), check("ko", "안녕하세요 Samsung 입니다."));
        assertEquals(Optional.empty(), check("hi", "नमस्ते दुनिया, OK?"));
        assertEquals(Optional.empty(), check("el", "Γεια σου κόσμε."));
        assertEquals(Optional.empty(), check("ar", "مرحبا بالعالم"));
        assertEquals(Optional.empty(), check("ja", "カタカナとひらがな"));
    }

    @Test
    void saysNothingOfEmptyTextNumbersAndLanguagesOfTheSameScript() {
        assertEquals(Optional.empty(), check("en", ""));
        assertEquals(Optional.empty(), check("en", "123 … 45 %"));
        assertEquals(Optional.empty(), check("en", "Goedemorgen, hoe gaat het met u?"));
    }
}
