package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads and checks the header of a safetensors file, rule by rule: eight bytes of length, a JSON object that begins at
 * once and is followed by spaces only, unique keys, known types, sizes that agree with the byte ranges, and byte ranges
 * that cover the rest of the file without hole or overlap.
 *
 * @param tensors the tensors in the order of their data
 * @param metadata the strings under {@code __metadata__}
 */
record SafetensorsHeader(Map<String, TensorInfo> tensors, Map<String, String> metadata) {
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final String METADATA = "__metadata__";

    SafetensorsHeader {
        tensors = Collections.unmodifiableMap(tensors);
        metadata = Collections.unmodifiableMap(metadata);
    }

    /** Reads the header of {@code file}, all of whose bytes must be there. {@code source} names it in messages. */
    static SafetensorsHeader read(MemorySegment file, String source, SafetensorsLimits limits) {
        return new Reader(file, source, limits).read();
    }

    private static final class Reader {
        private final MemorySegment file;
        private final String source;
        private final SafetensorsLimits limits;
        private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        private final Map<String, String> metadata = new LinkedHashMap<>();
        private long dataStart;

        Reader(MemorySegment file, String source, SafetensorsLimits limits) {
            this.file = file;
            this.source = source;
            this.limits = limits;
        }

        SafetensorsHeader read() {
            MemorySegment json = header();
            checkUtf8(json);
            JsonFactory factory = JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(4)
                            .maxNameLength(limits.maxNameChars())
                            .maxStringLength(limits.maxHeaderBytes())
                            .maxNumberLength(20)
                            .maxDocumentLength(limits.maxHeaderBytes())
                            .build())
                    .build();
            try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), new SegmentInputStream(json))) {
                expect(parser, parser.nextToken(), JsonToken.START_OBJECT, "the header");
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    entry(parser);
                }
                if (parser.nextToken() != null) {
                    throw malformed("has more than one JSON value in its header");
                }
            } catch (JacksonException e) {
                throw malformed("has a header that is not JSON: " + firstLine(e.getOriginalMessage()));
            }
            return new SafetensorsHeader(inDataOrder(), metadata);
        }

        private MemorySegment header() {
            long size = file.byteSize();
            if (size < 8) {
                throw malformed("is " + size + " bytes long; a safetensors file begins with 8 bytes of header length");
            }
            long length = file.get(LENGTH, 0);
            if (length < 0 || length > SafetensorsLimits.FORMAT_MAX_HEADER_BYTES) {
                throw malformed("announces a header of " + Long.toUnsignedString(length)
                        + " bytes; the format allows 100000000");
            }
            if (length < 2) {
                throw malformed("announces a header of " + length + " bytes; the shortest is 2");
            }
            if (length > size - 8) {
                throw malformed("announces a header of " + length + " bytes, but only " + (size - 8)
                        + " follow; the file was probably not downloaded completely");
            }
            if (length > limits.maxHeaderBytes()) {
                throw new WeightsException(Kind.LIMIT, source + " has a header of " + length
                        + " bytes; the limit is " + limits.maxHeaderBytes());
            }
            dataStart = 8 + length;
            if (file.get(ValueLayout.JAVA_BYTE, 8) != '{') {
                throw malformed("has a header that does not begin with '{'");
            }
            long end = dataStart;
            while (file.get(ValueLayout.JAVA_BYTE, end - 1) == ' ') {
                end--;
            }
            if (file.get(ValueLayout.JAVA_BYTE, end - 1) != '}') {
                throw malformed("has a header that does not end with '}' and spaces");
            }
            return file.asSlice(8, end - 8);
        }

        /** The JSON parser is lenient about encoded surrogates and guesses UTF-16, so the bytes are checked first. */
        private void checkUtf8(MemorySegment json) {
            CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT);
            ByteBuffer bytes = json.asByteBuffer();
            CharBuffer chars = CharBuffer.allocate(8192);
            while (true) {
                var result = decoder.decode(bytes, chars, true);
                if (result.isError()) {
                    throw malformed("has a header that is not UTF-8 at byte " + (8 + bytes.position()));
                }
                for (int i = 0; i < chars.position(); i++) {
                    if (chars.get(i) == 0) {
                        throw malformed("has a zero byte in its header");
                    }
                }
                if (result.isUnderflow()) {
                    return;
                }
                chars.clear();
            }
        }

        private void entry(JsonParser parser) {
            String name = parser.currentName();
            checkText(name);
            parser.nextToken();
            if (name.equals(METADATA)) {
                metadata(parser);
                return;
            }
            if (tensors.size() == limits.maxTensors()) {
                throw new WeightsException(Kind.LIMIT,
                        source + " lists more than " + limits.maxTensors() + " tensors, which is the limit");
            }
            TensorInfo tensor = tensor(parser, name);
            if (tensors.put(name, tensor) != null) {
                throw malformed("lists tensor " + quote(name) + " twice");
            }
        }

        private void metadata(JsonParser parser) {
            if (!metadata.isEmpty()) {
                throw malformed("has two __metadata__ entries");
            }
            expect(parser, parser.currentToken(), JsonToken.START_OBJECT, METADATA);
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String key = parser.currentName();
                checkText(key);
                expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, "every value of __metadata__");
                String value = parser.getString();
                checkText(value);
                if (metadata.put(key, value) != null) {
                    throw malformed("has metadata " + quote(key) + " twice");
                }
            }
        }

        private TensorInfo tensor(JsonParser parser, String name) {
            expect(parser, parser.currentToken(), JsonToken.START_OBJECT, "tensor " + quote(name));
            ElementType type = null;
            List<Long> shape = null;
            List<Long> range = null;
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String field = parser.currentName();
                boolean twice;
                parser.nextToken();
                switch (field) {
                    case "dtype" -> {
                        twice = type != null;
                        type = type(parser, name);
                    }
                    case "shape" -> {
                        twice = shape != null;
                        shape = numbers(parser, name, field, limits.maxDimensions());
                    }
                    case "data_offsets" -> {
                        twice = range != null;
                        range = numbers(parser, name, field, 2);
                    }
                    default -> throw malformed("has an unknown field " + quote(field) + " at tensor " + quote(name));
                }
                if (twice) {
                    throw malformed("has field " + quote(field) + " twice at tensor " + quote(name));
                }
            }
            if (type == null || shape == null || range == null || range.size() != 2) {
                throw malformed("lacks dtype, shape or the two data_offsets at tensor " + quote(name));
            }
            return checked(name, type, shape, range.get(0), range.get(1));
        }

        private TensorInfo checked(String name, ElementType type, List<Long> shape, long begin, long end) {
            long bytes = type.bytes();
            for (long size : shape) {
                if (size == 0) {
                    throw malformed("has a tensor without elements: " + quote(name) + " " + shape);
                }
                try {
                    bytes = Math.multiplyExact(bytes, size);
                } catch (ArithmeticException e) {
                    throw malformed("has a tensor whose size overflows: " + quote(name) + " " + shape);
                }
            }
            long available = file.byteSize() - dataStart;
            if (begin > end) {
                throw malformed("has reversed data_offsets [" + begin + ", " + end + "] at tensor " + quote(name));
            }
            if (end > available) {
                throw malformed("ends before tensor " + quote(name) + ": its data reach to byte " + end + " of "
                        + available + "; the file was probably not downloaded completely");
            }
            if (end - begin != bytes) {
                throw malformed("gives tensor " + quote(name) + " " + type + " " + shape + " " + (end - begin)
                        + " bytes instead of " + bytes);
            }
            return new TensorInfo(name, type, shape, dataStart + begin, bytes);
        }

        private ElementType type(JsonParser parser, String name) {
            expect(parser, parser.currentToken(), JsonToken.VALUE_STRING, "dtype of tensor " + quote(name));
            String type = parser.getString();
            return ElementType.ofSafetensors(type).orElseThrow(() -> new WeightsException(Kind.UNSUPPORTED,
                    source + " has tensor " + quote(name) + " of the unknown type " + quote(type)));
        }

        private List<Long> numbers(JsonParser parser, String name, String field, int most) {
            expect(parser, parser.currentToken(), JsonToken.START_ARRAY, field + " of tensor " + quote(name));
            List<Long> values = new ArrayList<>(4);
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                expect(parser, parser.currentToken(), JsonToken.VALUE_NUMBER_INT, field + " of tensor " + quote(name));
                if (values.size() == most) {
                    throw malformed("has more than " + most + " numbers in " + field + " of tensor " + quote(name));
                }
                long value = parser.getLongValue();
                if (value < 0) {
                    throw malformed("has the negative number " + value + " in " + field + " of tensor " + quote(name));
                }
                values.add(value);
            }
            return values;
        }

        private Map<String, TensorInfo> inDataOrder() {
            List<TensorInfo> sorted = new ArrayList<>(tensors.values());
            sorted.sort(Comparator.comparingLong(TensorInfo::offset));
            Map<String, TensorInfo> ordered = new LinkedHashMap<>();
            long end = dataStart;
            for (TensorInfo tensor : sorted) {
                if (tensor.offset() != end) {
                    throw malformed("has " + (tensor.offset() < end ? "overlapping data" : "a hole in its data")
                            + " before tensor " + quote(tensor.name()));
                }
                end += tensor.bytes();
                ordered.put(tensor.name(), tensor);
            }
            if (end != file.byteSize()) {
                throw malformed("has " + (file.byteSize() - end) + " bytes after its last tensor");
            }
            return ordered;
        }

        private void checkText(String text) {
            for (int i = 0; i < text.length(); i++) {
                if (Character.isSurrogate(text.charAt(i))) {
                    if (Character.isHighSurrogate(text.charAt(i)) && i + 1 < text.length()
                            && Character.isLowSurrogate(text.charAt(i + 1))) {
                        i++;
                    } else {
                        throw malformed("has an unpaired surrogate in its header");
                    }
                }
            }
        }

        private void expect(JsonParser parser, JsonToken actual, JsonToken wanted, String what) {
            if (actual != wanted) {
                throw malformed("has a wrong kind of JSON value (" + actual + " instead of " + wanted + ") for " + what);
            }
        }

        private WeightsException malformed(String what) {
            return new WeightsException(Kind.MALFORMED, source + " " + what + ".");
        }

        /** A name as it may be shown: bounded, without control characters. */
        private static String quote(String name) {
            return Messages.quote(name);
        }

        private static String firstLine(String message) {
            return message == null ? "unreadable" : Messages.plain(message.lines().findFirst().orElse("unreadable"));
        }
    }
}
