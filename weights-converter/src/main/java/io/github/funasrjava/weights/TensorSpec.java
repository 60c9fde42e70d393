package io.github.funasrjava.weights;

import java.util.List;

/**
 * One tensor of a converted model and the checkpoint tensors that it is made of.
 *
 * @param name name in the converted file
 * @param panels whether it is a weight matrix, stored as panels; else f32 in row-major order
 * @param parts the checkpoint tensors, put one under the other along the first dimension
 */
record TensorSpec(String name, boolean panels, List<Part> parts) {
    /** A checkpoint tensor and the shape that the configuration asks for. */
    record Part(String name, List<Long> shape) {
        Part {
            shape = List.copyOf(shape);
        }

        long elements() {
            long count = 1;
            for (long size : shape) {
                count *= size;
            }
            return count;
        }
    }

    TensorSpec {
        parts = List.copyOf(parts);
    }

    /** The shape of all parts together. */
    List<Long> shape() {
        long rows = 0;
        for (Part part : parts) {
            rows += part.shape.getFirst();
        }
        Long[] shape = parts.getFirst().shape.toArray(Long[]::new);
        shape[0] = rows;
        return List.of(shape);
    }
}
