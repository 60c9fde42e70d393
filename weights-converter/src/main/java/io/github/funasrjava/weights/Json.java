package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.StringWriter;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** Small JSON documents as maps, lists, strings, longs, doubles, booleans and {@link #NULL}. */
final class Json {
    /** Stands for JSON's null. */
    static final Object NULL = new Object() {
        @Override
        public String toString() {
            return "null";
        }
    };

    private Json() {}

    /** A factory that bounds depth and lengths and refuses duplicate keys. */
    static JsonFactory factory(long maxBytes) {
        return JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(64)
                        .maxNameLength(4096)
                        .maxStringLength((int) Math.min(maxBytes, Integer.MAX_VALUE))
                        .maxNumberLength(64)
                        .maxDocumentLength(maxBytes)
                        .build())
                .build();
    }

    /** The object that {@code json} holds; {@code source} names it in messages. */
    static Map<String, Object> object(byte[] json, String source) {
        ForeignFiles.refuse(json, source, "a JSON file");
        try (JsonParser parser = factory(json.length + 1L).createParser(ObjectReadContext.empty(), json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new WeightsException(Kind.MALFORMED, source + " is not a JSON object.");
            }
            Map<String, Object> value = object(parser);
            if (parser.nextToken() != null) {
                throw new WeightsException(Kind.MALFORMED, source + " has more than one JSON value.");
            }
            return value;
        } catch (JacksonException e) {
            throw malformed(source, e);
        }
    }

    /** The sentence for a JSON error. */
    static WeightsException malformed(String source, JacksonException e) {
        String line = e.getLocation() == null ? "" : " in line " + e.getLocation().getLineNr();
        String reason = e.getOriginalMessage() == null ? "unreadable" : e.getOriginalMessage();
        return new WeightsException(Kind.MALFORMED, source + " is not valid JSON" + line + ": "
                + Messages.plain(reason.lines().findFirst().orElse("unreadable")) + ".");
    }

    /** {@code value} (maps, lists, strings, numbers, booleans) as one line of JSON. */
    static String write(Object value) {
        StringWriter out = new StringWriter();
        try (var generator = JsonFactory.builder().build().createGenerator(ObjectWriteContext.empty(), out)) {
            write(generator, value);
        }
        return out.toString();
    }

    private static void write(tools.jackson.core.JsonGenerator generator, Object value) {
        switch (value) {
            case Map<?, ?> map -> {
                generator.writeStartObject();
                map.forEach((key, item) -> {
                    generator.writeName(key.toString());
                    write(generator, item);
                });
                generator.writeEndObject();
            }
            case List<?> list -> {
                generator.writeStartArray();
                list.forEach(item -> write(generator, item));
                generator.writeEndArray();
            }
            case Boolean truth -> generator.writeBoolean(truth);
            case Integer number -> generator.writeNumber(number);
            case Long number -> generator.writeNumber(number);
            case Double number -> generator.writeNumber(number);
            default -> generator.writeString(value.toString());
        }
    }

    private static Map<String, Object> object(JsonParser parser) {
        Map<String, Object> map = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            map.put(name, value(parser));
        }
        return map;
    }

    private static Object value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser));
                }
                yield list;
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> {
                BigInteger number = parser.getBigIntegerValue();
                yield number.bitLength() < 64 ? (Object) number.longValue() : (Object) number.doubleValue();
            }
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> NULL;
        };
    }
}
