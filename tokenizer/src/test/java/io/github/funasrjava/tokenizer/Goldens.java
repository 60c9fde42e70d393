package io.github.funasrjava.tokenizer;

import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Where the golden data lies, and its JSON as maps and lists. */
final class Goldens {
    private Goldens() {}

    /** A file or folder of the golden data: the copy among the test resources, or under FUNASR_GOLDEN; else skips. */
    static Path golden(String path) {
        URL copy = Goldens.class.getResource("/golden/" + path);
        return copy != null ? Path.of(URI.create(copy.toString())) : fromEnvironment("FUNASR_GOLDEN", path);
    }

    /** A file of the published Qwen3 vocabulary under FUNASR_QWEN_VOCAB; skips the test without it. */
    static Path qwen(String path) {
        return fromEnvironment("FUNASR_QWEN_VOCAB", path);
    }

    private static Path fromEnvironment(String variable, String path) {
        String directory = System.getProperty(variable, System.getenv(variable));
        Assumptions.assumeTrue(directory != null, () -> "skipped: set " + variable + " to run this on " + path);
        Path file = Path.of(directory, path);
        Assumptions.assumeTrue(Files.exists(file), () -> "skipped: " + variable + " has no " + path);
        return file;
    }

    static Object json(Path file) {
        try (JsonParser json = JsonFactory.builder().build()
                .createParser(ObjectReadContext.empty(), Files.readAllBytes(file))) {
            json.nextToken();
            return value(json);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> list(Object json) {
        return (List<Map<String, Object>>) json;
    }

    static int[] ints(Object list) {
        return ((List<?>) list).stream().mapToInt(n -> ((Number) n).intValue()).toArray();
    }

    private static Object value(JsonParser json) {
        switch (json.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = json.currentName();
                    json.nextToken();
                    map.put(name, value(json));
                }
                return map;
            }
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(json));
                }
                return list;
            }
            case VALUE_STRING -> {
                return json.getString();
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                return json.getNumberValue();
            }
            case VALUE_TRUE -> {
                return true;
            }
            case VALUE_FALSE -> {
                return false;
            }
            default -> {
                return null;
            }
        }
    }
}
