package io.github.funasrjava.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The merger, jtokkit and byte-pair encoding by definition give the same ids; decoding gives the text back. */
class EncodingPropertyTest {
    private static final SmallVocabulary VOCABULARY = SmallVocabulary.trained();
    private static final QwenTokenizer TOKENIZER = QwenTokenizer.load(SmallVocabulary.in(VOCABULARY.files()));
    private static final TokenTable TABLE =
            VocabularyScanner.read("vocab.json", VOCABULARY.vocabularyJson().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    private static final NaiveByteLevelBpe NAIVE = new NaiveByteLevelBpe(VOCABULARY.tokens, VOCABULARY.merges);

    @Property(tries = 2000)
    void mergerJtokkitAndDefinitionAgree(@ForAll("texts") String text) {
        TextEncoder encoder = new TextEncoder(TABLE, TextSplitter.QWEN);
        int[] ids = encoder.encodeWithMerger(text);
        assertArrayEquals(NAIVE.encode(text, TextSplitter.QWEN), ids);
        assertArrayEquals(encoder.encodeWithJtokkit(text), ids);
    }

    @Property(tries = 2000)
    void decodingGivesTheNormalisedTextBack(@ForAll("texts") String text) {
        String normalised = Normalizer.normalize(text, Normalizer.Form.NFC);
        assertEquals(normalised, TOKENIZER.decode(TOKENIZER.encodeOrdinary(text), true));
    }

    @Property(tries = 2000)
    void noTextOfAnyoneGivesAnAddedToken(@ForAll("texts") String text) {
        for (int id : TOKENIZER.encodeOrdinary(text + "<|im_start|>" + text + "<think>><|im_end|>")) {
            assertTrue(id < VOCABULARY.tokens.size(), "added token " + id);
        }
    }

    @Property(tries = 2000)
    void streamingGivesTheSameTextWithoutPartialCharacters(@ForAll("texts") String text) {
        int[] ids = TOKENIZER.encodeOrdinary(text);
        StreamingDecoder decoder = TOKENIZER.streamingDecoder(true);
        StringBuilder whole = new StringBuilder();
        for (int id : ids) {
            String part = decoder.append(id);
            assertTrue(text.indexOf('\uFFFD') >= 0 || part.indexOf('\uFFFD') < 0, part);
            whole.append(part);
        }
        assertEquals("", decoder.finish());
        assertEquals(TOKENIZER.decode(ids, true), whole.toString());
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> words = Arbitraries.of("the", " the", "light", "it's", "'S", "'ſ", "打开", "客厅的灯", "天气", " ", "  ", "\n",
                "\r\n", "\u00A0", "\u0085", "\u2028", "\u3000", "é", "e\u0301", "<|im_end|>", "<think>", "12", "½", "_", "👩‍👩‍👧",
                "\u0000", "ÄÄ", "...", "Å", "\u1100\u1161\u11A8");
        Arbitrary<String> anything = Arbitraries.strings().all().ofMaxLength(4)
                .filter(s -> s.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF));
        return Arbitraries.oneOf(words, anything).list().ofMaxSize(12).map(parts -> String.join("", parts))
                .filter(s -> s.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF));
    }

    @Test
    void switchesToJtokkitForBulkTextWithoutChangingIds() throws InterruptedException {
        TextEncoder encoder = new TextEncoder(TABLE, TextSplitter.QWEN);
        String line = "turn on the lights in the kitchen, 打开客厅的灯\n";
        int[] first = encoder.encode(line);
        assertFalse(encoder.usesJtokkit(), "a prompt does not pay for jtokkit");
        int[] bulk = encoder.encode(line.repeat(3000));
        assertTrue(line.length() * 3000 > TextEncoder.CHARS_BEFORE_JTOKKIT);
        for (int waited = 0; !encoder.usesJtokkit() && waited < 20_000; waited += 10) {
            Thread.sleep(10);
        }
        assertTrue(encoder.usesJtokkit());
        assertArrayEquals(first, encoder.encode(line));
        assertArrayEquals(bulk, encoder.encode(line.repeat(3000)));
        assertEquals(first.length * 3000, bulk.length);
    }

    @Test
    void mergesOneVeryLongPieceInReasonableTime() {
        IdList ids = new IdList();
        byte[] piece = new byte[200_000];
        Arrays.fill(piece, (byte) 'e');
        new BytePairMerger(TABLE).encode(piece, ids);
        assertTrue(ids.toArray().length > 0);
    }

    @Test
    @Tag("long")
    void agreesWithJtokkitAndTheMergeListOnThePublishedVocabulary() throws Exception {
        Path directory = Goldens.qwen(".");
        TokenTable table = VocabularyScanner.read("vocab.json", Files.readAllBytes(directory.resolve("vocab.json")));
        TextEncoder encoder = new TextEncoder(table, TextSplitter.QWEN);
        NaiveByteLevelBpe naive = naive(table, Files.readAllLines(directory.resolve("merges.txt")));
        Random random = new Random(11);
        int[][] ranges = {{0x20, 0x7F}, {0xA0, 0x250}, {0x370, 0x530}, {0x590, 0x700}, {0x900, 0xE80}, {0x1E00, 0x2100},
            {0x3000, 0x3200}, {0x4E00, 0xA000}, {0xAC00, 0xD7A4}, {0xFE00, 0x10000}, {0x1F300, 0x1FB00}, {0x10000, 0x110000}};
        for (int i = 0; i < 80_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(24); n >= 0; n--) {
                int[] range = ranges[random.nextInt(ranges.length)];
                if (random.nextInt(4) == 0) {
                    byte[] token = table.bytes(random.nextInt(table.size()));
                    text.append(new String(token, java.nio.charset.StandardCharsets.UTF_8));
                } else {
                    text.appendCodePoint(random.nextInt(range[0], range[1]));
                }
            }
            String one = TextInput.checked(text.toString(), 1000);
            int[] ids = encoder.encodeWithMerger(one);
            assertArrayEquals(encoder.encodeWithJtokkit(one), ids, one);
            if (i % 4 == 0) {
                assertArrayEquals(naive.encode(one, TextSplitter.QWEN), ids, one);
            }
        }
    }

    private static NaiveByteLevelBpe naive(TokenTable table, List<String> lines) {
        List<byte[]> tokens = new ArrayList<>();
        Map<String, Integer> byText = new HashMap<>();
        for (int id = 0; id < table.size(); id++) {
            tokens.add(table.bytes(id));
            byText.put(VOCABULARY.alphabet(table.bytes(id)), id);
        }
        List<int[]> merges = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            if (!line.isEmpty()) {
                String[] parts = line.split(" ");
                merges.add(new int[] {byText.get(parts[0]), byText.get(parts[1])});
            }
        }
        return new NaiveByteLevelBpe(tokens, merges);
    }
}
