package io.github.funasrjava.weights;

import io.github.funasrjava.weights.TensorSpec.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Every tensor that a configuration calls for, by name and shape: the published names, except that the query, key and
 * value projections and the gate and up projections are one matrix each.
 *
 * @param core the tensors of encoder, adaptor and decoder, all of which must be there
 * @param ctc the tensors of the CTC branch; they count only together
 * @param head the decoder's own output matrix, which is left out when it equals the embedding
 * @param tiedByConfiguration whether the head may be absent from the checkpoint
 */
record TensorCatalog(
        List<TensorSpec> core, List<TensorSpec> ctc, Optional<TensorSpec> head, boolean tiedByConfiguration) {
    static final String EMBEDDING = "llm.model.embed_tokens.weight";
    static final String HEAD = "llm.lm_head.weight";
    /** Beginning of the names of all tensors of the language model. */
    static final String DECODER_PREFIX = "llm.";
    /** Beginnings of the names of all CTC tensors. */
    static final List<String> CTC_PREFIXES = List.of("ctc_decoder.", "ctc.");

    TensorCatalog {
        core = List.copyOf(core);
        ctc = List.copyOf(ctc);
    }

    static TensorCatalog of(ModelConfig config) {
        Builder core = new Builder();
        core.encoder(config.encoder());
        AdaptorConfig adaptor = config.adaptor();
        core.transformer("audio_adaptor", adaptor.encoderWidth() * adaptor.downsampleRate(), adaptor.ffnDim(),
                adaptor.width(), adaptor.innerWidth(), adaptor.layers());
        core.decoder(config.decoder());
        Builder ctc = new Builder();
        config.ctc().ifPresent(c -> {
            ctc.transformer("ctc_decoder", c.encoderWidth() * c.downsampleRate(), c.ffnDim(), c.width(), c.innerWidth(),
                    c.layers());
            ctc.linear("ctc.ctc_lo", c.vocabSize(), c.width());
        });
        Builder head = new Builder();
        head.matrix(HEAD, config.decoder().vocabSize(), config.decoder().hiddenSize());
        return new TensorCatalog(
                core.specs, ctc.specs, Optional.of(head.specs.getFirst()), config.decoder().tiedEmbeddings());
    }

    private static final class Builder {
        final List<TensorSpec> specs = new ArrayList<>();

        void encoder(EncoderConfig c) {
            encoderLayer("audio_encoder.encoders0.0", c.inputWidth(), c);
            for (int i = 0; i < c.blocks() - 1; i++) {
                encoderLayer("audio_encoder.encoders." + i, c.width(), c);
            }
            for (int i = 0; i < c.tpBlocks(); i++) {
                encoderLayer("audio_encoder.tp_encoders." + i, c.width(), c);
            }
            norm("audio_encoder.after_norm", c.width());
            norm("audio_encoder.tp_norm", c.width());
        }

        private void encoderLayer(String name, int inputWidth, EncoderConfig c) {
            norm(name + ".norm1", inputWidth);
            linear(name + ".self_attn.linear_q_k_v", 3 * c.width(), inputWidth);
            rows(name + ".self_attn.fsmn_block.weight", c.width(), 1, c.kernelSize());
            linear(name + ".self_attn.linear_out", c.width(), c.width());
            norm(name + ".norm2", c.width());
            linear(name + ".feed_forward.w_1", c.linearUnits(), c.width());
            linear(name + ".feed_forward.w_2", c.width(), c.linearUnits());
        }

        void transformer(String name, int inputWidth, int ffnDim, int width, int innerWidth, int layers) {
            linear(name + ".linear1", ffnDim, inputWidth);
            linear(name + ".linear2", width, ffnDim);
            for (int i = 0; i < layers; i++) {
                String block = name + ".blocks." + i;
                norm(block + ".norm1", width);
                fused(block + ".self_attn.linear_q_k_v.weight", true,
                        part(block + ".self_attn.linear_q.weight", width, width),
                        part(block + ".self_attn.linear_k.weight", width, width),
                        part(block + ".self_attn.linear_v.weight", width, width));
                fused(block + ".self_attn.linear_q_k_v.bias", false,
                        part(block + ".self_attn.linear_q.bias", width),
                        part(block + ".self_attn.linear_k.bias", width),
                        part(block + ".self_attn.linear_v.bias", width));
                linear(block + ".self_attn.linear_out", width, width);
                norm(block + ".norm2", width);
                linear(block + ".feed_forward.w_1", innerWidth, width);
                linear(block + ".feed_forward.w_2", width, innerWidth);
            }
        }

        void decoder(DecoderConfig c) {
            int hidden = c.hiddenSize();
            int queries = c.attentionHeads() * c.headDim();
            int keys = c.keyValueHeads() * c.headDim();
            for (int i = 0; i < c.layers(); i++) {
                String layer = "llm.model.layers." + i;
                rows(layer + ".input_layernorm.weight", hidden);
                fused(layer + ".self_attn.qkv_proj.weight", true,
                        part(layer + ".self_attn.q_proj.weight", queries, hidden),
                        part(layer + ".self_attn.k_proj.weight", keys, hidden),
                        part(layer + ".self_attn.v_proj.weight", keys, hidden));
                rows(layer + ".self_attn.q_norm.weight", c.headDim());
                rows(layer + ".self_attn.k_norm.weight", c.headDim());
                matrix(layer + ".self_attn.o_proj.weight", hidden, queries);
                rows(layer + ".post_attention_layernorm.weight", hidden);
                fused(layer + ".mlp.gate_up_proj.weight", true,
                        part(layer + ".mlp.gate_proj.weight", c.intermediateSize(), hidden),
                        part(layer + ".mlp.up_proj.weight", c.intermediateSize(), hidden));
                matrix(layer + ".mlp.down_proj.weight", hidden, c.intermediateSize());
            }
            rows("llm.model.norm.weight", hidden);
            matrix(EMBEDDING, c.vocabSize(), hidden);
        }

        void linear(String name, int n, int k) {
            matrix(name + ".weight", n, k);
            rows(name + ".bias", n);
        }

        private void norm(String name, int width) {
            rows(name + ".weight", width);
            rows(name + ".bias", width);
        }

        void matrix(String name, int n, int k) {
            fused(name, true, part(name, n, k));
        }

        private void rows(String name, long... shape) {
            fused(name, false, part(name, shape));
        }

        private void fused(String name, boolean panels, Part... parts) {
            specs.add(new TensorSpec(name, panels, List.of(parts)));
        }

        private static Part part(String name, long... shape) {
            List<Long> sizes = new ArrayList<>();
            for (long size : shape) {
                sizes.add(size);
            }
            return new Part(name, sizes);
        }
    }
}
