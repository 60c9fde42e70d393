package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
    private static final int MAX_METADATA_PER_TENSOR = 2;
    private static final long EIGHT_SPACES = 0x2020_2020_2020_2020L;

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
        private boolean hasMetadata;
        private long dataStart;

        Reader(MemorySegment file, String source, SafetensorsLimits limits) {
            this.file = file;
            this.source = source;
            this.limits = limits;
        }

        SafetensorsHeader read() {
            HeaderScanner json = new HeaderScanner(header(), limits.maxHeaderBytes());
            try {
                json.expect('{');
                for (boolean first = true; json.more(first, '}'); first = false) {
                    entry(json);
                }
                if (!json.atEnd()) {
                    throw malformed("has more than one JSON value in its header");
                }
            } catch (HeaderScanner.ScanException e) {
                throw malformed("has a header that is not acceptable JSON: " + e.getMessage());
            }
            return new SafetensorsHeader(inDataOrder(), metadata);
        }

        private byte[] header() {
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
                        + " bytes; the limit is " + limits.maxHeaderBytes() + ".");
            }
            dataStart = 8 + length;
            if (file.get(ValueLayout.JAVA_BYTE, 8) != '{') {
                throw malformed("has a header that does not begin with '{'");
            }
            long end = dataStart;
            while (end >= 16 && file.get(ValueLayout.JAVA_LONG_UNALIGNED, end - 8) == EIGHT_SPACES) {
                end -= 8;
            }
            while (file.get(ValueLayout.JAVA_BYTE, end - 1) == ' ') {
                end--;
            }
            if (file.get(ValueLayout.JAVA_BYTE, end - 1) != '}') {
                throw malformed("has a header that does not end with '}' and spaces");
            }
            return file.asSlice(8, end - 8).toArray(ValueLayout.JAVA_BYTE);
        }

        private void entry(HeaderScanner json) throws HeaderScanner.ScanException {
            String name = json.string();
            json.expect(':');
            json.expect('{');
            if (name.equals(METADATA)) {
                metadata(json);
                return;
            }
            if (name.length() > limits.maxNameChars()) {
                throw new WeightsException(Kind.LIMIT, source + " has a tensor name of " + name.length()
                        + " characters; the limit is " + limits.maxNameChars() + ".");
            }
            if (tensors.size() == limits.maxTensors()) {
                throw new WeightsException(Kind.LIMIT,
                        source + " lists more than " + limits.maxTensors() + " tensors, which is the limit.");
            }
            if (tensors.put(name, tensor(json, name)) != null) {
                throw malformed("lists tensor " + quote(name) + " twice");
            }
        }

        private void metadata(HeaderScanner json) throws HeaderScanner.ScanException {
            if (hasMetadata) {
                throw malformed("has two __metadata__ entries");
            }
            hasMetadata = true;
            for (boolean first = true; json.more(first, '}'); first = false) {
                String key = json.string();
                json.expect(':');
                if (metadata.put(key, json.string()) != null) {
                    throw malformed("has metadata " + quote(key) + " twice");
                }
                if (metadata.size() > MAX_METADATA_PER_TENSOR * (long) limits.maxTensors()) {
                    throw new WeightsException(Kind.LIMIT, source + " has more than "
                            + MAX_METADATA_PER_TENSOR * (long) limits.maxTensors() + " metadata, which is the limit.");
                }
            }
        }

        private TensorInfo tensor(HeaderScanner json, String name) throws HeaderScanner.ScanException {
            ElementType type = null;
            List<Long> shape = null;
            List<Long> range = null;
            for (boolean first = true; json.more(first, '}'); first = false) {
                String field = json.string();
                boolean twice;
                json.expect(':');
                switch (field) {
                    case "dtype" -> {
                        twice = type != null;
                        type = type(json.string(), name);
                    }
                    case "shape" -> {
                        twice = shape != null;
                        shape = numbers(json, name, field, limits.maxDimensions());
                    }
                    case "data_offsets" -> {
                        twice = range != null;
                        range = numbers(json, name, field, 2);
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

        private ElementType type(String type, String name) {
            return ElementType.ofSafetensors(type).orElseThrow(() -> new WeightsException(Kind.UNSUPPORTED,
                    source + " has tensor " + quote(name) + " of the unknown type " + quote(type) + "."));
        }

        private List<Long> numbers(HeaderScanner json, String name, String field, int most)
                throws HeaderScanner.ScanException {
            List<Long> values = new ArrayList<>(4);
            json.expect('[');
            for (boolean first = true; json.more(first, ']'); first = false) {
                if (values.size() == most) {
                    throw malformed("has more than " + most + " numbers in " + field + " of tensor " + quote(name));
                }
                values.add(json.number());
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

        private WeightsException malformed(String what) {
            return new WeightsException(Kind.MALFORMED, source + " " + what + ".");
        }

        /** A name as it may be shown: bounded, without control characters. */
        private static String quote(String name) {
            return Messages.quote(name);
        }
    }
}
