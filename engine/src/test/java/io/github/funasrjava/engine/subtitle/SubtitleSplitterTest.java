package io.github.funasrjava.engine.subtitle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.align.TextSpan;
import io.github.funasrjava.engine.align.TimedWord;
import io.github.funasrjava.engine.align.WordSplitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SubtitleSplitterTest {
    private static final SubtitleSplitter SPLITTER = new SubtitleSplitter(SubtitleLimits.DEFAULT);

    /** Every word takes {@code msPerChar} per character, one after the other. */
    private static TimedText evenly(String text, long startMs, int msPerChar) {
        List<TimedWord> words = new ArrayList<>();
        long at = startMs;
        for (TextSpan span : WordSplitter.split(text)) {
            long end = at + (long) msPerChar * (span.to() - span.from());
            words.add(new TimedWord(span.from(), span.to(), at, end, 1));
            at = end;
        }
        return new TimedText(text, startMs, at, words);
    }

    private static String shown(List<Cue> cues) {
        return cues.stream().map(cue -> String.join(" / ", cue.lines())).collect(Collectors.joining(" || "));
    }

    @Test
    void keepsAShortSentenceOnOneLineAndLongEnoughToRead() {
        List<Cue> cues = SPLITTER.split(List.of(evenly("Yes.", 5000, 50)));
        assertEquals(List.of(new Cue(5000, 6000, List.of("Yes."))), cues);
    }

    @Test
    void cutsAfterSentencesRatherThanInsideThem() {
        assertEquals("Turn on the light in the kitchen, please. || Then play some jazz music.",
                shown(SPLITTER.split(List.of(evenly("Turn on the light in the kitchen, please. Then play some jazz music.", 0, 70)))));
    }

    @Test
    void cutsALongSentenceAfterItsClauses() {
        String text = "When the rain had finally stopped in the evening, we walked along the river to the old bridge, "
                + "where the boats were waiting for us.";
        List<Cue> cues = SPLITTER.split(List.of(evenly(text, 0, 60)));
        for (Cue cue : cues.subList(0, cues.size() - 1)) {
            assertTrue(cue.lines().getLast().endsWith(","), shown(cues));
        }
    }

    @Test
    void breaksChineseBetweenCharactersAndNeverBeforePunctuation() {
        String text = "今天的天气非常好，我们打算先去公园散步，然后再去图书馆看书，晚上回家做饭，最后一起看一部很长的电影。";
        List<Cue> cues = SPLITTER.split(List.of(evenly(text, 0, 200)));
        assertTrue(cues.size() > 1);
        for (Cue cue : cues) {
            for (String line : cue.lines()) {
                assertTrue(TextColumns.of(line) <= 42, line);
                assertTrue("，。".indexOf(line.charAt(0)) < 0, line);
            }
        }
        assertEquals(text, cues.stream().flatMap(c -> c.lines().stream()).collect(Collectors.joining()));
    }

    @Test
    void cutsAtALongSilence() {
        TimedText first = evenly("one two three", 0, 100);
        List<TimedWord> words = new ArrayList<>(first.words().subList(0, 2));
        words.add(first.words().get(2).shifted(4000));
        assertEquals("one two || three", shown(SPLITTER.split(List.of(new TimedText(first.text(), 0, 6000, words)))));
    }

    @Test
    void givesOneSubtitlePerSegmentWithoutWordTimesUnlessAskedToSpread() {
        String text = "This segment has no word times at all, it came from a model without them. It is still readable, "
                + "but nobody knows when each of its sentences is said.";
        TimedText segment = new TimedText(text, 1000, 11_000, List.of());
        List<Cue> whole = SPLITTER.split(List.of(segment));
        assertEquals(1, whole.size());
        assertEquals(1000, whole.getFirst().startMs());
        assertEquals(11_000, whole.getFirst().endMs());
        List<Cue> spread = new SubtitleSplitter(new SubtitleLimits(42, 2, 7000, 1000, 20, 80, true)).split(List.of(segment));
        assertTrue(spread.size() > 1);
        assertTrue(spread.stream().allMatch(c -> c.lines().size() <= 2));
    }

    @Test
    void cutsAWordThatIsWiderThanALine() {
        String text = "x".repeat(100) + " y";
        List<Cue> cues = SPLITTER.split(List.of(evenly(text, 0, 60)));
        assertTrue(cues.stream().flatMap(c -> c.lines().stream()).allMatch(l -> TextColumns.of(l) <= 42));
        assertEquals(text.replace(" ", ""), String.join("", cues.stream().flatMap(c -> c.lines().stream()).toList()).replace(" ", ""));
    }

    @Test
    void keepsEveryLimitOnAnyText() {
        Random random = new Random(4);
        String[] pieces = {"a", "word", "sentence.", "clause,", "灯", "打开客厅的灯。", "，", "\"quoted\"", "(x)", "안녕하세요", "ก", "e\u0301té",
            "Donaudampfschifffahrtsgesellschaftskapitänswitwe", "3.14", "—", "👩‍👩‍👧"};
        for (int round = 0; round < 400; round++) {
            SubtitleLimits limits = new SubtitleLimits(4 + random.nextInt(50), 1 + random.nextInt(3), 1000 + random.nextInt(8000),
                    random.nextInt(1000), 5 + random.nextInt(30), random.nextInt(200), random.nextBoolean());
            List<TimedText> segments = new ArrayList<>();
            long at = 0;
            for (int s = random.nextInt(4); s >= 0; s--) {
                StringBuilder text = new StringBuilder();
                for (int n = random.nextInt(60); n >= 0; n--) {
                    text.append(pieces[random.nextInt(pieces.length)]).append(random.nextInt(3) == 0 ? "" : " ");
                }
                TimedText segment = evenly(text.toString(), at, 20 + random.nextInt(100));
                segments.add(segment);
                at = segment.endMs() + random.nextInt(2000);
            }
            List<Cue> cues = new SubtitleSplitter(limits).split(segments);
            long end = 0;
            StringBuilder all = new StringBuilder();
            for (Cue cue : cues) {
                assertTrue(cue.startMs() >= end && cue.endMs() >= cue.startMs(), "times of " + cue);
                end = cue.endMs();
                assertTrue(cue.lines().size() <= limits.maxLines(), "lines of " + cue);
                for (String line : cue.lines()) {
                    assertTrue(!line.isBlank() && TextColumns.of(line) <= limits.maxColumns(), "width of " + line);
                    all.append(line);
                }
            }
            String expected = segments.stream().map(TimedText::text).collect(Collectors.joining());
            assertEquals(expected.replaceAll("\\s", ""), all.toString().replaceAll("\\s", ""));
        }
    }

    @Test
    void keepsTheLongestDurationUnlessOneWordIsLonger() {
        List<Cue> cues = SPLITTER.split(List.of(evenly("a b c d e f g h i j k l", 0, 1500)));
        assertTrue(cues.stream().allMatch(c -> c.endMs() - c.startMs() <= 7000), cues.toString());
    }

    @Test
    void ignoresSegmentsWithoutText() {
        assertEquals(List.of(), SPLITTER.split(List.of(new TimedText("", 0, 10, List.of()), new TimedText("  ", 10, 20, List.of()))));
    }

    @Test
    void refusesLimitsThatNoSubtitleCanKeep() {
        assertThrows(IllegalArgumentException.class, () -> new SubtitleLimits(2, 2, 7000, 1000, 20, 80, false));
        assertThrows(IllegalArgumentException.class, () -> new SubtitleLimits(42, 0, 7000, 1000, 20, 80, false));
        assertThrows(IllegalArgumentException.class, () -> new SubtitleLimits(42, 2, 900, 1000, 20, 80, false));
    }

    @Test
    void countsColumnsOfEastAsianAndCombiningCharacters() {
        assertEquals(4, TextColumns.of("中文"));
        assertEquals(2, TextColumns.of("，"));
        assertEquals(1, TextColumns.of("e\u0301"));
        assertEquals(4, TextColumns.of("한국"));
        assertEquals(5, TextColumns.of("Züric"));
    }
}
