package io.github.funasrjava.weights;

/**
 * Prompt options of {@code dataset_conf}; the published files set neither.
 *
 * @param doThink {@code do_think}: when false, an empty thought is put before the answer
 * @param systemPrompt {@code sys_prompt}: whether the prompt begins with a system turn
 */
public record PromptConfig(boolean doThink, boolean systemPrompt) {
    static PromptConfig read(Settings conf) {
        return new PromptConfig(conf.truth("do_think", true), conf.truth("sys_prompt", true));
    }
}
