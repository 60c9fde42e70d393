package io.github.funasrjava.weights;

import java.util.List;

/**
 * What the metadata of a converted file say about one tensor.
 *
 * @param name name in the converted file
 * @param layout how the values stand in the file
 * @param shape logical shape
 * @param sha256 of the tensor's bytes in the file, hexadecimal
 * @param parts the checkpoint tensors that it was made of, top to bottom
 * @param rounded whether values were rounded on the way
 */
public record StoredTensor(
        String name, Layout layout, List<Long> shape, String sha256, List<SourcePart> parts, boolean rounded) {
    /** How the values of a tensor stand in the file. */
    public enum Layout {
        /** A weight matrix in {@link io.github.funasrjava.kernels.PanelLayout panels}. */
        PANELS,
        /** f32, row-major, padded with zeros to whole 64-byte lines. */
        ROWS,
        /** f32, one scale per padded row of the int8 panels whose name this tensor's begins with. */
        SCALES,
        /** The checkpoint's own bytes, row-major, padded with zeros to whole 64-byte lines; not used for inference. */
        RAW
    }

    /**
     * A checkpoint tensor.
     *
     * @param name its name there
     * @param shape its shape
     * @param type its element type there
     */
    public record SourcePart(String name, List<Long> shape, ElementType type) {
        public SourcePart {
            shape = List.copyOf(shape);
        }
    }

    public StoredTensor {
        shape = List.copyOf(shape);
        parts = List.copyOf(parts);
    }
}
