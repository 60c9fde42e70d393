package io.github.funasrjava.weights;

import java.util.Objects;
import java.util.Optional;

/**
 * Everything in {@code config.yaml} and the language model's {@code config.json} that inference depends on, range-checked.
 *
 * @param frontend features
 * @param encoder audio encoder
 * @param adaptor encoder to decoder
 * @param ctc the CTC branch, if the configuration declares one
 * @param decoder language model
 * @param prompt prompt options
 * @param decoderFolder folder of the language model's files inside the model directory ({@code Qwen3-0.6B})
 * @param ctcVocabulary file of the CTC branch's tokens inside the model directory
 */
public record ModelConfig(
        FrontendConfig frontend, EncoderConfig encoder, AdaptorConfig adaptor, Optional<CtcConfig> ctc,
        DecoderConfig decoder, PromptConfig prompt, String decoderFolder, String ctcVocabulary) {
    static final int MAX_WIDTH = 1 << 16;
    static final int MAX_HEADS = 1 << 10;
    static final int MAX_LAYERS = 1 << 10;
    static final int MAX_VOCAB = 1 << 21;

    /** Name of the main configuration file. */
    public static final String CONFIG_FILE = "config.yaml";

    public ModelConfig {
        Objects.requireNonNull(frontend);
        Objects.requireNonNull(encoder);
        Objects.requireNonNull(adaptor);
        Objects.requireNonNull(ctc);
        Objects.requireNonNull(decoder);
        Objects.requireNonNull(prompt);
        Objects.requireNonNull(decoderFolder);
        Objects.requireNonNull(ctcVocabulary);
    }

    /**
     * Reads the configuration of a model directory.
     *
     * @throws WeightsException if a file or a key is missing, out of range or not implemented
     */
    public static ModelConfig read(ModelFiles files) {
        Settings yaml = Yaml.settings(files.bytes(CONFIG_FILE), files.describe(CONFIG_FILE));
        yaml.requireText("model", "FunASRNano"::equals, "FunASRNano");
        yaml.requireText("audio_encoder", "SenseVoiceEncoderSmall"::equals, "SenseVoiceEncoderSmall");
        yaml.requireText("audio_adaptor", "Transformer"::equals, "Transformer");
        yaml.requireText("frontend", "WavFrontend"::equals, "WavFrontend");
        Settings frontendConf = yaml.section("frontend_conf");
        if (frontendConf.has("cmvn_file")) {
            throw frontendConf.unsupported("cmvn_file", frontendConf.text("cmvn_file").orElse(""), "null");
        }
        FrontendConfig frontend = FrontendConfig.read(frontendConf);
        String folder = decoderFolder(yaml, files);
        DecoderConfig decoder = DecoderConfig.read(json(files, folder + "/config.json"),
                files.has(folder + "/generation_config.json")
                        ? Optional.of(json(files, folder + "/generation_config.json"))
                        : Optional.empty());
        EncoderConfig encoder = EncoderConfig.read(yaml.section("audio_encoder_conf"), frontend.featureWidth());
        Settings dataset = yaml.section("dataset_conf");
        return new ModelConfig(
                frontend,
                encoder,
                AdaptorConfig.read(yaml.section("audio_adaptor_conf"), encoder.width(), decoder.hiddenSize()),
                yaml.has("ctc_decoder") ? Optional.of(CtcConfig.read(yaml, encoder.width())) : Optional.empty(),
                decoder,
                PromptConfig.read(dataset),
                folder,
                lastName(dataset.section("ctc_tokenizer_conf").text("vocab_path").orElse("multilingual.tiktoken")));
    }

    static void requireDivides(Settings conf, String part, int divisor, String whole, int value) {
        if (value % divisor != 0) {
            throw conf.inconsistent(part + " " + divisor + " does not divide " + whole + " " + value);
        }
    }

    private static Settings json(ModelFiles files, String name) {
        return Settings.of(files.describe(name), Json.object(files.bytes(name), files.describe(name)));
    }

    /** Fine-tuned configurations carry the absolute path of the machine that made them; only the last name counts. */
    private static String decoderFolder(Settings yaml, ModelFiles files) {
        String named = lastName(yaml.section("llm_conf").text("init_param_path").orElse("Qwen3-0.6B"));
        return files.has(named + "/config.json") || !files.has("Qwen3-0.6B/config.json") ? named : "Qwen3-0.6B";
    }

    private static String lastName(String path) {
        String[] parts = path.replace('\\', '/').split("/");
        String last = parts.length == 0 ? "" : parts[parts.length - 1];
        if (last.isEmpty() || last.equals(".") || last.equals("..") || last.indexOf('\0') >= 0) {
            throw new WeightsException(WeightsException.Kind.MALFORMED,
                    CONFIG_FILE + " names the file " + Messages.quote(path) + ", which is not inside the model directory.");
        }
        return last;
    }
}
