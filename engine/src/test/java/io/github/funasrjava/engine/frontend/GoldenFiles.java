package io.github.funasrjava.engine.frontend;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.funasrjava.weights.SafetensorsFile;
import io.github.funasrjava.weights.TensorInfo;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The golden directory that FUNASR_GOLDEN names: recordings, tensors and lists. */
public final class GoldenFiles {
    private final Path root;

    private GoldenFiles(Path root) {
        this.root = root;
    }

    /** The directory, or the test is skipped with a message. */
    public static GoldenFiles orSkip() {
        String name = System.getenv("FUNASR_GOLDEN");
        assumeTrue(name != null && !name.isBlank() && Files.isDirectory(Path.of(name)), "FUNASR_GOLDEN names no golden directory: skipped");
        return new GoldenFiles(Path.of(name));
    }

    public Path path(String relative) {
        return root.resolve(relative);
    }

    /** Names of all recordings, without ending. */
    public List<String> recordings() {
        try (Stream<Path> files = Files.list(root.resolve("audio"))) {
            return files.map(f -> f.getFileName().toString()).filter(n -> n.endsWith(".wav"))
                    .map(n -> n.substring(0, n.length() - 4)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Samples of a recording: 16 kHz, mono, 16 bit, header of 44 bytes. */
    public float[] samples(String recording) {
        return samples(read(root.resolve("audio").resolve(recording + ".wav")));
    }

    /** Samples of a recording that the tests bring along, of the same kind. */
    public static float[] bundledSamples(String recording) {
        try (InputStream in = GoldenFiles.class.getResourceAsStream("/audio/" + recording + ".wav")) {
            return samples(ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static float[] samples(ByteBuffer bytes) {
        float[] samples = new float[(bytes.limit() - 44) / 2];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = bytes.getShort(44 + 2 * i) / 32768f;
        }
        return samples;
    }

    /** All tensors of a safetensors file; the last axis becomes columns. */
    public Map<String, Features> tensors(String relative) {
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile file = SafetensorsFile.open(root.resolve(relative), arena);
            Map<String, Features> tensors = new TreeMap<>();
            for (TensorInfo tensor : file.tensors().values()) {
                float[] data = file.floats(tensor.name());
                int cols = Math.toIntExact(tensor.shape().getLast());
                tensors.put(tensor.name(), new Features(data, data.length / cols, cols));
            }
            return tensors;
        }
    }

    /** A JSON file as maps, lists, strings, booleans and numbers (integers as Long, others as Double). */
    @SuppressWarnings("unchecked")
    public Map<String, Object> json(String relative) {
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), Files.readString(root.resolve(relative)))) {
            parser.nextToken();
            return (Map<String, Object>) value(parser);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Object value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    map.put(name, value(parser));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser));
                }
                yield list;
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new IllegalStateException("unexpected " + parser.currentToken());
        };
    }

    private static ByteBuffer read(Path file) {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
