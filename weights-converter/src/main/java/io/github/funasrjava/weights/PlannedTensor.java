package io.github.funasrjava.weights;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.weights.StoredTensor.Layout;
import io.github.funasrjava.weights.StoredTensor.SourcePart;
import java.util.List;

/**
 * A tensor that will be written: where its values come from and how they are stored.
 *
 * @param name name in the converted file
 * @param layout how the values will stand
 * @param type element type in the file
 * @param shape logical shape
 * @param sources the checkpoint tensors, top to bottom
 * @param rounded whether values are rounded on the way
 */
record PlannedTensor(
        String name, Layout layout, ElementType type, List<Long> shape, List<SourceTensor> sources, boolean rounded) {
    /** Tensors begin on cache lines. */
    static final int LINE_BYTES = 64;

    /** Behind the name of a matrix of int8 panels: its scales. */
    static final String SCALES_SUFFIX = ".scales";

    PlannedTensor {
        shape = List.copyOf(shape);
        sources = List.copyOf(sources);
    }

    /** The tensor that goes with int8 panels: the scales of their rows. */
    PlannedTensor scales() {
        return new PlannedTensor(name + SCALES_SUFFIX, Layout.SCALES, ElementType.F32, shape, sources, true);
    }

    /** The panels of a tensor that is stored as such. */
    PanelLayout panelLayout() {
        return panels(type, shape);
    }

    /** The layout of a logical matrix whose panels have element type {@code type}. */
    static PanelLayout panels(ElementType type, List<Long> shape) {
        DType dtype = switch (type) {
            case I8 -> DType.INT8;
            case BF16 -> DType.BF16;
            default -> DType.F32;
        };
        return new PanelLayout(dtype, Math.toIntExact(shape.get(0)), Math.toIntExact(shape.get(1)));
    }

    /** Shape of the tensor in the file. */
    List<Long> storedShape() {
        return storedShape(layout, type, shape);
    }

    /** Shape in the file of a tensor with the logical shape {@code shape}. */
    static List<Long> storedShape(Layout layout, ElementType type, List<Long> shape) {
        if (layout == Layout.PANELS) {
            PanelLayout panels = panels(type, shape);
            long group = panels.dtype().kGroup();
            long groups = panels.paddedK() / group;
            return group == 1
                    ? List.of((long) panels.panels(), groups, (long) PanelLayout.PANEL_ROWS)
                    : List.of((long) panels.panels(), groups, (long) PanelLayout.PANEL_ROWS, group);
        }
        if (layout == Layout.SCALES) {
            return List.of((long) panels(ElementType.I8, shape).paddedN());
        }
        long elements = 1;
        for (long size : shape) {
            elements *= size;
        }
        long perLine = LINE_BYTES / type.bytes();
        return List.of((elements + perLine - 1) / perLine * perLine);
    }

    /** Bytes in the file, a multiple of 64. */
    long storedBytes() {
        long bytes = type.bytes();
        for (long size : storedShape()) {
            bytes *= size;
        }
        return bytes;
    }

    /** What the metadata will say. */
    StoredTensor stored(String sha256) {
        return new StoredTensor(name, layout, shape, sha256,
                sources.stream().map(s -> new SourcePart(s.name(), s.shape(), s.type())).toList(), rounded);
    }
}
