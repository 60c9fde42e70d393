package io.github.funasrjava.engine.align;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HotwordSelectorTest {
    private static final String[] SYLLABLES = {"ka", "ri", "mon", "tel", "sa", "ber", "lin", "do", "vra", "shi", "ton", "mer", "al", "is",
        "ne", "gar", "wil", "hau", "pe", "tro", "zan", "cor", "ley", "stein", "ov", "ski", "ard", "bel", "quin", "fer"};
    private static final String SURNAMES = "张王李赵陈杨黄周吴徐孙马朱胡林郭何高罗郑";
    private static final String GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文斌宇浩轩雨晨欣怡嘉豪思远子涵";
    private static final String[] FILLER = {"please", "call", "the", "meeting", "with", "and", "tomorrow", "about", "report", "from", "we",
        "should", "talk", "today", "another", "project", "office", "result", "before", "after", "说", "今天", "和", "一起", "开会", "讨论", "我们"};

    private static List<String> thousandNames(Random random) {
        Set<String> names = new LinkedHashSet<>();
        while (names.size() < 1000) {
            if (names.size() % 2 == 0) {
                StringBuilder name = new StringBuilder();
                for (int n = 2 + random.nextInt(2); n > 0; n--) {
                    name.append(SYLLABLES[random.nextInt(SYLLABLES.length)]);
                }
                name.setCharAt(0, Character.toUpperCase(name.charAt(0)));
                names.add(name.toString());
            } else {
                StringBuilder name = new StringBuilder().append(SURNAMES.charAt(random.nextInt(SURNAMES.length())));
                for (int n = 1 + random.nextInt(2); n > 0; n--) {
                    name.append(GIVEN.charAt(random.nextInt(GIVEN.length())));
                }
                names.add(name.toString());
            }
        }
        return List.copyOf(names);
    }

    private record Outcome(int spoken, int found, int chosen, int trials) {}

    private static Outcome simulate(double errorRate, int trials) {
        Random random = new Random(21);
        int found = 0;
        int chosen = 0;
        for (int trial = 0; trial < trials; trial++) {
            List<String> names = thousandNames(random);
            Set<String> spoken = new LinkedHashSet<>();
            while (spoken.size() < 5) {
                spoken.add(names.get(random.nextInt(names.size())));
            }
            List<String> sentence = new ArrayList<>();
            for (String name : spoken) {
                for (int n = 1 + random.nextInt(4); n > 0; n--) {
                    sentence.add(FILLER[random.nextInt(FILLER.length)]);
                }
                sentence.add(name);
            }
            SimulatedCtc ctc = new SimulatedCtc(random, errorRate);
            CtcTopK top = ctc.hear(String.join(" ", sentence));
            List<String> selected = new HotwordSelector(names, ctc::bytes).select(top, 30).stream().map(HotwordMatch::word).toList();
            found += (int) spoken.stream().filter(selected::contains).count();
            chosen += selected.size();
        }
        return new Outcome(5 * trials, found, chosen, trials);
    }

    @Test
    void choosesNineOfTenSpokenHotwordsOutOfAThousand() {
        Outcome outcome = simulate(0.15, 20);
        assertTrue(outcome.found() >= 0.9 * outcome.spoken(), outcome.toString());
    }

    @Test
    void choosesFewThatWereNotSpoken() {
        Outcome outcome = simulate(0.05, 20);
        assertTrue(outcome.found() >= 0.95 * outcome.spoken(), outcome.toString());
        assertTrue(outcome.chosen() <= 3 * outcome.spoken(), outcome.toString());
    }

    @Test
    void choosesHardlyAnythingWhenNoneWasSpoken() {
        Random random = new Random(8);
        int chosen = 0;
        for (int trial = 0; trial < 40; trial++) {
            List<String> sentence = new ArrayList<>();
            for (int n = 0; n < 12; n++) {
                sentence.add(FILLER[random.nextInt(FILLER.length)]);
            }
            SimulatedCtc ctc = new SimulatedCtc(random, 0.1);
            CtcTopK top = ctc.hear(String.join(" ", sentence));
            chosen += new HotwordSelector(thousandNames(random), ctc::bytes).select(top, 30).size();
        }
        assertTrue(chosen <= 20, "chosen " + chosen + " in 40 segments");
    }

    private static List<String> selected(String heard, String... hotwords) {
        SimulatedCtc ctc = new SimulatedCtc(new Random(1), 0);
        CtcTopK top = ctc.hear(heard);
        return new HotwordSelector(List.of(hotwords), ctc::bytes).select(top, 10).stream().map(HotwordMatch::word).toList();
    }

    @Test
    void findsAnotherSpellingOfTheSameName() {
        assertEquals(List.of("Katherine"), selected("call catherine now", "Katherine", "Frederick"));
        assertEquals(List.of("Stephen"), selected("steven is here", "Stephen"));
        assertEquals(List.of("John"), selected("call jon now", "John", "Joan of Arc"));
        assertEquals(List.of("José Müller"), selected("with jose muller", "José Müller"));
    }

    @Test
    void findsWordsOfSeveralPartsAndWithDigits() {
        assertEquals(List.of("Qwen3 model"), selected("use the qwen3 model please", "Qwen3 model", "Qwen4 mortar"));
        assertEquals(List.of("New York"), selected("from new york", "New York"));
    }

    @Test
    void doesNotFindAWordInsideAnother() {
        assertEquals(List.of(), selected("we start the cartoon", "art"));
        assertEquals(List.of("art"), selected("we like art today", "art"));
    }

    @Test
    void findsCharactersWhoseBytesAreSeveralTokens() {
        int rare = 0;
        for (String name : new String[] {"章玮", "王敬", "玮玮", "李纳", "张伟强"}) {
            assertEquals(List.of(name), selected("今天 " + name + " 说", name, "赵钱孙"));
            rare += name.codePoints().anyMatch(c -> c % 5 == 0) ? 1 : 0;
        }
        assertTrue(rare > 0, "no name in pieces");
    }

    @Test
    void ranksTheBestFirstAndKeepsTheMaximum() {
        SimulatedCtc ctc = new SimulatedCtc(new Random(1), 0);
        CtcTopK top = ctc.hear("call steven and marcello");
        HotwordSelector selector = new HotwordSelector(List.of("Stephen", "Marcello", "Steven"), ctc::bytes);
        List<HotwordMatch> all = selector.select(top, 10);
        assertEquals(List.of("Marcello", "Steven", "Stephen"), all.stream().map(HotwordMatch::word).toList());
        assertEquals(0, all.getFirst().distance());
        assertEquals(all.subList(0, 2), selector.select(top, 2));
    }

    @Test
    void acceptsEmptySpeechEmptyListsAndWordsWithoutLetters() {
        assertEquals(List.of(), selected("hello", "...", "—", " "));
        CtcTopK nothing = new CtcTopK(0, 1, new int[0], new float[0], 0);
        assertEquals(List.of(), new HotwordSelector(List.of("hello"), id -> new byte[0]).select(nothing, 5));
        assertEquals(List.of(), new HotwordSelector(List.of(), id -> new byte[0]).select(nothing, 5));
    }
}
