package io.github.funasrjava.tokenizer;

import static io.github.funasrjava.tokenizer.TokenizerException.Kind.DUPLICATE;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.FILE_TOO_LARGE;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.ID_OUT_OF_RANGE;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.MALFORMED;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.MERGES_MISMATCH;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.MISSING_FILE;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.TEXT_TOO_LONG;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.UNSUPPORTED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reliability row 42 and its neighbours: a tokenizer that does not fit is refused when it is loaded. */
class MalformedTokenizerTest {
    private final SmallVocabulary vocabulary = SmallVocabulary.trained();
    private Map<String, String> files;

    @BeforeEach
    void startFromGoodFiles() {
        files = vocabulary.files();
    }

    private void edit(String name, UnaryOperator<String> change) {
        String before = files.get(name);
        files.put(name, change.apply(before));
        assertTrue(!before.equals(files.get(name)), "the edit changed nothing");
    }

    private TokenizerException refused(TokenizerException.Kind kind) {
        TokenizerException e = assertThrows(TokenizerException.class, () -> QwenTokenizer.load(SmallVocabulary.in(files)));
        assertEquals(kind, e.kind(), e.getMessage());
        assertTrue(!e.getMessage().isBlank() && !e.getMessage().contains("\n"), e.getMessage());
        return e;
    }

    @Test
    void acceptsTheUnbrokenFilesInEveryForm() {
        QwenTokenizer fromParts = QwenTokenizer.load(SmallVocabulary.in(files));
        fromParts.verifyMerges(SmallVocabulary.in(files));
        for (boolean pairs : new boolean[] {true, false}) {
            QwenTokenizer fromOne = QwenTokenizer.load(
                    SmallVocabulary.in(Map.of("tokenizer.json", vocabulary.tokenizerJson(pairs))));
            assertEquals(fromParts.addedTokens(), fromOne.addedTokens());
            String text = "<|im_start|>turn on the lights 打开客厅的灯<think>><think>";
            assertArrayEquals(fromParts.encode(text), fromOne.encode(text));
        }
    }

    @Test
    void refusesMissingVocabulary() {
        files.remove("vocab.json");
        refused(MISSING_FILE);
    }

    @Test
    void refusesMissingMergesFile() {
        files.remove("merges.txt");
        refused(MERGES_MISMATCH);
    }

    @Test
    void refusesTruncatedMergesFile() {
        edit("merges.txt", text -> text.substring(0, text.length() / 2));
        assertTrue(refused(MERGES_MISMATCH).getMessage().contains("needs 120"));
    }

    @Test
    void acceptsMergesWithWindowsLineEnds() {
        edit("merges.txt", text -> text.replace("\n", "\r\n"));
        QwenTokenizer.load(SmallVocabulary.in(files)).verifyMerges(SmallVocabulary.in(files));
    }

    @Test
    void refusesTokenizerJsonWithoutMerges() {
        String json = vocabulary.tokenizerJson(true);
        files = new java.util.HashMap<>(Map.of("tokenizer.json", json.substring(0, json.indexOf(", \"merges\"")) + "}}"));
        refused(MERGES_MISMATCH);
    }

    @Test
    void findsAMergeThatMakesAnotherToken() {
        edit("merges.txt", text -> {
            String[] lines = text.split("\n");
            String first = lines[1];
            lines[1] = lines[2];
            lines[2] = first;
            return String.join("\n", lines);
        });
        QwenTokenizer tokenizer = QwenTokenizer.load(SmallVocabulary.in(files));
        TokenizerException e = assertThrows(TokenizerException.class,
                () -> tokenizer.verifyMerges(SmallVocabulary.in(files)));
        assertEquals(MERGES_MISMATCH, e.kind());
    }

    @Test
    void refusesOneIdForTwoTokens() {
        edit("vocab.json", text -> text.replace("\"#\": 2", "\"#\": 1"));
        refused(DUPLICATE);
    }

    @Test
    void refusesOneTokenUnderTwoIds() {
        edit("vocab.json", text -> text.replace("}\n", ", \"a\": 376}"));
        refused(DUPLICATE);
    }

    @Test
    void refusesAddedTokenOnAnIdOfTheVocabulary() {
        edit("tokenizer_config.json", text -> text.replace("\"376\"", "\"300\""));
        refused(DUPLICATE);
    }

    @Test
    void refusesTheSameAddedTokenTwice() {
        edit("tokenizer_config.json", text -> text.replace("<|im_end|>\",", "<|im_start|>\","));
        refused(DUPLICATE);
    }

    @Test
    void refusesIdsBeyondTheEmbedding() {
        QwenTokenizer tokenizer = QwenTokenizer.load(SmallVocabulary.in(files));
        tokenizer.requireWithin(380);
        assertEquals(ID_OUT_OF_RANGE,
                assertThrows(TokenizerException.class, () -> tokenizer.requireWithin(379)).kind());
    }

    @Test
    void refusesHugeIdsWithoutAllocatingForThem() {
        edit("vocab.json", text -> text.replace("}\n", ", \"aaaaa\": 99999999999}"));
        refused(ID_OUT_OF_RANGE);
        files = vocabulary.files();
        edit("tokenizer_config.json", text -> text.replace("\"379\"", "\"2000000000\""));
        refused(ID_OUT_OF_RANGE);
    }

    @Test
    void refusesNegativeAndFractionalIds() {
        edit("vocab.json", text -> text.replace("\"#\": 2", "\"#\": -2"));
        refused(MALFORMED);
        edit("vocab.json", text -> text.replace("\"#\": -2", "\"#\": 2.5"));
        refused(MALFORMED);
    }

    @Test
    void refusesVocabularyWithoutAByte() {
        edit("vocab.json", text -> text.replace("\"#\": 2, ", ""));
        refused(MALFORMED);
    }

    @Test
    void refusesCharactersOutsideTheByteAlphabet() {
        edit("vocab.json", text -> text.replace("\"#\": 2", "\"灯\": 2"));
        refused(MALFORMED);
        edit("vocab.json", text -> text.replace("\"灯\": 2", "\"\u0150\": 2"));
        refused(MALFORMED);
    }

    @Test
    void readsEscapedKeys() {
        edit("vocab.json", text -> text.replace("\"#\": 2", "\"\\u0023\": 2").replace("\"/\": 14", "\"\\/\": 14"));
        assertArrayEquals(new int[] {2, 14}, QwenTokenizer.load(SmallVocabulary.in(files)).encode("#/"));
    }

    @Test
    void namesAnLfsPointerAndAnErrorPage() {
        files.put("vocab.json", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 2776833\n");
        assertTrue(refused(MALFORMED).getMessage().contains("Git LFS pointer"));
        files.put("vocab.json", "<!DOCTYPE html><html></html>");
        assertTrue(refused(MALFORMED).getMessage().contains("HTML page"));
        files.put("vocab.json", "");
        assertTrue(refused(MALFORMED).getMessage().contains("empty"));
    }

    @Test
    void refusesFilesWithoutAddedTokens() {
        files.remove("tokenizer_config.json");
        refused(MISSING_FILE);
    }

    @Test
    void refusesAddedTokensMatchedInOtherWays() {
        edit("tokenizer_config.json", text -> text.replace("\"lstrip\": false", "\"lstrip\": true"));
        refused(UNSUPPORTED);
    }

    @Test
    void refusesTokenizersOfOtherFamilies() {
        files = new java.util.HashMap<>(Map.of("tokenizer.json", vocabulary.tokenizerJson(true)));
        edit("tokenizer.json", text -> text.replace("|\\\\p{N}|", "|\\\\p{N}{1,3}|"));
        refused(UNSUPPORTED);
        files.put("tokenizer.json", vocabulary.tokenizerJson(true).replace("\"type\": \"BPE\"", "\"type\": \"Unigram\""));
        refused(UNSUPPORTED);
    }

    @Test
    void refusesAnEndlessFile() {
        for (String name : new String[] {"vocab.json", "tokenizer.json"}) {
            TokenizerFiles endless = wanted -> wanted.equals(name) ? Optional.of(new EndlessStream())
                    : SmallVocabulary.in(files).open(wanted);
            assertEquals(FILE_TOO_LARGE,
                    assertThrows(TokenizerException.class, () -> QwenTokenizer.load(endless)).kind());
        }
    }

    @Test
    void refusesATextAboveTheLimit() {
        QwenTokenizer tokenizer = QwenTokenizer.load(SmallVocabulary.in(files));
        String text = "a".repeat(QwenTokenizer.MAX_TEXT_CHARS + 1);
        assertEquals(TEXT_TOO_LONG, assertThrows(TokenizerException.class, () -> tokenizer.encode(text)).kind());
        assertEquals(TEXT_TOO_LONG, assertThrows(TokenizerException.class, () -> tokenizer.encodeOrdinary(text)).kind());
    }

    @Test
    void refusesAnEmptyDirectory(@TempDir Path directory) {
        assertEquals(MISSING_FILE,
                assertThrows(TokenizerException.class, () -> QwenTokenizer.load(directory)).kind());
        assertEquals(MISSING_FILE,
                assertThrows(TokenizerException.class, () -> CtcTokenizer.load(directory)).kind());
    }

    @Test
    void refusesBrokenTiktokenFiles() {
        for (String broken : new String[] {"", "IQ==\n", "IQ== x\n", "I!== 0\n", "IQ== 1\n", "IQ== 0\nIQ== 1\n", "IQ== 0\nIg== 0\n",
            "I 0\n", "IR== 0\n", "IQ=Q 0\n", "IQ== 99999999\n", "IQ== -1\n", "IQ== 0 0\n"}) {
            TokenizerException e = assertThrows(TokenizerException.class,
                    () -> CtcTokenizer.load(SmallVocabulary.in(Map.of(CtcTokenizer.FILE, broken))), broken);
            assertTrue(!e.getMessage().isBlank());
        }
    }

    @Test
    void anyDamageGivesATokenizerExceptionOrATokenizer() {
        Random random = new Random(5);
        String[] forms = {vocabulary.tokenizerJson(true), vocabulary.tokenizerJson(false)};
        for (int i = 0; i < 400; i++) {
            Map<String, String> damaged = new java.util.HashMap<>(files);
            damaged.put("tokenizer.json", forms[i % 2]);
            String name = damaged.keySet().stream().sorted().toList().get(random.nextInt(damaged.size()));
            StringBuilder text = new StringBuilder(damaged.get(name));
            for (int n = random.nextInt(3); n >= 0; n--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.setLength(at);
                    case 1 -> text.setCharAt(at, (char) random.nextInt(0x200));
                    default -> text.insert(at, "{}[]\",:\\\0 \n".charAt(random.nextInt(11)));
                }
                if (text.isEmpty()) {
                    break;
                }
            }
            damaged.put(name, text.toString());
            if (random.nextBoolean()) {
                damaged.remove("vocab.json");
            }
            try {
                QwenTokenizer.load(SmallVocabulary.in(damaged)).verifyMerges(SmallVocabulary.in(damaged));
                CtcTokenizer.load(SmallVocabulary.in(damaged));
            } catch (TokenizerException e) {
                assertTrue(!e.getMessage().isBlank());
            }
        }
    }

    private static final class EndlessStream extends InputStream {
        @Override
        public int read() {
            return ' ';
        }

        @Override
        public int read(byte[] buffer, int from, int length) {
            java.util.Arrays.fill(buffer, from, from + length, (byte) ' ');
            return length;
        }
    }
}
