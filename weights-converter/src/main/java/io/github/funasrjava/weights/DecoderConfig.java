package io.github.funasrjava.weights;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * {@code config.json} of the language model, a Qwen3 decoder.
 *
 * @param hiddenSize columns of the residual stream
 * @param layers decoder layers
 * @param attentionHeads query heads
 * @param keyValueHeads key and value heads
 * @param headDim columns of one head
 * @param intermediateSize inner width of the feed-forward part
 * @param vocabSize rows of the embedding
 * @param rmsNormEps epsilon of all RMS norms
 * @param ropeTheta base of the rotary embedding
 * @param maxPositions longest sequence that the model was made for
 * @param tiedEmbeddings whether the configuration says that the head is the embedding; the weights decide
 * @param eosTokenIds {@code eos_token_id} of config.json: ends a transcript
 * @param alsoEndTokenIds further end ids that generation_config.json lists
 */
public record DecoderConfig(
        int hiddenSize, int layers, int attentionHeads, int keyValueHeads, int headDim, int intermediateSize,
        int vocabSize, double rmsNormEps, double ropeTheta, int maxPositions, boolean tiedEmbeddings,
        List<Integer> eosTokenIds, List<Integer> alsoEndTokenIds) {
    public DecoderConfig {
        eosTokenIds = List.copyOf(eosTokenIds);
        alsoEndTokenIds = List.copyOf(alsoEndTokenIds);
    }

    /** Every id that ends a transcript. */
    public Set<Integer> stopTokenIds() {
        Set<Integer> ids = new LinkedHashSet<>(eosTokenIds);
        ids.addAll(alsoEndTokenIds);
        return ids;
    }

    static DecoderConfig read(Settings json, Optional<Settings> generation) {
        json.requireText("model_type", "qwen3"::equals, "qwen3");
        json.requireText("hidden_act", "silu"::equals, "silu");
        if (json.truth("attention_bias", false)) {
            throw json.unsupported("attention_bias", true, "false");
        }
        if (json.truth("use_sliding_window", false)) {
            throw json.unsupported("use_sliding_window", true, "false");
        }
        if (json.has("rope_scaling")) {
            throw json.unsupported("rope_scaling", "a value", "null");
        }
        Settings rope = json.section("rope_parameters");
        rope.requireText("rope_type", "default"::equals, "default");
        int heads = json.integer("num_attention_heads", 1, ModelConfig.MAX_HEADS);
        int hidden = json.integer("hidden_size", 1, ModelConfig.MAX_WIDTH);
        int vocab = json.integer("vocab_size", 1, ModelConfig.MAX_VOCAB);
        DecoderConfig config = new DecoderConfig(
                hidden,
                json.integer("num_hidden_layers", 1, ModelConfig.MAX_LAYERS),
                heads,
                json.integer("num_key_value_heads", 1, ModelConfig.MAX_HEADS, heads),
                json.integer("head_dim", 2, 4096, Math.max(2, hidden / heads)),
                json.integer("intermediate_size", 1, ModelConfig.MAX_WIDTH),
                vocab,
                json.number("rms_norm_eps", 0, 1, 1e-6),
                json.number("rope_theta", 1, 1e12, rope.number("rope_theta", 1, 1e12, 1e4)),
                json.integer("max_position_embeddings", 1, 1 << 24, 40_960),
                json.truth("tie_word_embeddings", false),
                json.integers("eos_token_id", 0, vocab - 1),
                generation.map(settings -> settings.integers("eos_token_id", 0, vocab - 1)).orElse(List.of()));
        ModelConfig.requireDivides(json, "num_key_value_heads", config.keyValueHeads(), "num_attention_heads", heads);
        if (config.headDim() % 2 != 0) {
            throw json.inconsistent("head_dim " + config.headDim() + " is odd, which rotary embeddings cannot be");
        }
        if (config.eosTokenIds().isEmpty()) {
            throw new WeightsException(WeightsException.Kind.MISSING, "config.json of the language model does not set eos_token_id.");
        }
        return config;
    }
}
