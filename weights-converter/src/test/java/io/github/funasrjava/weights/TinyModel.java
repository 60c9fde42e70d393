package io.github.funasrjava.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * Makes a model directory in the published form, with sizes that are multiples of nothing and random weights. Every part
 * can be changed before it is written.
 */
final class TinyModel {
    static final String CONFIG = """
            model: FunASRNano
            audio_encoder: SenseVoiceEncoderSmall
            audio_encoder_conf:
              output_size: 12
              attention_heads: 2
              linear_units: 20
              num_blocks: 2
              tp_blocks: 1
              kernel_size: 5
              sanm_shfit: 0
            llm_conf:
              init_param_path: Qwen3-0.6B
            audio_adaptor: Transformer
            audio_adaptor_conf:
              downsample_rate: 1
              use_low_frame_rate: true
              ffn_dim: 18
              llm_dim: 24
              encoder_dim: 12
              n_layer: 1
            ctc_decoder: Transformer
            ctc_decoder_conf:
              ffn_dim: 10
              llm_dim: 12
              n_layer: 1
              attention_heads: 2
            ctc_vocab_size: 37
            frontend: WavFrontend
            frontend_conf:
              fs: 16000
              window: hamming
              n_mels: 4
              lfr_m: 3
              lfr_n: 2
              cmvn_file: null
            tokenizer_conf:
              init_param_path: ${llm_conf.init_param_path}
            """;
    static final String DECODER = """
            {"model_type": "qwen3", "hidden_act": "silu", "hidden_size": 24, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6, "intermediate_size": 26,
             "vocab_size": 70, "rms_norm_eps": 1e-06, "rope_theta": 1000000, "tie_word_embeddings": true,
             "eos_token_id": 5, "rope_scaling": null, "attention_bias": false}
            """;

    /** A tensor's type and values; the values are what the type can hold. */
    record Values(ElementType type, List<Long> shape, double[] values) {
        byte[] bytes() {
            ByteBuffer out = ByteBuffer.allocate(values.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            for (double value : values) {
                switch (type) {
                    case F64 -> out.putDouble(value);
                    case F32 -> out.putFloat((float) value);
                    case F16 -> out.putShort(Float.floatToFloat16((float) value));
                    case BF16 -> out.putShort((short) (Float.floatToRawIntBits((float) value) >>> 16));
                    default -> out.putLong((long) value);
                }
            }
            return out.array();
        }
    }

    final Map<String, Values> tensors = new LinkedHashMap<>();
    final Map<String, String> files = new LinkedHashMap<>();
    TorchBytes.Wrapping wrapping = TorchBytes.Wrapping.STATE_DICT;

    /** Core tensors of {@code core}, CTC tensors of {@code ctc} type. */
    TinyModel(long seed, ElementType core, ElementType ctc) {
        files.put("config.yaml", CONFIG);
        files.put("configuration.json", "{}");
        files.put("multilingual.tiktoken", "IQ== 0\n");
        files.put("Qwen3-0.6B/config.json", DECODER);
        files.put("Qwen3-0.6B/vocab.json", "{\"a\": 0, \"b\": 1, \"ab\": 2}");
        files.put("Qwen3-0.6B/merges.txt", "#version: 0.2\na b\n");
        files.put("Qwen3-0.6B/tokenizer.json",
                "{\"model\": {\"type\": \"BPE\"}, \"added_tokens\": [{\"id\": 5, \"content\": \"<|im_end|>\", \"special\": true}]}");
        SplittableRandom random = new SplittableRandom(seed);
        TensorCatalog catalog = TensorCatalog.of(config());
        for (TensorSpec spec : catalog.core()) {
            spec.parts().forEach(part -> add(part, core, random));
        }
        for (TensorSpec spec : catalog.ctc()) {
            spec.parts().forEach(part -> add(part, ctc, random));
        }
        tensors.put(TensorCatalog.HEAD, tensors.get(TensorCatalog.EMBEDDING));
    }

    TinyModel(long seed) {
        this(seed, ElementType.BF16, ElementType.F32);
    }

    ModelConfig config() {
        return ModelConfig.read(new ModelFiles.InProgram("tiny", name -> java.util.Optional.ofNullable(files.get(name))
                .map(text -> new java.io.ByteArrayInputStream(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)))));
    }

    TinyModel edit(String file, UnaryOperator<String> change) {
        String before = files.get(file);
        String after = change.apply(before);
        if (after.equals(before)) {
            throw new IllegalArgumentException("nothing changed in " + file);
        }
        files.put(file, after);
        return this;
    }

    TinyModel wrapping(TorchBytes.Wrapping value) {
        wrapping = value;
        return this;
    }

    TinyModel remove(String name) {
        if (tensors.remove(name) == null) {
            throw new IllegalArgumentException("no tensor " + name);
        }
        return this;
    }

    TinyModel withoutCtc() {
        tensors.keySet().removeIf(name -> TensorCatalog.CTC_PREFIXES.stream().anyMatch(name::startsWith));
        return this;
    }

    TorchBytes torch() {
        TorchBytes torch = new TorchBytes().wrapping(wrapping);
        tensors.forEach((name, values) -> torch.tensor(name, values.type, values.shape, values.bytes()));
        return torch;
    }

    Path write(Path directory) throws IOException {
        return write(directory, torch().build());
    }

    Path write(Path directory, byte[] checkpoint) throws IOException {
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = directory.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
        Files.write(directory.resolve("model.pt"), checkpoint);
        return directory;
    }

    private void add(TensorSpec.Part part, ElementType type, SplittableRandom random) {
        tensors.put(part.name(), random(type, part.shape(), random));
    }

    /** Values that fill the type: every bit of an f32 mantissa is used, bf16 and f16 values are exact. */
    static Values random(ElementType type, List<Long> shape, SplittableRandom random) {
        int count = Math.toIntExact(shape.stream().reduce(1L, (a, b) -> a * b));
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            double value = random.nextDouble(-2, 2);
            values[i] = switch (type) {
                case F64 -> value;
                case F32 -> (float) value;
                case F16 -> Float.float16ToFloat(Float.floatToFloat16((float) value));
                case BF16 -> Float.intBitsToFloat(Float.floatToRawIntBits((float) value) & 0xFFFF0000);
                default -> random.nextInt(100);
            };
        }
        return new Values(type, shape, values);
    }
}
