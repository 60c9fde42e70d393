package io.github.funasrjava.engine.text;

import io.github.funasrjava.tokenizer.QwenTokenizer;
import io.github.funasrjava.tokenizer.TokenizerException;
import java.util.Arrays;
import java.util.List;

/**
 * The chat prompt of the model, word for word as it was trained (MODEL.md §8.1; FunASR {@code fun_asr_nano/model.py},
 * {@code get_prompt}). Prefix and suffix are tokenised on their own. Chat tokens are only recognised in the fixed
 * parts; hotwords and previous text are ordinary text, whatever they say.
 */
public final class PromptBuilder {
    private static final String SYSTEM = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n";
    private static final String TURN = "<|im_start|>";
    private static final String END_OF_TURN = "<|im_end|>\n";
    private static final String NO_THINKING = "<think>\n\n</think>";
    private static final String CONTEXT = "请结合上下文信息，更加准确地完成语音转写任务。如果没有相关信息，我们会留空。\n\n\n"
            + "**上下文信息：**\n\n\n热词列表：[";
    private static final String TASK = "语音转写";
    private static final String INTO = "成";
    private static final String NO_TEXT_NORMALIZATION = "，不进行文本规整";

    private final QwenTokenizer tokenizer;
    private final boolean systemTurn;
    private final boolean thinking;

    /**
     * @param tokenizer the decoder's tokenizer
     * @param systemTurn {@code dataset_conf.sys_prompt}, true when absent
     * @param thinking {@code dataset_conf.do_think}, true when absent; false closes an empty thought
     * @throws TokenizerException when the tokenizer lacks the chat tokens
     */
    public PromptBuilder(QwenTokenizer tokenizer, boolean systemTurn, boolean thinking) {
        for (String token : List.of("<|im_start|>", "<|im_end|>")) {
            if (tokenizer.addedTokenId(token).isEmpty()) {
                throw new TokenizerException(TokenizerException.Kind.UNSUPPORTED,
                        "the tokenizer has no added token " + token + "; it is not the tokenizer of a Fun-ASR model");
            }
        }
        this.tokenizer = tokenizer;
        this.systemTurn = systemTurn;
        this.thinking = thinking;
    }

    /** Token ids of a prompt. */
    public Prompt build(PromptRequest request) {
        int[] prefix = join(tokenizer.encode((systemTurn ? SYSTEM : "") + TURN),
                tokenizer.encodeOrdinary("user\n" + userText(request)));
        String answer = thinking ? "" : "assistant\n" + NO_THINKING;
        int[] suffix = join(tokenizer.encode(END_OF_TURN + TURN + answer),
                tokenizer.encodeOrdinary((thinking ? "assistant\n" : "\n\n") + request.previousText()));
        return new Prompt(prefix, suffix);
    }

    /** What the user turn says before the audio. */
    public static String userText(PromptRequest request) {
        String context = request.hotwords().isEmpty() ? ""
                : CONTEXT + String.join(Hotwords.SEPARATOR, request.hotwords()) + "]\n";
        return context + TASK + request.language().map(language -> INTO + language.promptName()).orElse("")
                + (request.textNormalization() ? "" : NO_TEXT_NORMALIZATION) + "：";
    }

    private static int[] join(int[] first, int[] second) {
        int[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
