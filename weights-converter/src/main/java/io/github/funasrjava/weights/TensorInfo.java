package io.github.funasrjava.weights;

import java.util.List;
import java.util.Objects;

/**
 * Where a tensor lies in a safetensors file.
 *
 * @param name name of the tensor
 * @param type element type
 * @param shape sizes, outermost first; empty for a scalar
 * @param offset first byte, counted from the start of the file
 * @param bytes length in bytes
 */
public record TensorInfo(String name, ElementType type, List<Long> shape, long offset, long bytes) {
    public TensorInfo {
        Objects.requireNonNull(name);
        Objects.requireNonNull(type);
        shape = List.copyOf(shape);
    }

    /** Number of elements. */
    public long elements() {
        return bytes / type.bytes();
    }
}
