package io.github.funasrjava.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The reference tokenizer's ids and texts, with the small golden vocabulary and with the published one. */
class QwenTokenizerGoldenTest {
    private static final String TINY = "tiny-nano/model/Qwen3-0.6B";

    @Test
    void encodesAndDecodesLikeTheReference() {
        QwenTokenizer tokenizer = QwenTokenizer.load(Goldens.golden(TINY));
        checkTokenizer(tokenizer, Goldens.golden("text.json"));
    }

    @Test
    void encodesAndDecodesLikeTheReferenceWithThePublishedVocabulary() {
        QwenTokenizer tokenizer = QwenTokenizer.load(Goldens.qwen("."));
        checkTokenizer(tokenizer, Goldens.qwen("text-golden.json"));
    }

    @Test
    void encodesLlamaCppTestTexts() {
        QwenTokenizer tokenizer = QwenTokenizer.load(Goldens.qwen("."));
        List<Map<String, Object>> cases = Goldens.list(Goldens.json(Goldens.qwen("llamacpp-qwen2-tests.json")));
        assertEquals(47, cases.size());
        for (Map<String, Object> one : cases) {
            assertArrayEquals(Goldens.ints(one.get("ids")), tokenizer.encode((String) one.get("text")),
                    () -> "ids of " + one.get("text"));
        }
    }

    @Test
    void tokenizesPromptPrefixAndSuffixLikeTheReference() {
        checkPrompts(QwenTokenizer.load(Goldens.golden(TINY)), Goldens.golden("text.json"));
    }

    @Test
    void tokenizesPromptPrefixAndSuffixWithThePublishedVocabulary() {
        checkPrompts(QwenTokenizer.load(Goldens.qwen(".")), Goldens.qwen("text-golden.json"));
    }

    @Test
    void readsTheSameFromTokenizerJsonAlone() {
        Path directory = Goldens.golden(TINY);
        QwenTokenizer tokenizer = QwenTokenizer.load(name -> name.equals(TokenizerJson.TOKENIZER)
                ? TokenizerFiles.directory(directory).open(name) : java.util.Optional.empty());
        checkTokenizer(tokenizer, Goldens.golden("text.json"));
        assertEquals(QwenTokenizer.load(directory).addedTokens(), tokenizer.addedTokens());
    }

    @Test
    void publishedVocabularyHasTheDocumentedIdsAndMerges() {
        QwenTokenizer tokenizer = QwenTokenizer.load(Goldens.qwen("."));
        assertEquals(151_669, tokenizer.size());
        assertEquals(26, tokenizer.addedTokens().size());
        assertEquals(14, tokenizer.addedTokens().stream().filter(AddedToken::special).count());
        assertEquals(151_645, tokenizer.addedTokenId("<|im_end|>").orElseThrow());
        tokenizer.requireWithin(151_936);
        tokenizer.verifyMerges(TokenizerFiles.directory(Goldens.qwen(".")));
        assertEquals("", tokenizer.decode(new int[] {151_669, 151_935, 200_000}, false));
    }

    private static void checkTokenizer(QwenTokenizer tokenizer, Path file) {
        Map<?, ?> golden = (Map<?, ?>) Goldens.json(file);
        List<Map<String, Object>> cases = Goldens.list(golden.get("tokenizer"));
        assertTrue(cases.size() >= 46, "tokenizer cases");
        for (Map<String, Object> one : cases) {
            int[] ids = Goldens.ints(one.get("ids"));
            assertArrayEquals(ids, tokenizer.encode((String) one.get("text")), () -> "ids of " + one.get("text"));
            assertEquals(one.get("decoded"), tokenizer.decode(ids, false));
            assertEquals(one.get("decoded_skip_special"), tokenizer.decode(ids, true));
        }
        for (Map<String, Object> one : Goldens.list(golden.get("decode"))) {
            assertEquals(one.get("text"), tokenizer.decode(Goldens.ints(one.get("ids")), false));
        }
    }

    private static void checkPrompts(QwenTokenizer tokenizer, Path file) {
        List<Map<String, Object>> prompts = Goldens.list(((Map<?, ?>) Goldens.json(file)).get("prompts"));
        assertEquals(26, prompts.size());
        for (Map<String, Object> one : prompts) {
            String system = Boolean.FALSE.equals(one.get("sys_prompt")) ? ""
                    : "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n";
            String think = Boolean.FALSE.equals(one.get("do_think")) ? "<think>\n\n</think>\n\n" : "";
            String previous = (String) one.getOrDefault("prev_text", "");
            assertArrayEquals(Goldens.ints(one.get("prefix_ids")),
                    tokenizer.encode(system + "<|im_start|>user\n" + one.get("prompt_text")), "prefix");
            assertArrayEquals(Goldens.ints(one.get("suffix_ids")),
                    tokenizer.encode("<|im_end|>\n<|im_start|>assistant\n" + think + previous), "suffix");
        }
    }
}
