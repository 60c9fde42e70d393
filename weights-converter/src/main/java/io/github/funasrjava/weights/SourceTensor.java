package io.github.funasrjava.weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A tensor of a checkpoint as it was published: a view of some bytes of the mapped file.
 *
 * @param name its name, without a {@code module.} prefix
 * @param type element type
 * @param shape sizes, outermost first
 * @param strides elements from one index to the next, per dimension
 * @param storage the bytes that the view looks at
 * @param offset element of {@code storage} at which the view begins
 */
record SourceTensor(
        String name, ElementType type, List<Long> shape, List<Long> strides, MemorySegment storage, long offset) {
    SourceTensor {
        shape = List.copyOf(shape);
        strides = List.copyOf(strides);
    }

    /** A tensor whose elements stand one after the other. */
    static SourceTensor contiguous(String name, ElementType type, List<Long> shape, MemorySegment bytes) {
        return new SourceTensor(name, type, shape, rowMajorStrides(shape), bytes, 0);
    }

    /** Number of elements. */
    long elements() {
        long count = 1;
        for (long size : shape) {
            count *= size;
        }
        return count;
    }

    /** Whether the elements stand one after the other in row-major order. */
    boolean isContiguous() {
        List<Long> wanted = rowMajorStrides(shape);
        for (int i = 0; i < shape.size(); i++) {
            if (shape.get(i) != 1 && !strides.get(i).equals(wanted.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** The elements in row-major order: a slice of the file where they stand so already, else a copy in {@code arena}. */
    MemorySegment rowMajor(Arena arena) {
        long bytes = type.bytes();
        if (isContiguous()) {
            return storage.asSlice(offset * bytes, elements() * bytes);
        }
        MemorySegment copy = arena.allocate(elements() * bytes, 64);
        long[] index = new long[shape.size()];
        long from = offset;
        for (long to = 0; to < copy.byteSize(); to += bytes) {
            MemorySegment.copy(storage, from * bytes, copy, to, bytes);
            for (int d = index.length - 1; d >= 0; d--) {
                from += strides.get(d);
                if (++index[d] < shape.get(d)) {
                    break;
                }
                from -= strides.get(d) * shape.get(d);
                index[d] = 0;
            }
        }
        return copy;
    }

    private static List<Long> rowMajorStrides(List<Long> shape) {
        Long[] strides = new Long[shape.size()];
        long step = 1;
        for (int i = strides.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= shape.get(i);
        }
        return List.of(strides);
    }
}
