package io.github.funasrjava.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The readers of untrusted bytes under mutation: a few seconds by default, ten million inputs in the long set. */
class FuzzTest {
    private static final Duration SHORT = Duration.ofSeconds(5);
    /** The long set's inputs per target; {@code -Dfuzz.inputs=} for a shorter or longer night. */
    private static final long MANY = Long.getLong("fuzz.inputs", 10_000_000);

    @Test
    void safetensorsReaderAnswersEveryInput() {
        Fuzz.run(FuzzTest::safetensors, safetensorsSeeds(), SHORT);
    }

    @Test
    void checkpointReaderAnswersEveryInput() {
        Fuzz.run(FuzzTest::torch, torchSeeds(), SHORT);
    }

    @Test
    void pickleReaderAnswersEveryInput() {
        Fuzz.run(FuzzTest::pickle, pickleSeeds(), SHORT);
    }

    @Test
    void configurationReaderAnswersEveryInput() {
        Fuzz.run(config(), configSeeds(), SHORT);
    }

    @Test
    @Tag("long")
    void safetensorsReaderAnswersManyInputs() {
        Fuzz.run(FuzzTest::safetensors, safetensorsSeeds(), MANY);
    }

    @Test
    @Tag("long")
    void checkpointReaderAnswersManyInputs() {
        Fuzz.run(FuzzTest::torch, torchSeeds(), MANY);
    }

    @Test
    @Tag("long")
    void pickleReaderAnswersManyInputs() {
        Fuzz.run(FuzzTest::pickle, pickleSeeds(), MANY);
    }

    @Test
    @Tag("long")
    void configurationReaderAnswersManyInputs() {
        Fuzz.run(config(), configSeeds(), MANY / 10);
    }

    private static void safetensors(byte[] bytes) {
        SafetensorsFile file = SafetensorsFile.of(MemorySegment.ofArray(bytes), "x");
        for (String name : file.tensors().keySet()) {
            file.floats(name);
        }
        if (ModelMetadata.isConverted(file.metadata())) {
            ModelMetadata.read(file.metadata(), "x");
        }
    }

    private static void torch(byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            for (SourceTensor tensor : TorchCheckpoint.read(MemorySegment.ofArray(bytes), "x").values()) {
                if (tensor.elements() < 1 << 20) {
                    tensor.rowMajor(arena);
                }
            }
        }
    }

    private static void pickle(byte[] bytes) {
        PickleReader.read(MemorySegment.ofArray(bytes), "x");
    }

    private static Fuzz.Target config() {
        TinyModel model = new TinyModel(1);
        return bytes -> {
            model.files.put("config.yaml", new String(bytes, StandardCharsets.ISO_8859_1));
            TensorCatalog.of(model.config());
        };
    }

    private static List<byte[]> safetensorsSeeds() {
        List<byte[]> seeds = new ArrayList<>(Fuzz.corpus("safetensors"));
        seeds.add(safetensors("{}", 0));
        seeds.add(safetensors("{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}  ", 16));
        seeds.add(safetensors("{\"__metadata__\":{\"format\":\"fun-asr-java\",\"format_version\":\"1\",\"layout\":\"panels-32\",\"kind\":\"k\","
                + "\"model\":\"m\",\"licence\":\"l\",\"attribution\":\"\",\"precision\":\"keep\",\"source_file\":\"f\",\"source_bytes\":\"7\","
                + "\"source_sha256\":\"0\",\"source_tensors\":\"1\",\"tied_head\":\"BF16 2x3 h\",\"tensor:b\":\"panels 2x3 00 BF16 1x3 p;F32 1x3 q\"},"
                + "\"\\u00e9\\ud83d\\ude00\":{\"shape\":[1],\"dtype\":\"BF16\",\"data_offsets\":[0,2]},"
                + "\"b\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[2,10]}}", 10));
        return seeds;
    }

    private static byte[] safetensors(String header, int data) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = new byte[8 + json.length + data];
        bytes[0] = (byte) json.length;
        bytes[1] = (byte) (json.length >> 8);
        System.arraycopy(json, 0, bytes, 8, json.length);
        return bytes;
    }

    private static List<byte[]> torchSeeds() {
        List<byte[]> seeds = new ArrayList<>(Fuzz.corpus("torch"));
        for (TorchBytes.Wrapping wrapping : TorchBytes.Wrapping.values()) {
            TorchBytes torch = new TorchBytes().wrapping(wrapping).top("a")
                    .storage("0", ElementType.BF16, new byte[24])
                    .view("x", "0", 1, List.of(2L, 3L), List.of(1L, 2L))
                    .parameter("y", "0", 0, List.of(12L), List.of(1L));
            seeds.add(torch.build());
            seeds.add(torch.zip().zip64().build());
            seeds.add(torch.zip().descriptors().build());
        }
        return seeds;
    }

    private static List<byte[]> pickleSeeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (byte[] torch : torchSeeds()) {
            try {
                seeds.add(TorchZip.read(MemorySegment.ofArray(torch), "x").entry("data.pkl").orElseThrow()
                        .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
            } catch (WeightsException e) {
                seeds.add(torch); // a broken archive of the corpus is as good a pickle as any
            }
        }
        seeds.add(new PickleBytes().op('}').op('(').text("n").number(-7).text("l").op(']').op('(').number(1).op('e').text("f").op('G')
                .bytes(new byte[8]).text("b").number(1L << 40).op('u').op('q').op(0).op('h').op(0).op('0').build());
        return seeds;
    }

    private static List<byte[]> configSeeds() {
        List<byte[]> seeds = new ArrayList<>(Fuzz.corpus("config"));
        seeds.add(TinyModel.CONFIG.getBytes(StandardCharsets.ISO_8859_1));
        seeds.add("a: &a [1, *a]\nb: ${c}\nc: ${b}x\n\"d\": !!str 'e'\n".getBytes(StandardCharsets.ISO_8859_1));
        return seeds;
    }
}
