package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows 41 and 43 of the reliability cases: what configuration files may say, and what they may not. */
class MalformedConfigTest {
    @TempDir
    Path folder;

    // Row 41

    @Test
    void missingLowFrameRateKeyMeansFalse() {
        assertTrue(new TinyModel(1).config().adaptor().useLowFrameRate());
        ModelConfig config = config("  use_low_frame_rate: true\n", "");
        assertFalse(config.adaptor().useLowFrameRate());
        assertEquals(183, config.adaptor().audioTokens(183), "every row");
        assertEquals(23, new TinyModel(1).config().adaptor().audioTokens(183), "one row in eight");
        assertEquals(List.of(0, 1, 1, 1, 2), List.of(0, 1, 7, 8, 9).stream()
                .map(new TinyModel(1).config().adaptor()::audioTokens).toList());
    }

    @Test
    void configurationDrivesWhateverTheWeightsAreFrom() throws IOException {
        Path source = new TinyModel(1).edit("config.yaml", s -> s.replace("  use_low_frame_rate: true\n", "")).write(folder.resolve("m"));
        try (ModelWeights weights = ModelDirectory.open(source, OpenOptions.defaults().withCacheDir(folder.resolve("c")))) {
            assertFalse(weights.config().adaptor().useLowFrameRate());
        }
    }

    @Test
    void weightsOfAnotherModelAreRefusedWithEveryDifference() throws IOException {
        Path source = new TinyModel(1).edit("config.yaml", s -> s.replace("output_size: 12", "output_size: 16")
                .replace("llm_dim: 12", "llm_dim: 16")).write(folder.resolve("m"));
        WeightsException e = Refusals.refused(Kind.MISMATCH,
                () -> ModelDirectory.open(source, OpenOptions.defaults().withCacheDir(folder.resolve("c"))), "does not fit its configuration");
        assertTrue(e.details().contains("audio_encoder.tp_norm.weight is [12] instead of [16]"), e.details().toString());
        assertTrue(e.details().contains("audio_adaptor.linear1.weight is [18, 12] instead of [18, 16]"));
    }

    @Test
    void publishedDefaultsAreFilledIn() {
        ModelConfig config = config("  kernel_size: 5\n", "");
        assertEquals(11, config.encoder().kernelSize());
        assertEquals(5, config.encoder().leftPadding());
        assertEquals(5, config.encoder().rightPadding());
        assertEquals(8, config.adaptor().attentionHeads());
        assertEquals(60_515, config("ctc_vocab_size: 37\n", "").ctc().orElseThrow().vocabSize());
        assertEquals(60_514, config("ctc_vocab_size: 37\n", "").ctc().orElseThrow().blankId());
        assertEquals(3, config("ctc_vocab_size: 37\n", "ctc_vocab_size: 37\nctc_conf: {blank_id: 3}\n").ctc().orElseThrow().blankId());
        assertTrue(config.prompt().doThink() && config.prompt().systemPrompt());
        assertFalse(config("frontend: ", "dataset_conf: {do_think: no, sys_prompt: False}\nfrontend: ").prompt().doThink());
        assertFalse(config("frontend: ", "dataset_conf: {do_think: no, sys_prompt: False}\nfrontend: ").prompt().systemPrompt());
        assertEquals("multilingual.tiktoken", config.ctcVocabulary());
        assertEquals(12, config.frontend().featureWidth());
    }

    @Test
    void decoderFolderOfAFineTunedConfigurationIsFoundByItsName() {
        assertEquals("Qwen3-0.6B", config("init_param_path: Qwen3-0.6B\n", "init_param_path: /home/somebody/cache/Qwen3-0.6B\n").decoderFolder());
        assertEquals("Qwen3-0.6B", config("init_param_path: Qwen3-0.6B\n", "init_param_path: Qwen/other\n").decoderFolder());
        refused(Kind.MALFORMED, "init_param_path: Qwen3-0.6B\n", "init_param_path: a/..\n", "not inside the model directory");
    }

    @Test
    void stopTokensComeFromBothFiles() {
        TinyModel model = new TinyModel(1);
        model.files.put("Qwen3-0.6B/generation_config.json", "{\"eos_token_id\": [5, 6], \"do_sample\": true}");
        assertEquals(Set.of(5, 6), model.config().decoder().stopTokenIds());
        assertEquals(List.of(5), model.config().decoder().eosTokenIds());
    }

    // Row 43

    @Test
    void refusesABombOfAnchors() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 30; i++) {
            bomb.append("a").append(i).append(": &a").append(i).append(" [").append(("*a" + (i - 1) + ",").repeat(8)).append("*a")
                    .append(i - 1).append("]\n");
        }
        BoundedRun.one(() ->
                Refusals.refusedWithin(200, 64 << 20, Kind.MALFORMED, () -> yaml(bomb.toString()), "aliases"));
        Refusals.refused(Kind.LIMIT, () -> yaml("a: &a\n  b: *a\n"), "levels deep");
        Refusals.refused(Kind.LIMIT, () -> yaml("a: &a [*a]\n"), "levels deep");
    }

    @Test
    void refusesTagsOfOtherLanguages() {
        for (String tag : List.of("!!python/object/apply:os.system ['true']", "!!java.net.URL ['http://localhost']", "!foo bar", "!!binary x")) {
            assertEquals(Kind.MALFORMED, assertThrows(WeightsException.class, () -> yaml("model: " + tag + "\n"), tag).kind());
        }
    }

    @Test
    void refusesReferencesInACircle() {
        Refusals.refused(Kind.MALFORMED, () -> yaml("a: ${b}\nb: ${a}\n"), "in a circle", "${");
        Refusals.refused(Kind.MALFORMED, () -> yaml("a: ${a}\n"), "in a circle at a");
        Refusals.refused(Kind.MALFORMED, () -> yaml("a:\n  b: x${c.d}\nc:\n  d: ${a.b}y\n"), "in a circle");
        refused(Kind.MALFORMED, "frontend: ", "train: {x: \"${train.y}\", y: \"${train.x}\"}\nfrontend: ", "in a circle", "train.");
    }

    @Test
    void refusesReferencesThatMultiply() {
        StringBuilder bomb = new StringBuilder("r0: \"\"\n");
        for (int i = 1; i < 40; i++) {
            bomb.append("r").append(i).append(": \"${r").append(i - 1).append("}${r").append(i - 1).append("}\"\n");
        }
        Refusals.refusedWithin(200, 64 << 20, Kind.LIMIT, () -> yaml(bomb.toString()), "more than 1000 references");
        Refusals.refused(Kind.LIMIT, () -> yaml("a: " + "x".repeat(4000) + "\nb: ${a}${a}\n"), "more than 4096 characters");
    }

    @Test
    void followsReferencesThatAreSound() {
        Settings settings = yaml("a: {b: 7, c: \"${a.b}\", d: \"v${a.b}-${a.c}\", e: \"${oc.env:HOME}\", f: \"${a.flag}\", flag: true}\n");
        assertEquals(7, settings.section("a").integer("c", 0, 9));
        assertEquals("v7-7", settings.section("a").text("d").orElseThrow());
        assertTrue(settings.section("a").truth("f", false));
        Refusals.refused(Kind.MISSING, () -> settings.section("a").text("e"), "refers at a.e to ${oc.env:HOME}, which is not set");
    }

    @Test
    void refusesTabsAndOtherBrokenYaml() {
        Refusals.refused(Kind.MALFORMED, () -> yaml("a:\n\tb: 1\n"), "not acceptable YAML in line 2");
        Refusals.refused(Kind.MALFORMED, () -> yaml("a: 1\na: 2\n"), "not acceptable YAML");
        Refusals.refused(Kind.MALFORMED, () -> yaml("- a\n- b\n"), "does not hold settings");
        Refusals.refused(Kind.MALFORMED, () -> yaml("a: [1, 2\n"), "not acceptable YAML");
        Refusals.refused(Kind.MALFORMED, () -> Yaml.settings(new byte[] {'a', ':', ' ', (byte) 0xFF}, "config.yaml"), "not UTF-8");
        Refusals.refused(Kind.MALFORMED, () -> yaml(""), "is empty");
        Refusals.refused(Kind.MALFORMED, () -> yaml("a: \"\\u"), "a broken text or number");
        Refusals.refused(Kind.LIMIT, () -> yaml("#".repeat(1 << 21)), "limit is 1.0 MB");
        WeightsException e = assertThrows(WeightsException.class, () -> yaml("a: " + "[".repeat(100_000)));
        assertTrue(e.kind() == Kind.LIMIT || e.kind() == Kind.MALFORMED);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "output_size: 12 | output_size: 0 | must be from 1",
        "output_size: 12 | output_size: -12 | must be from 1",
        "output_size: 12 | output_size: 99999999 | must be from 1 to 65536",
        "output_size: 12 | output_size: 1e30 | must be a whole number",
        "output_size: 12 | output_size: twelve | must be a whole number",
        "output_size: 12 | output_size: [12] | must be a whole number",
        "num_blocks: 2 | num_blocks: 0 | must be from 1",
        "tp_blocks: 1 | tp_blocks: 100000 | must be from 0 to 1024",
        "attention_heads: 2 | attention_heads: 5 | does not divide output_size 12",
        "kernel_size: 5 | kernel_size: 0 | must be from 1",
        "sanm_shfit: 0 | sanm_shfit: 3 | out of its window",
        "downsample_rate: 1 | downsample_rate: 0 | must be from 1",
        "n_mels: 4 | n_mels: 5 | even feature width",
        "fs: 16000 | fs: 8000 | must be from 16000 to 16000",
        "lfr_n: 2 | lfr_n: 0 | must be from 1",
        "use_low_frame_rate: true | use_low_frame_rate: maybe | must be true or false",
        "ctc_vocab_size: 37 | ctc_vocab_size: 1 | must be from 2",
    })
    void refusesValuesOutOfRange(String from, String to, String words) {
        refused(Kind.MALFORMED, from, to, words);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "model: FunASRNano | model: Paraformer | FunASRNano",
        "window: hamming | window: hann | hamming",
        "cmvn_file: null | cmvn_file: am.mvn | null",
        "audio_adaptor: Transformer | audio_adaptor: Linear | Transformer",
        "output_size: 12 | 'normalize_before: false, output_size: 12' | true",
    })
    void namesWhatIsNotImplemented(String from, String to, String words) {
        String text = to.startsWith("normalize") ? "output_size: 12\n  normalize_before: false" : to;
        refused(Kind.UNSUPPORTED, from, text, words);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "\"hidden_act\": \"silu\" | \"hidden_act\": \"gelu\" | UNSUPPORTED | silu",
        "\"attention_bias\": false | \"attention_bias\": true | UNSUPPORTED | attention_bias",
        "\"rope_scaling\": null | \"rope_scaling\": {\"type\": \"yarn\"} | UNSUPPORTED | rope_scaling",
        "\"model_type\": \"qwen3\" | \"model_type\": \"llama\" | UNSUPPORTED | qwen3",
        "\"num_key_value_heads\": 2 | \"num_key_value_heads\": 3 | MALFORMED | does not divide",
        "\"head_dim\": 6 | \"head_dim\": 7 | MALFORMED | odd",
        "\"eos_token_id\": 5 | \"eos_token_id\": 70 | MALFORMED | from 0 to 69",
        "\"eos_token_id\": 5 | \"eos_token_id\": null | MISSING | eos_token_id",
        "\"vocab_size\": 70 | \"vocab_size\": 0 | MALFORMED | must be from 1",
        "\"hidden_size\": 24, | '' | MISSING | hidden_size",
        "\"rms_norm_eps\": 1e-06 | \"rms_norm_eps\": -1 | MALFORMED | must be from 0",
        "\"vocab_size\": 70 | \"vocab_size\": 70, \"vocab_size\": 71 | MALFORMED | not valid JSON",
        "\"vocab_size\": 70 | \"vocab_size\": | MALFORMED | not valid JSON in line 3",
    })
    void refusesDecodersThatItCannotRun(String from, String to, Kind kind, String words) {
        TinyModel model = new TinyModel(1).edit("Qwen3-0.6B/config.json", s -> s.replace(from, to == null ? "" : to));
        Refusals.refused(kind, model::config, words);
    }

    @Test
    void readsRopeThetaWhereNewerFilesPutIt() {
        TinyModel model = new TinyModel(1).edit("Qwen3-0.6B/config.json",
                s -> s.replace("\"rope_theta\": 1000000", "\"rope_parameters\": {\"rope_theta\": 500000.0, \"rope_type\": \"default\"}"));
        assertEquals(500_000.0, model.config().decoder().ropeTheta());
    }

    @Test
    void recognisesPointersInPlaceOfFiles() {
        String pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
        Refusals.refused(Kind.MALFORMED, new TinyModel(1).edit("config.yaml", s -> pointer)::config, "Git LFS pointer");
        Refusals.refused(Kind.MALFORMED, new TinyModel(1).edit("Qwen3-0.6B/config.json", s -> pointer)::config, "Git LFS pointer");
    }

    @Test
    void namesMissingFiles() throws IOException {
        TinyModel model = new TinyModel(1);
        model.files.remove("Qwen3-0.6B/config.json");
        Refusals.refused(Kind.MISSING, model::config, "Qwen3-0.6B/config.json does not exist");
        Refusals.refused(Kind.MISSING, () -> ModelDirectory.open(folder.resolve("none"), OpenOptions.defaults()), "does not exist");
        Refusals.refused(Kind.MISSING, () -> ModelDirectory.open(folder, OpenOptions.defaults()), "config.yaml does not exist");
        Path file = java.nio.file.Files.createFile(folder.resolve("model.pt"));
        Refusals.refused(Kind.IO, () -> ModelDirectory.open(file, OpenOptions.defaults()), "is a file; give the folder");
    }

    private static ModelConfig config(String from, String to) {
        return new TinyModel(1).edit("config.yaml", s -> s.replace(from, to)).config();
    }

    private static void refused(Kind kind, String from, String to, String... words) {
        Refusals.refused(kind, () -> config(from, to), words);
    }

    private static Settings yaml(String text) {
        return Yaml.settings(text.getBytes(StandardCharsets.UTF_8), "config.yaml");
    }
}
