package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The state dict of a {@code model.pt}: a zip archive with a pickle and one entry per storage. Every tensor is checked to
 * lie inside its storage, and every storage to have the length that its archive entry has.
 */
final class TorchCheckpoint {
    private static final int MAX_WRAPPERS = 8;
    private static final List<String> WRAPPERS = List.of("state_dict", "model_state_dict", "model");
    /** Views may repeat a storage (a tied head, an expanded row), but not turn a small file into a huge model. */
    private static final int MAX_EXPANSION = 16;
    private static final long ALWAYS_ALLOWED_BYTES = 64L << 20;

    private final String source;
    private final MemorySegment file;
    private final TorchZip zip;

    private TorchCheckpoint(MemorySegment file, String source) {
        this.file = file;
        this.source = source;
        refuseForeign();
        this.zip = TorchZip.read(file, source);
    }

    /** The tensors of the checkpoint that {@code file} holds, by name, in their order. {@code source} names it in messages. */
    static Map<String, SourceTensor> read(MemorySegment file, String source) {
        return new TorchCheckpoint(file, source).tensors();
    }

    /** The zip directory: it holds a checksum of every storage and so identifies the content without reading it. */
    static MemorySegment fingerprint(MemorySegment file, String source) {
        return new TorchCheckpoint(file, source).zip.directory();
    }

    private void refuseForeign() {
        ForeignFiles.refuse(file, source, "a checkpoint");
        byte[] start = file.asSlice(0, Math.min(4, file.byteSize())).toArray(ValueLayout.JAVA_BYTE);
        if (start.length >= 4 && start[0] == 'P' && start[1] == 'K') {
            return;
        }
        if (start[0] == (byte) 0x80 && start.length > 1 && start[1] <= 5) {
            throw new WeightsException(Kind.UNSUPPORTED, source
                    + " is a checkpoint of a torch before 1.6 or a bare pickle; load it in torch and save it again with torch.save.");
        }
        throw new WeightsException(Kind.MALFORMED, source + " is not a torch checkpoint: it is no zip archive.");
    }

    private Map<String, SourceTensor> tensors() {
        MemorySegment pickle = zip.entry("data.pkl").orElseThrow(() -> new WeightsException(Kind.MALFORMED,
                source + " is a zip archive, but not a torch checkpoint: it has no data.pkl."));
        zip.entry("byteorder").ifPresent(this::requireLittleEndian);
        Map<?, ?> dict = unwrap(PickleReader.read(pickle, source));
        Map<String, SourceTensor> tensors = new LinkedHashMap<>();
        long allowed = Math.max(ALWAYS_ALLOWED_BYTES, MAX_EXPANSION * file.byteSize());
        for (Map.Entry<?, ?> entry : dict.entrySet()) {
            if (entry.getKey() instanceof String key && entry.getValue() instanceof PickleReader.Tensor tensor) {
                String name = key.startsWith("module.") ? key.substring("module.".length()) : key;
                requireWritable(name, tensors.size());
                SourceTensor checked = checked(name, tensor);
                allowed -= checked.elements() * checked.type().bytes();
                if (allowed < 0) {
                    throw new WeightsException(Kind.LIMIT, source + " describes tensors of more than " + MAX_EXPANSION
                            + " times its own length.");
                }
                if (tensors.put(name, checked) != null) {
                    throw new WeightsException(Kind.MALFORMED, source + " has tensor " + Messages.quote(name) + " twice.");
                }
            }
        }
        if (tensors.isEmpty()) {
            throw new WeightsException(Kind.MISSING, source + " holds no tensors.");
        }
        return tensors;
    }

    /** What a converted file could not hold is refused here, not after the conversion. */
    private void requireWritable(String name, int before) {
        SafetensorsLimits limits = SafetensorsLimits.DEFAULT;
        if (name.length() > limits.maxNameChars()) {
            throw new WeightsException(Kind.LIMIT, source + " has a tensor name of " + name.length()
                    + " characters; the limit is " + limits.maxNameChars() + ".");
        }
        if (before == limits.maxTensors()) {
            throw new WeightsException(Kind.LIMIT,
                    source + " lists more than " + limits.maxTensors() + " tensors, which is the limit.");
        }
    }

    private void requireLittleEndian(MemorySegment entry) {
        byte[] order = entry.asSlice(0, Math.min(16, entry.byteSize())).toArray(ValueLayout.JAVA_BYTE);
        if (!new String(order, StandardCharsets.ISO_8859_1).strip().equals("little")) {
            throw new WeightsException(Kind.UNSUPPORTED, source + " was written on a big-endian machine; save it again on another.");
        }
    }

    private Map<?, ?> unwrap(Object top) {
        Object value = top;
        for (int i = 0; i < MAX_WRAPPERS && value instanceof Map<?, ?> map; i++) {
            Object inner = null;
            for (String wrapper : WRAPPERS) {
                if (inner == null && map.get(wrapper) instanceof Map<?, ?> found) {
                    inner = found;
                }
            }
            if (inner == null) {
                return map;
            }
            value = inner;
        }
        throw new WeightsException(Kind.MALFORMED, source + " does not hold a state dict.");
    }

    private SourceTensor checked(String name, PickleReader.Tensor tensor) {
        PickleReader.Storage storage = tensor.storage();
        MemorySegment bytes = zip.entry("data/" + storage.key()).orElseThrow(() -> new WeightsException(Kind.MALFORMED,
                source + " lacks storage " + Messages.quote(storage.key()) + " of tensor " + Messages.quote(name) + "."));
        long last = tensor.offset();
        long elements = 1;
        try {
            long stored = Math.multiplyExact(storage.elements(), (long) storage.type().bytes());
            if (stored != bytes.byteSize()) {
                throw new WeightsException(Kind.MALFORMED, source + " announces " + stored + " bytes for storage "
                        + Messages.quote(storage.key()) + ", but holds " + bytes.byteSize() + ".");
            }
            for (int d = 0; d < tensor.shape().size(); d++) {
                long size = tensor.shape().get(d);
                if (size == 0) {
                    throw new WeightsException(Kind.MALFORMED, source + " has a tensor without elements: "
                            + Messages.quote(name) + " " + tensor.shape() + ".");
                }
                elements = Math.multiplyExact(elements, size);
                last = Math.addExact(last, Math.multiplyExact(size - 1, (long) tensor.strides().get(d)));
            }
            Math.multiplyExact(elements, 8L);
        } catch (ArithmeticException e) {
            throw new WeightsException(Kind.MALFORMED, source + " has a tensor whose size overflows: " + Messages.quote(name)
                    + " " + tensor.shape() + ".");
        }
        if (last >= bytes.byteSize() / tensor.type().bytes()) {
            throw new WeightsException(Kind.MALFORMED, source + " has tensor " + Messages.quote(name) + " " + tensor.shape()
                    + " that reaches out of its storage.");
        }
        return new SourceTensor(name, tensor.type(), tensor.shape(), tensor.strides(), bytes, tensor.offset());
    }
}
