package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows 33, 34, 40 and 42 of the reliability cases: tensors, values and tokenizers that do not belong to the model. */
class ModelMismatchTest {
    @TempDir
    Path folder;

    private Path source;
    private Path target;

    @BeforeEach
    void places() {
        source = folder.resolve("source");
        target = folder.resolve("converted");
    }

    // Row 33

    @Test
    void listsAllDifferencesOfACheckpointInOneError() throws IOException {
        TinyModel model = new TinyModel(1).remove("llm.model.norm.weight").remove("audio_encoder.encoders.0.norm1.bias")
                .remove("audio_encoder.tp_encoders.0.norm1.bias");
        model.tensors.put("llm.model.layers.0.extra", model.tensors.get("audio_adaptor.linear1.bias"));
        model.tensors.put("llm.model.layers.1.extra", model.tensors.get("audio_adaptor.linear1.bias"));
        model.tensors.put("audio_adaptor.linear1.bias", model.tensors.get("audio_adaptor.linear2.bias"));
        TinyModel.Values norm = model.tensors.get("audio_encoder.tp_norm.weight");
        model.tensors.put("audio_encoder.tp_norm.weight", new TinyModel.Values(ElementType.I64, norm.shape(), norm.values()));
        model.write(source);
        WeightsException e = Refusals.refused(Kind.MISMATCH, () -> Converter.convert(source, target, ConvertOptions.defaults()),
                "7 differences", "llm.model.norm.weight missing [24]", "audio_encoder.encoders.0.norm1.bias missing [12]",
                "audio_encoder.tp_encoders.0.norm1.bias missing [12]",
                "llm.model.layers.{0..1}.extra unexpected (2 tensors)", "audio_adaptor.linear1.bias is [24] instead of [18]",
                "audio_encoder.tp_norm.weight holds I64 values");
        assertEquals(7, e.details().size());
        assertFalse(Files.exists(target));
    }

    @Test
    void saysWhyAFineTunedCheckpointLacksTheLanguageModel() throws IOException {
        TinyModel model = new TinyModel(1);
        model.tensors.keySet().removeIf(name -> name.startsWith("llm."));
        model.write(source);
        Refusals.refused(Kind.MISMATCH, () -> Converter.convert(source, target, ConvertOptions.defaults()),
                "effective_save_name_excludes", "llm.model.layers.{0..1}.self_attn.q_proj.weight missing [24, 24] (2 tensors)");
    }

    @Test
    void listsAllDifferencesOfAConvertedFileInOneError() throws IOException {
        new TinyModel(2).write(source);
        Converter.convert(source, target, ConvertOptions.defaults());
        String config = Files.readString(target.resolve("config.yaml"));
        Files.writeString(target.resolve("config.yaml"), config.replace("linear_units: 20", "linear_units: 24").replace("tp_blocks: 1", "tp_blocks: 2")
                .replace("n_layer: 1\nctc", "n_layer: 0\nctc"));
        WeightsException e = Refusals.refused(Kind.MISMATCH, () -> ModelDirectory.open(target, OpenOptions.defaults()),
                "audio_encoder.tp_encoders.1.norm1.weight missing [12]", "feed_forward.w_1.weight is [20, 12] instead of [24, 12]",
                "audio_adaptor.blocks.0.norm1.weight unexpected");
        assertTrue(e.details().size() > 20, e.details().toString());
    }

    @Test
    void refusesAConvertedFileOfAnotherKindOrVersion() throws IOException {
        new TinyModel(3).write(source);
        Converter.convert(source, target, ConvertOptions.defaults());
        Path file = target.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, replaced(bytes, "\"format_version\":\"1\"", "\"format_version\":\"9\""));
        Refusals.refused(Kind.UNSUPPORTED, () -> ModelDirectory.open(target, OpenOptions.defaults()), "another version", "format 9");
        Files.write(file, replaced(bytes, "\"kind\":\"fun-asr-nano\"", "\"kind\":\"fun-asr-none\""));
        Refusals.refused(Kind.MISMATCH, () -> ModelDirectory.open(target, OpenOptions.defaults()), "fun-asr-none");
        Files.write(file, replaced(bytes, "panels 70x24 ", "panels 71x24 "));
        Refusals.refused(Kind.MISMATCH, () -> ModelDirectory.open(target, OpenOptions.defaults()), "is [71, 24] instead of [70, 24]");
        Files.write(file, replaced(bytes, "panels 70x24 ", "raw    70x24 "));
        Refusals.refused(Kind.MALFORMED, () -> ModelDirectory.open(target, OpenOptions.defaults()), "no readable metadata");
        Files.write(file, replaced(bytes, "\"precision\":\"keep\"", "\"precision\":\"int4\""));
        Refusals.refused(Kind.UNSUPPORTED, () -> ModelDirectory.open(target, OpenOptions.defaults()), "unknown precision \"int4\"");
    }

    @Test
    void refusesAConvertedFileWhoseTensorsAreNotAligned() throws IOException {
        new TinyModel(3).write(source);
        Converter.convert(source, target, ConvertOptions.defaults());
        Path file = target.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int dataStart = 8 + Math.toIntExact(length.getLong(0));
        assertEquals(' ', bytes[dataStart - 1]);
        length.putLong(0, dataStart - 9); // one space less: still valid safetensors
        byte[] shifted = java.util.Arrays.copyOf(bytes, bytes.length - 1);
        System.arraycopy(bytes, dataStart, shifted, dataStart - 1, bytes.length - dataStart);
        Files.write(file, shifted);
        Refusals.refused(Kind.MISMATCH, () -> ModelDirectory.open(target, OpenOptions.defaults()), "is not aligned to 64 bytes");
    }

    @Test
    void aCutOrRewrittenCacheIsMadeAgain() throws IOException {
        new TinyModel(4).write(source);
        List<String> heard = new ArrayList<>();
        OpenOptions options = OpenOptions.defaults().withCacheDir(folder.resolve("cache")).withListener(new ProgressListener() {
            @Override
            public void message(String sentence) {
                heard.add(sentence);
            }
        });
        Path place = ModelDirectory.converted(source, options);
        try (RandomAccessFile file = new RandomAccessFile(place.resolve("model.safetensors").toFile(), "rw")) {
            file.setLength(file.length() - 64);
        }
        heard.clear();
        try (ModelWeights weights = ModelDirectory.open(source, options)) {
            assertTrue(weights.ctcAvailable());
        }
        assertTrue(heard.getFirst().contains("is damaged") && heard.getFirst().contains("not downloaded completely"), heard.toString());
    }

    // Row 34

    @Test
    void verifyFindsNanWeights() throws IOException {
        TinyModel model = new TinyModel(5);
        model.tensors.get("llm.model.layers.1.self_attn.v_proj.weight").values()[7] = Double.NaN;
        model.tensors.get("ctc.ctc_lo.bias").values()[3] = Double.NEGATIVE_INFINITY;
        model.write(source);
        try (ModelWeights weights = ModelDirectory.open(source, OpenOptions.defaults().withCacheDir(folder.resolve("cache")))) {
            Verification found = Verification.of(weights, ProgressListener.SILENT);
            assertFalse(found.ok());
            assertEquals(Set.of("Tensor \"llm.model.layers.1.self_attn.qkv_proj.weight\" holds 1 values that are NaN or infinite.",
                    "Tensor \"ctc.ctc_lo.bias\" holds 1 values that are NaN or infinite."), Set.copyOf(found.faults()));
        }
    }

    @Test
    void verifyFindsEveryChangedByte() throws IOException {
        new TinyModel(6).write(source);
        Converter.convert(source, target, ConvertOptions.defaults());
        Path file = target.resolve("model.safetensors");
        try (ModelWeights weights = ModelDirectory.open(target, OpenOptions.defaults())) {
            assertTrue(Verification.of(weights, ProgressListener.SILENT).ok());
        }
        byte[] bytes = Files.readAllBytes(file);
        long place;
        try (Arena arena = Arena.ofConfined()) {
            place = SafetensorsFile.open(file, arena).tensor("audio_adaptor.linear2.weight").offset();
        }
        bytes[(int) place + 1] ^= 1;
        Files.write(file, bytes);
        Files.writeString(target.resolve("Qwen3-0.6B/merges.txt"), "#version: 0.2\nb a\n");
        try (ModelWeights weights = ModelDirectory.open(target, OpenOptions.defaults())) {
            List<String> faults = Verification.of(weights, ProgressListener.SILENT).faults();
            assertEquals(List.of("Tensor \"audio_adaptor.linear2.weight\" is not as it was written: its sha256 differs.",
                    "File Qwen3-0.6B/merges.txt is not as it was copied: its sha256 differs."), faults);
        }
    }

    @Test
    void aChangedConfigurationIsAWarning() throws IOException {
        new TinyModel(7).write(source);
        Converter.convert(source, target, ConvertOptions.defaults());
        String config = Files.readString(target.resolve("config.yaml"));
        Files.writeString(target.resolve("config.yaml"), config.replace("use_low_frame_rate: true", "use_low_frame_rate: false"));
        try (ModelWeights weights = ModelDirectory.open(target, OpenOptions.defaults())) {
            assertEquals(List.of("config.yaml was changed after the conversion."), weights.warnings());
        }
    }

    // Row 40

    @Test
    void nanoWithoutCtcSaysWhyThereAreNoWordTimes() throws IOException {
        new TinyModel(8).withoutCtc().write(source);
        try (ModelWeights weights = ModelDirectory.open(source, OpenOptions.defaults().withCacheDir(folder.resolve("cache")))) {
            assertFalse(weights.ctcAvailable());
            assertEquals("the checkpoint holds none of its weights", weights.ctcUnavailableReason().orElseThrow());
            assertEquals(List.of("No CTC branch: the checkpoint holds none of its weights; there are no CTC texts and no word times."),
                    weights.warnings());
        }
    }

    /** Such tensors are only carried along, but in a file that nobody could open. */
    @Test
    void refusesNamesThatAConvertedFileCouldNotHold() throws IOException {
        TinyModel model = new TinyModel(13);
        model.tensors.put("ctc_decoder." + "x".repeat(1013), new TinyModel.Values(ElementType.F32, List.of(1L), new double[] {1}));
        Path directory = model.write(Files.createTempDirectory(folder, "m"));
        Refusals.refused(Kind.LIMIT, () -> Converter.convert(directory, target, ConvertOptions.defaults()), "1025 characters", "1024");
        assertFalse(Files.exists(target));
    }

    // Row 42

    @Test
    void refusesATokenizerWithoutMerges() throws IOException {
        TinyModel model = new TinyModel(9);
        model.files.remove("Qwen3-0.6B/merges.txt");
        model.files.remove("Qwen3-0.6B/tokenizer.json");
        refusedTokenizer(model, Kind.MISSING, "merges.txt does not exist");
        model.files.remove("Qwen3-0.6B/vocab.json");
        refusedTokenizer(model, Kind.MISSING, "needs the tokenizer");
    }

    @Test
    void refusesATokenizerWithDuplicateIds() throws IOException {
        refusedTokenizer(new TinyModel(10).edit("Qwen3-0.6B/vocab.json", s -> s.replace("\"b\": 1", "\"b\": 2")), Kind.MALFORMED, "id 2 to two tokens");
        refusedTokenizer(new TinyModel(10).edit("Qwen3-0.6B/vocab.json", s -> s.replace("\"b\"", "\"a\"")), Kind.MALFORMED, "not valid JSON");
    }

    @Test
    void refusesATokenizerWhoseAddedTokensAreNoTokens() throws IOException {
        for (String added : new String[] {"[1]", "[1, {\"id\": 5}]", "[null, {\"id\": 5}], \"a\": 1", "[[{\"id\": 5}]]", "[\"x\"], \"model\": {}"}) {
            refusedTokenizer(new TinyModel(12).edit("Qwen3-0.6B/tokenizer.json", s -> "{\"added_tokens\": " + added + "}"), Kind.MALFORMED,
                    "tokenizer.json", "added_tokens");
        }
    }

    @Test
    void refusesATokenizerWithIdsBeyondTheEmbedding() throws IOException {
        refusedTokenizer(new TinyModel(11).edit("Qwen3-0.6B/vocab.json", s -> s.replace(": 2", ": 70")), Kind.MISMATCH, "id 70", "70 rows");
        refusedTokenizer(new TinyModel(11).edit("Qwen3-0.6B/tokenizer.json", s -> s.replace("\"id\": 5", "\"id\": 151645")), Kind.MISMATCH,
                "<|im_end|>", "id 151645");
        refusedTokenizer(new TinyModel(11).edit("Qwen3-0.6B/vocab.json", s -> s.replace(": 2", ": -1")), Kind.MISMATCH, "id -1");
        refusedTokenizer(new TinyModel(11).edit("Qwen3-0.6B/vocab.json", s -> s.replace(": 2", ": \"2\"")), Kind.MALFORMED, "no id");
        refusedTokenizer(new TinyModel(11).edit("Qwen3-0.6B/vocab.json", s -> "[]"), Kind.MALFORMED, "not a vocabulary");
    }

    private void refusedTokenizer(TinyModel model, Kind kind, String... words) throws IOException {
        Path directory = model.write(Files.createTempDirectory(folder, "m"));
        Refusals.refused(kind, () -> Converter.convert(directory, target, ConvertOptions.defaults()), words);
    }

    /** The file with one piece of its header replaced by another of the same length. */
    private static byte[] replaced(byte[] bytes, String from, String to) {
        byte[] old = from.getBytes(StandardCharsets.US_ASCII);
        byte[] copy = bytes.clone();
        for (int i = 0; i < 100_000; i++) {
            if (java.util.Arrays.equals(bytes, i, i + old.length, old, 0, old.length)) {
                byte[] with = to.getBytes(StandardCharsets.US_ASCII);
                System.arraycopy(with, 0, copy, i, Math.min(with.length, old.length));
                return copy;
            }
        }
        throw new IllegalArgumentException("no " + from);
    }
}
