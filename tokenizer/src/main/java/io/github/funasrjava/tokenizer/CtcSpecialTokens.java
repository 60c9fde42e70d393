package io.github.funasrjava.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The 1,679 special tokens that follow the ranks of {@code multilingual.tiktoken}, in the order in which the
 * reference's Whisper-style tokenizer (FunASR, {@code sense_voice/whisper_lib/tokenizer.py}) numbers them.
 */
final class CtcSpecialTokens {
    static final String NO_SPEECH = "<|nospeech|>";

    private static final String LANGUAGES = "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro"
            + " da hu ta no th ur hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr"
            + " pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba"
            + " jw su yue minnan wuyu dialect zh/en en/zh";
    private static final String EVENTS =
            "ASR AED SER Speech /Speech BGM /BGM Laughter /Laughter Applause /Applause HAPPY SAD ANGRY NEUTRAL";
    private static final String TASKS = "translate transcribe startoflm startofprev nospeech notimestamps";
    private static final int RESERVED = 50;
    private static final int TIMESTAMPS = 1501;

    /** All special tokens in id order. */
    static final List<String> ALL = all();
    /** Index of {@code <|0.00|>} in {@link #ALL}. */
    static final int FIRST_TIMESTAMP = ALL.size() - TIMESTAMPS;

    private CtcSpecialTokens() {}

    private static List<String> all() {
        List<String> names = new ArrayList<>(List.of("endoftext", "startoftranscript"));
        names.addAll(List.of(LANGUAGES.split(" ")));
        names.addAll(List.of(EVENTS.split(" ")));
        names.addAll(List.of(TASKS.split(" ")));
        for (int i = 1; i <= RESERVED; i++) {
            names.add("SPECIAL_TOKEN_" + i);
        }
        for (int i = 0; i < TIMESTAMPS; i++) {
            names.add(String.format(Locale.ROOT, "%d.%02d", i / 50, i % 50 * 2));
        }
        return names.stream().map(name -> "<|" + name + "|>").toList();
    }
}
