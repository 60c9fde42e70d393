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
        tiedHead.ifPresent(head -> out.put("tied_head", Json.write(part(head))));
        out.put("files", Json.write(files));
        Map<String, Object> described = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> described.put(name, describe(tensor)));
        out.put("tensors", Json.write(described));
        return out;
    }

    private static Map<String, Object> describe(StoredTensor tensor) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("layout", tensor.layout().name().toLowerCase(Locale.ROOT));
        out.put("shape", tensor.shape());
        if (tensor.rounded()) {
            out.put("rounded", true);
        }
        out.put("sha256", tensor.sha256());
        out.put("source", tensor.parts().stream().map(ModelMetadata::part).toList());
        return out;
    }

    private static Map<String, Object> part(SourcePart part) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("name", part.name());
        out.put("shape", part.shape());
        out.put("dtype", part.type().name());
        return out;
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
            object("tensors").forEach((name, value) -> tensors.put(name, tensor(name, map(value))));
            Map<String, String> files = new LinkedHashMap<>();
            object("files").forEach((name, value) -> files.put(name, value.toString()));
            return new ModelMetadata(text("kind"), text("model"), text("licence"), text("attribution"), precision(),
                    text("source_file"), number("source_bytes"), text("source_sha256"),
                    (int) Math.min(Integer.MAX_VALUE, number("source_tensors")),
                    Optional.ofNullable(metadata.get("ctc_fault")),
                    metadata.containsKey("tied_head") ? Optional.of(part(object("tied_head"))) : Optional.empty(),
                    files, tensors);
        }

        private StoredTensor tensor(String name, Map<?, ?> values) {
            List<SourcePart> parts = new ArrayList<>();
            if (values.get("source") instanceof List<?> list) {
                list.forEach(item -> parts.add(part(map(item))));
            }
            if (parts.isEmpty()) {
                throw broken("tensors");
            }
            Layout layout;
            try {
                layout = Layout.valueOf(String.valueOf(values.get("layout")).toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
                throw broken("tensors");
            }
            return new StoredTensor(name, layout, shape(values.get("shape")), String.valueOf(values.get("sha256")), parts,
                    Boolean.TRUE.equals(values.get("rounded")));
        }

        private SourcePart part(Map<?, ?> values) {
            ElementType type = ElementType.ofSafetensors(String.valueOf(values.get("dtype"))).orElseThrow(() -> broken("dtype"));
            if (!(values.get("name") instanceof String name)) {
                throw broken("source");
            }
            return new SourcePart(name, shape(values.get("shape")), type);
        }

        /** Logical sizes: positive, few, and with a product that can be counted. */
        private List<Long> shape(Object value) {
            List<Long> sizes = new ArrayList<>();
            long product = 8;
            if (!(value instanceof List<?> list) || list.size() > SafetensorsLimits.DEFAULT.maxDimensions()) {
                throw broken("shape");
            }
            for (Object item : list) {
                if (!(item instanceof Long size) || size < 1 || product > Long.MAX_VALUE / size) {
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

        private Map<String, Object> object(String key) {
            return Json.object(text(key).getBytes(java.nio.charset.StandardCharsets.UTF_8), source + ", metadata " + key + ",");
        }

        private Map<?, ?> map(Object value) {
            if (value instanceof Map<?, ?> map) {
                return map;
            }
            throw broken("tensors");
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
