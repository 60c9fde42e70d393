package io.github.funasrjava.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** As much of JSON Schema as our own schemas use; a word that it does not know is an error. */
final class JsonSchema {
    private static final List<String> KNOWN = List.of("$schema", "title", "description", "$defs", "$ref", "type", "required",
            "additionalProperties", "properties", "items", "enum", "minimum", "maximum");

    private final Map<?, ?> root;

    private JsonSchema(Map<?, ?> root) {
        this.root = root;
    }

    /** A schema from {@code docs/}; tests run in the module's folder. */
    static JsonSchema published(String name) {
        try {
            return new JsonSchema((Map<?, ?>) JsonTree.parse(Files.readAllBytes(Path.of("..", "docs", name))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Throws {@link AssertionError} with the place of the first difference. */
    void check(Object value) {
        check(root, value, "$");
    }

    private void check(Map<?, ?> schema, Object value, String place) {
        for (Object word : schema.keySet()) {
            require(KNOWN.contains(word), place, "the schema uses the unknown word " + word);
        }
        if (schema.get("$ref") instanceof String reference) {
            check((Map<?, ?>) ((Map<?, ?>) root.get("$defs")).get(reference.substring("#/$defs/".length())), value, place);
            return;
        }
        if (schema.get("enum") instanceof List<?> allowed) {
            require(allowed.contains(value), place, value + " is none of " + allowed);
        }
        if (schema.get("type") != null) {
            List<?> types = schema.get("type") instanceof List<?> several ? several : List.of(schema.get("type"));
            require(types.stream().anyMatch(type -> is(value, type)), place, value + " is not " + types);
        }
        if (value instanceof Number number && schema.get("minimum") instanceof Number minimum) {
            require(number.doubleValue() >= minimum.doubleValue(), place, number + " is below " + minimum);
        }
        if (value instanceof Number number && schema.get("maximum") instanceof Number maximum) {
            require(number.doubleValue() <= maximum.doubleValue(), place, number + " is above " + maximum);
        }
        if (value instanceof Map<?, ?> object && schema.get("properties") instanceof Map<?, ?> properties) {
            for (Object name : (List<?>) schema.get("required")) {
                require(object.containsKey(name), place, name + " is missing");
                require(properties.containsKey(name), place, name + " is required and not described");
            }
            object.forEach((name, member) -> {
                require(properties.containsKey(name) || !Boolean.FALSE.equals(schema.get("additionalProperties")), place, name + " is not described");
                if (properties.get(name) instanceof Map<?, ?> described) {
                    check(described, member, place + "." + name);
                }
            });
        }
        if (value instanceof List<?> array && schema.get("items") instanceof Map<?, ?> items) {
            for (int i = 0; i < array.size(); i++) {
                check(items, array.get(i), place + "[" + i + "]");
            }
        }
    }

    private static boolean is(Object value, Object type) {
        return switch ((String) type) {
            case "object" -> value instanceof Map;
            case "array" -> value instanceof List;
            case "string" -> value instanceof String;
            case "integer" -> value instanceof Long;
            case "number" -> value instanceof Number;
            case "boolean" -> value instanceof Boolean;
            case "null" -> value == null;
            default -> throw new AssertionError("unknown type " + type);
        };
    }

    private static void require(boolean condition, String place, String message) {
        if (!condition) {
            throw new AssertionError(place + ": " + message);
        }
    }
}
