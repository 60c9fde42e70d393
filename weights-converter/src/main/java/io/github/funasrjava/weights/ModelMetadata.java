package io.github.funasrjava.weights;

import io.github.funasrjava.weights.StoredTensor.Layout;
import io.github.funasrjava.weights.StoredTensor.SourcePart;
import io.github.funasrjava.weights.WeightsException.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a converted file says about itself, under {@code __metadata__} of its header.
 *
 * @param kind {@code fun-asr-nano} or {@code fsmn-vad}
 * @param model name of the model
 * @param licence licence of the weights
 * @param attribution who made them; empty if not known
 * @param precision how matrices were stored
 * @param sourceFile name of the checkpoint file
 * @param sourceBytes its length
 * @param sourceSha256 its sha256, hexadecimal
 * @param sourceTensors how many tensors it held
 * @param ctcFault why the CTC branch cannot be used although weights or configuration speak of it; else empty
 * @param tiedHead the checkpoint's output matrix, if it was left out because it equals the embedding
 * @param files sha256 of the small files beside the weights, by name
 * @param tensors all tensors of the file, by name
 */
public record ModelMetadata(
        String kind, String model, String licence, String attribution, Precision precision, String sourceFile,
        long sourceBytes, String sourceSha256, int sourceTensors, Optional<String> ctcFault,
        Optional<SourcePart> tiedHead, Map<String, String> files, Map<String, StoredTensor> tensors) {
    static final String FORMAT = "fun-asr-java";
    static final String FORMAT_VERSION = "1";
    static final String LAYOUT = "panels-32";
    private static final String FILE_PREFIX = "file:";
    private static final String TENSOR_PREFIX = "tensor:";
    private static final String SCALAR = "scalar";
    private static final String ROUNDED = "rounded ";
    static final String KIND_NANO = "fun-asr-nano";
    static final String KIND_VAD = "fsmn-vad";

    public ModelMetadata {
        files = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(files));
        tensors = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    /** Whether any value was rounded at conversion. */
    public boolean rounded() {
        return tensors.values().stream().anyMatch(StoredTensor::rounded);
    }

    /** Whether {@code metadata} are those of a converted file (of any version). */
    static boolean isConverted(Map<String, String> metadata) {
        return FORMAT.equals(metadata.get("format"));
    }

    /** The strings of the header. */
    Map<String, String> write() {
        Map<String, String> out = new LinkedHashMap<>();
        out.put("format", FORMAT);
        out.put("format_version", FORMAT_VERSION);
        out.put("layout", LAYOUT);
        out.put("kind", kind);
        out.put("model", model);
        out.put("licence", licence);
        out.put("attribution", attribution);
        out.put("precision", precision.name().toLowerCase(Locale.ROOT));
        out.put("source_file", sourceFile);
        out.put("source_bytes", Long.toString(sourceBytes));
        out.put("source_sha256", sourceSha256);
        out.put("source_tensors", Integer.toString(sourceTensors));
        ctcFault.ifPresent(fault -> out.put("ctc_fault", fault));
        tiedHead.ifPresent(head -> out.put("tied_head",
                head.type() + " " + sizes(head.shape()) + " " + head.name()));
        files.forEach((name, sum) -> out.put(FILE_PREFIX + name, sum));
        tensors.forEach((name, tensor) -> out.put(TENSOR_PREFIX + name, describe(tensor)));
        return out;
    }

    /**
     * One line per tensor, {@code layout shape sha256 [rounded] type}, or for a tensor of several parts
     * {@code layout shape sha256 [rounded] type shape name;type shape name}. Not JSON, because there are over a thousand
     * and opening a model reads them all.
     */
    private static String describe(StoredTensor tensor) {
        StringBuilder out = new StringBuilder();
        out.append(tensor.layout().name().toLowerCase(Locale.ROOT)).append(' ').append(sizes(tensor.shape())).append(' ')
                .append(tensor.sha256()).append(tensor.rounded() ? " rounded" : "");
        char separator = ' ';
        for (SourcePart part : tensor.parts()) {
            out.append(separator).append(part.type().name());
            if (!part.name().equals(tensor.name())) {
                out.append(' ').append(sizes(part.shape())).append(' ').append(part.name());
            }
            separator = ';';
        }
        return out.toString();
    }

    private static String sizes(List<Long> shape) {
        return shape.isEmpty() ? SCALAR : String.join("x", shape.stream().map(String::valueOf).toList());
    }

    /** Reads the strings of a header; {@code source} names the file in messages. */
    static ModelMetadata read(Map<String, String> metadata, String source) {
        return new Reader(metadata, source).read();
    }

    private record Reader(Map<String, String> metadata, String source) {
        ModelMetadata read() {
            if (!isConverted(metadata)) {
                throw new WeightsException(Kind.UNSUPPORTED, source + " is a safetensors file of another kind, not a converted model.");
            }
            if (!FORMAT_VERSION.equals(text("format_version")) || !LAYOUT.equals(text("layout"))) {
                throw new WeightsException(Kind.UNSUPPORTED, source + " was converted by another version of this program (format "
                        + Messages.plain(text("format_version")) + ", layout " + Messages.plain(text("layout"))
                        + "); convert the published model again.");
            }
            Map<String, StoredTensor> tensors = new LinkedHashMap<>();
            metadata.forEach((key, value) -> {
                if (key.startsWith(TENSOR_PREFIX)) {
                    String name = key.substring(TENSOR_PREFIX.length());
                    tensors.put(name, tensor(name, value));
                }
            });
            Map<String, String> files = new LinkedHashMap<>();
            metadata.forEach((key, value) -> {
                if (key.startsWith(FILE_PREFIX)) {
                    files.put(key.substring(FILE_PREFIX.length()), value);
                }
            });
            return new ModelMetadata(text("kind"), text("model"), text("licence"), text("attribution"), precision(),
                    text("source_file"), number("source_bytes"), text("source_sha256"),
                    (int) Math.min(Integer.MAX_VALUE, number("source_tensors")),
                    Optional.ofNullable(metadata.get("ctc_fault")),
                    Optional.ofNullable(metadata.get("tied_head")).map(text -> part("", List.of(), text)),
                    files, tensors);
        }

        private StoredTensor tensor(String name, String line) {
            String[] words = line.split(" ", 4);
            if (words.length < 4) {
                throw broken(TENSOR_PREFIX + name);
            }
            Layout layout = switch (words[0]) {
                case "panels" -> Layout.PANELS;
                case "rows" -> Layout.ROWS;
                case "scales" -> Layout.SCALES;
                case "raw" -> Layout.RAW;
                default -> throw broken(TENSOR_PREFIX + name);
            };
            List<Long> shape = shape(words[1]);
            if ((layout == Layout.PANELS || layout == Layout.SCALES) && shape.size() != 2) {
                throw broken(TENSOR_PREFIX + name);
            }
            boolean rounded = words[3].startsWith(ROUNDED);
            List<SourcePart> parts = new ArrayList<>();
            for (String part : words[3].substring(rounded ? ROUNDED.length() : 0).split(";", -1)) {
                parts.add(part(name, shape, part));
            }
            return new StoredTensor(name, layout, shape, words[2], parts, rounded);
        }

        /** {@code type}, which then has the tensor's own name and shape, or {@code type shape name}. */
        private SourcePart part(String ownName, List<Long> ownShape, String text) {
            String[] words = text.split(" ", 3);
            ElementType type = ElementType.ofSafetensors(words[0]).orElseThrow(() -> broken(TENSOR_PREFIX + ownName));
            if (words.length == 2) {
                throw broken(TENSOR_PREFIX + ownName);
            }
            return words.length == 1
                    ? new SourcePart(ownName, ownShape, type)
                    : new SourcePart(words[2], shape(words[1]), type);
        }

        /** Logical sizes: positive, few, and with a product that can be counted. */
        private List<Long> shape(String text) {
            if (text.equals(SCALAR)) {
                return List.of();
            }
            List<Long> sizes = new ArrayList<>();
            long product = 8;
            for (String word : text.split("x", -1)) {
                long size;
                try {
                    size = Long.parseLong(word);
                } catch (NumberFormatException e) {
                    throw broken("shape");
                }
                if (size < 1 || product > Long.MAX_VALUE / size || sizes.size() == SafetensorsLimits.DEFAULT.maxDimensions()) {
                    throw broken("shape");
                }
                product *= size;
                sizes.add(size);
            }
            return sizes;
        }

        private Precision precision() {
            for (Precision precision : Precision.values()) {
                if (precision.name().toLowerCase(Locale.ROOT).equals(text("precision"))) {
                    return precision;
                }
            }
            throw new WeightsException(Kind.UNSUPPORTED, source + " has weights of the unknown precision "
                    + Messages.quote(text("precision")) + ".");
        }

        private long number(String key) {
            try {
                return Long.parseLong(text(key));
            } catch (NumberFormatException e) {
                throw broken(key);
            }
        }

        private String text(String key) {
            String value = metadata.get(key);
            if (value == null) {
                throw broken(key);
            }
            return value;
        }

        private WeightsException broken(String key) {
            return new WeightsException(Kind.MALFORMED, source + " has no readable metadata " + Messages.quote(key)
                    + "; convert the published model again.");
        }
    }
}
