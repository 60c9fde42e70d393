package io.github.funasrjava.engine.align;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.frontend.GoldenFiles;
import io.github.funasrjava.tokenizer.CtcTokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class WordTimesTest {
    private final List<byte[]> vocabulary = new ArrayList<>();
    private final IntFunction<byte[]> bytesOf = vocabulary::get;

    /** Aligned tokens with the given texts, each two frames long, one frame apart. */
    private List<AlignedToken> tokens(String... texts) {
        List<AlignedToken> tokens = new ArrayList<>();
        for (String text : texts) {
            vocabulary.add(text.getBytes(StandardCharsets.UTF_8));
            int start = tokens.size() * 3 + 1;
            tokens.add(new AlignedToken(vocabulary.size() - 1, start, start + 2, 0.5));
        }
        return tokens;
    }

    private static String shown(String text, List<TimedWord> words) {
        StringBuilder out = new StringBuilder();
        words.forEach(w -> out.append(w.of(text)).append('@').append(w.startMs()).append('-').append(w.endMs()).append(' '));
        return out.toString().strip();
    }

    @Test
    void givesAWordTheTimeOfItsLettersNotOfItsSpaceAndPunctuation() {
        String text = "Turn it off.";
        List<TimedWord> words = WordTimes.of(text, tokens("Turn", " it", " o", "ff", "."), bytesOf);
        assertEquals("Turn@60-180 it@240-360 off.@420-720", shown(text, words));
        assertEquals(0.5, words.getFirst().score());
    }

    @Test
    void givesEachChineseCharacterItsOwnTime() {
        String text = "打开，灯。";
        assertEquals("打@60-120 开，@120-180 灯。@420-540", shown(text, WordTimes.of(text, tokens("打开", "，", "灯", "。"), bytesOf)));
    }

    @Test
    void joinsACharacterWhoseBytesAreSpreadOverTokens() {
        byte[] bytes = "灯".getBytes(StandardCharsets.UTF_8);
        for (byte b : bytes) {
            vocabulary.add(new byte[] {b});
        }
        List<AlignedToken> tokens = List.of(new AlignedToken(0, 2, 3, 0.9), new AlignedToken(1, 3, 4, 0.3), new AlignedToken(2, 5, 6, 0.8));
        List<TimedWord> words = WordTimes.of("灯", tokens, bytesOf);
        assertEquals(List.of(new TimedWord(0, 1, 120, 360, 0.3)), words);
    }

    @Test
    void givesNothingForTokensOfAnotherText() {
        assertEquals(List.of(), WordTimes.of("hello", tokens("hell"), bytesOf));
        assertEquals(List.of(), WordTimes.of("hello", List.of(), bytesOf));
        assertEquals(List.of(), WordTimes.of("", tokens("a"), bytesOf));
    }

    @Test
    void carriesTimesOverToAnotherWritingOfTheSameSpeech() {
        String heard = "turn of the lights";
        String text = "Turn off the LIGHTS.";
        List<AlignedToken> tokens = tokens("turn", " of", " the", " lights");
        List<TimedWord> words = WordTimes.transferred(text, heard, tokens, bytesOf, 2000);
        assertEquals("Turn@60-180 off@240-360 the@420-540 LIGHTS.@600-720", shown(text, words));
    }

    @Test
    void boundsAWordThatWasNotHeardByItsNeighbours() {
        String heard = "set timer";
        String text = "Set 44 timer now";
        List<TimedWord> words = WordTimes.transferred(text, heard, tokens("set", " timer"), bytesOf, 600);
        assertEquals("Set@60-180 44@180-240 timer@240-360 now@360-600", shown(text, words));
        assertEquals(0, words.get(1).score());
        assertEquals(List.of(), WordTimes.transferred("你好", "abc", List.of(), bytesOf, 600));
    }

    @Test
    void timesNeverRunBackwards() {
        Random random = new Random(9);
        String[] pieces = {"a", " b", "cd", ",", " ", "灯", "打开", "。", "\"", "(", ")", "9", "é", "𠀀", "-"};
        for (int round = 0; round < 2000; round++) {
            StringBuilder text = new StringBuilder();
            List<AlignedToken> tokens = new ArrayList<>();
            int frame = 0;
            for (int n = random.nextInt(12); n >= 0; n--) {
                String piece = pieces[random.nextInt(pieces.length)];
                text.append(piece);
                vocabulary.add(piece.getBytes(StandardCharsets.UTF_8));
                frame += random.nextInt(3);
                tokens.add(new AlignedToken(vocabulary.size() - 1, frame, ++frame, random.nextDouble()));
            }
            List<TimedWord> direct = WordTimes.of(text.toString(), tokens, bytesOf);
            requireOrder(direct, frame * 60L);
            String other = text.toString().replace("a", "xa").replace("灯", "登 or ");
            requireOrder(WordTimes.transferred(other, text.toString(), tokens, bytesOf, frame * 60.0), frame * 60L);
        }
    }

    private static void requireOrder(List<TimedWord> words, long audioMs) {
        long last = 0;
        for (TimedWord word : words) {
            assertTrue(word.startMs() >= last && word.endMs() >= word.startMs() && word.endMs() <= audioMs, words.toString());
            last = word.endMs();
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void coversTheWholeTextOfAGoldenRun() {
        GoldenFiles golden = GoldenFiles.orSkip();
        CtcTokenizer tokenizer = CtcTokenizer.load(golden.path("tiny-nano-ctc/model"));
        Features rows = golden.tensors("tiny-nano-ctc/golden/en_1s.safetensors").get("ctc_logprobs");
        Map<String, Object> files = (Map<String, Object>) golden.json("tiny-nano-ctc/golden/manifest.json").get("files");
        Map<String, Object> run = ((List<Map<String, Object>>) ((Map<String, Object>) files.get("en_1s")).get("runs")).getFirst();
        String text = (String) ((Map<String, Object>) run.get("ctc")).get("ctc_text");
        List<AlignedToken> tokens = ForcedAlignment.align(FrameScores.dense(rows.data(), rows.rows(), rows.cols()),
                tokenizer.encode(text), CtcTokenizer.blankId(tokenizer.size()));
        List<TimedWord> words = WordTimes.of(text, tokens, tokenizer::bytes);
        assertEquals(WordSplitter.split(text).size(), words.size());
        requireOrder(words, rows.rows() * 60L);
    }
}
