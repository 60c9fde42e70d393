package io.github.funasrjava.bench.compare;

import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import io.github.funasrjava.weights.DecoderConfig;
import io.github.funasrjava.weights.ModelWeights;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Writes the language model of an open model as GGUF, for llama.cpp to run: matrices in the type asked for, norms as
 * f32, no vocabulary. A tied head is left out, as llama.cpp's own converter does. Query and key rows stay in their
 * order: llama.cpp turns the halves of a head for this architecture, as the checkpoint does.
 */
final class DecoderExport {
    private final ModelWeights weights;
    private final DecoderConfig config;
    private final GgufType type;
    private final GgufFile file = new GgufFile();

    private DecoderExport(ModelWeights weights, GgufType type) {
        this.weights = weights;
        this.config = weights.config().decoder();
        this.type = type;
    }

    /**
     * Writes {@code file}, which must not exist yet.
     *
     * @throws UsageException if rows of this model are no whole blocks of {@code type}
     */
    static void write(ModelWeights weights, GgufType type, Path file) throws IOException {
        new DecoderExport(weights, type).write(file);
    }

    private void write(Path target) throws IOException {
        requireBlocks(config.hiddenSize(), "hidden_size");
        requireBlocks(config.intermediateSize(), "intermediate_size");
        requireBlocks(config.attentionHeads() * config.headDim(), "the width of all heads");
        file.text("general.architecture", "qwen3");
        file.text("general.name", weights.metadata().model());
        file.integer("qwen3.block_count", config.layers());
        file.integer("qwen3.context_length", config.maxPositions());
        file.integer("qwen3.embedding_length", config.hiddenSize());
        file.integer("qwen3.feed_forward_length", config.intermediateSize());
        file.integer("qwen3.attention.head_count", config.attentionHeads());
        file.integer("qwen3.attention.head_count_kv", config.keyValueHeads());
        file.integer("qwen3.attention.key_length", config.headDim());
        file.integer("qwen3.attention.value_length", config.headDim());
        file.number("qwen3.attention.layer_norm_rms_epsilon", (float) config.rmsNormEps());
        file.number("qwen3.rope.freq_base", (float) config.ropeTheta());
        file.integer("qwen3.vocab_size", config.vocabSize());
        file.text("tokenizer.ggml.model", "no_vocab");
        matrix("token_embd", "llm.model.embed_tokens.weight", 0, config.vocabSize());
        vector("output_norm", "llm.model.norm.weight");
        if (!weights.headIsTied()) {
            matrix("output", "llm.lm_head.weight", 0, config.vocabSize());
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            layer("blk." + layer + ".", "llm.model.layers." + layer + ".");
        }
        file.write(target);
    }

    private void layer(String to, String from) {
        int queries = config.attentionHeads() * config.headDim();
        int keys = config.keyValueHeads() * config.headDim();
        int inner = config.intermediateSize();
        vector(to + "attn_norm", from + "input_layernorm.weight");
        matrix(to + "attn_q", from + "self_attn.qkv_proj.weight", 0, queries);
        matrix(to + "attn_k", from + "self_attn.qkv_proj.weight", queries, keys);
        matrix(to + "attn_v", from + "self_attn.qkv_proj.weight", queries + keys, keys);
        matrix(to + "attn_output", from + "self_attn.o_proj.weight", 0, config.hiddenSize());
        vector(to + "attn_q_norm", from + "self_attn.q_norm.weight");
        vector(to + "attn_k_norm", from + "self_attn.k_norm.weight");
        vector(to + "ffn_norm", from + "post_attention_layernorm.weight");
        matrix(to + "ffn_gate", from + "mlp.gate_up_proj.weight", 0, inner);
        matrix(to + "ffn_up", from + "mlp.gate_up_proj.weight", inner, inner);
        matrix(to + "ffn_down", from + "mlp.down_proj.weight", 0, config.hiddenSize());
    }

    private void matrix(String to, String from, int firstRow, int rows) {
        PanelMatrix stored = weights.matrix(from);
        file.matrix(to + ".weight", rows, stored.k(), type, (row, values) -> PanelPacker.unpackRow(stored, firstRow + row, values));
    }

    private void vector(String to, String from) {
        file.vector(to + ".weight", weights.vector(from).row(0));
    }

    private void requireBlocks(int columns, String what) {
        if (!type.holds(columns)) {
            throw new UsageException("llama.cpp's " + type + " holds blocks of 32 values, and " + what + " of this model is "
                    + columns + "; name another type with --llama-weights.");
        }
    }
}
