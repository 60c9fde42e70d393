package io.github.funasrjava.engine.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.funasrjava.engine.frontend.GoldenFiles;
import io.github.funasrjava.tokenizer.QwenTokenizer;
import io.github.funasrjava.weights.AdaptorConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Prompts and clean-up of the reference (text.json). */
class TextGoldenTest {
    private static final AdaptorConfig LOW_FRAME_RATE = new AdaptorConfig(512, 1, true, 2048, 1024, 2, 8);

    @Test
    @SuppressWarnings("unchecked")
    void buildsThePromptsOfTheReference() {
        GoldenFiles golden = GoldenFiles.orSkip();
        QwenTokenizer tokenizer = QwenTokenizer.load(golden.path("tiny-nano/model/Qwen3-0.6B"));
        List<Map<String, Object>> cases = (List<Map<String, Object>>) golden.json("text.json").get("prompts");
        assertEquals(26, cases.size());
        for (Map<String, Object> one : cases) {
            PromptRequest request = new PromptRequest((List<String>) one.get("hotwords"),
                    Optional.ofNullable((String) one.get("language")).map(name -> new Language("", name, "")),
                    (Boolean) one.get("itn"), (String) one.getOrDefault("prev_text", ""));
            PromptBuilder builder = new PromptBuilder(tokenizer, !Boolean.FALSE.equals(one.get("sys_prompt")),
                    !Boolean.FALSE.equals(one.get("do_think")));
            assertEquals(one.get("prompt_text"), PromptBuilder.userText(request));
            Prompt prompt = builder.build(request);
            assertArrayEquals(ids(one.get("prefix_ids")), prompt.prefixIds(), () -> "prefix of " + request);
            assertArrayEquals(ids(one.get("suffix_ids")), prompt.suffixIds(), () -> "suffix of " + request);
            assertEquals(one.get("audio_begin"), (long) prompt.prefixIds().length);
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void cleansUpAnswersLikeTheReference() {
        List<Map<String, Object>> cases =
                (List<Map<String, Object>>) GoldenFiles.orSkip().json("text.json").get("postprocess");
        assertEquals(10, cases.size());
        for (Map<String, Object> one : cases) {
            String response = (String) one.get("response");
            assertEquals(one.get("text"), TextCleanup.text(response));
            assertEquals(one.get("text_tn"), TextCleanup.textWithoutPunctuation(response));
        }
    }

    @Test
    void countsAudioTokensLikeTheReference() {
        List<?> cases = (List<?>) GoldenFiles.orSkip().json("text.json").get("fake_token_len");
        assertEquals(77, cases.size());
        for (Object one : cases) {
            int[] pair = ids(one);
            assertEquals(pair[1], LOW_FRAME_RATE.audioTokens(pair[0]), "audio tokens of " + pair[0] + " frames");
        }
    }

    private static int[] ids(Object list) {
        return ((List<?>) list).stream().mapToInt(n -> ((Number) n).intValue()).toArray();
    }
}
