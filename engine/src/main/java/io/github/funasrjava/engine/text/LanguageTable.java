package io.github.funasrjava.engine.text;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The closed list of languages of a model. The name goes into the prompt, so nothing but a name from the list may:
 * free text there would be an instruction to the model. Lists: Fun-ASR's README_zh and demo1.py.
 */
public final class LanguageTable {
    /** Request that leaves the language to the model; it is never put into the prompt. */
    public static final String AUTO = "auto";

    /** Other codes and names that people use for a language of the list. */
    private static final Map<String, String> ALIASES = Map.of(
            "fil", "tl", "tagalog", "tl", "mandarin", "zh", "英语", "en", "日语", "ja", "韩语", "ko");

    private static final List<Language> FIRST_THREE = List.of(
            new Language("zh", "中文", "Chinese"),
            new Language("en", "英文", "English"),
            new Language("ja", "日文", "Japanese"));

    /** Fun-ASR-Nano-2512: three languages. */
    public static final LanguageTable NANO = new LanguageTable("Fun-ASR-Nano", FIRST_THREE);

    /** Fun-ASR-MLT-Nano-2512: 31 languages. */
    public static final LanguageTable MLT = new LanguageTable("Fun-ASR-MLT-Nano", List.of(
            FIRST_THREE.get(0),
            FIRST_THREE.get(1),
            new Language("yue", "粤语", "Cantonese"),
            FIRST_THREE.get(2),
            new Language("ko", "韩文", "Korean"),
            new Language("vi", "越南语", "Vietnamese"),
            new Language("id", "印尼语", "Indonesian"),
            new Language("th", "泰语", "Thai"),
            new Language("ms", "马来语", "Malay"),
            new Language("tl", "菲律宾语", "Filipino"),
            new Language("ar", "阿拉伯语", "Arabic"),
            new Language("hi", "印地语", "Hindi"),
            new Language("bg", "保加利亚语", "Bulgarian"),
            new Language("hr", "克罗地亚语", "Croatian"),
            new Language("cs", "捷克语", "Czech"),
            new Language("da", "丹麦语", "Danish"),
            new Language("nl", "荷兰语", "Dutch"),
            new Language("et", "爱沙尼亚语", "Estonian"),
            new Language("fi", "芬兰语", "Finnish"),
            new Language("el", "希腊语", "Greek"),
            new Language("hu", "匈牙利语", "Hungarian"),
            new Language("ga", "爱尔兰语", "Irish"),
            new Language("lv", "拉脱维亚语", "Latvian"),
            new Language("lt", "立陶宛语", "Lithuanian"),
            new Language("mt", "马耳他语", "Maltese"),
            new Language("pl", "波兰语", "Polish"),
            new Language("pt", "葡萄牙语", "Portuguese"),
            new Language("ro", "罗马尼亚语", "Romanian"),
            new Language("sk", "斯洛伐克语", "Slovak"),
            new Language("sl", "斯洛文尼亚语", "Slovenian"),
            new Language("sv", "瑞典语", "Swedish")));

    private final String modelName;
    private final List<Language> languages;
    private final Map<String, Language> byName = new HashMap<>();

    private LanguageTable(String modelName, List<Language> languages) {
        this.modelName = modelName;
        this.languages = languages;
        for (Language language : languages) {
            byName.put(language.code(), language);
            byName.put(language.promptName(), language);
            byName.put(language.englishName().toLowerCase(Locale.ROOT), language);
        }
        ALIASES.forEach((alias, code) -> {
            if (byName.containsKey(code)) {
                byName.put(alias, byName.get(code));
            }
        });
    }

    /** All languages in the order of the model card. */
    public List<Language> languages() {
        return languages;
    }

    /**
     * The language with that code, Chinese name or English name, whatever the case; empty for {@code auto}.
     *
     * @throws IllegalArgumentException for anything else, with a message that lists what is possible
     */
    public Optional<Language> resolve(String requested) {
        String wanted = requested.strip().toLowerCase(Locale.ROOT);
        if (wanted.equals(AUTO)) {
            return Optional.empty();
        }
        Language language = byName.get(wanted);
        if (language == null) {
            throw new IllegalArgumentException("the language \"" + shortened(requested) + "\" is not one of " + modelName
                    + "'s; use auto or one of: " + languages.stream()
                            .map(l -> l.code() + " (" + l.englishName() + ", " + l.promptName() + ")")
                            .collect(Collectors.joining(", ")));
        }
        return Optional.of(language);
    }

    private static String shortened(String requested) {
        String line = requested.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= 40 ? line : line.substring(0, 40) + "…";
    }
}
