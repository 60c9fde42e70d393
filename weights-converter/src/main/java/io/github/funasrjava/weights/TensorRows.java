package io.github.funasrjava.weights;

import io.github.funasrjava.kernels.PanelPacker;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The rows of one or more checkpoint tensors, one under the other, as f32 values. */
final class TensorRows implements PanelPacker.RowSource {
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The rows of one tensor: those before {@code end} that no earlier part has. */
    private record Part(int end, PanelPacker.RowSource rows) {}

    private final List<Part> parts = new ArrayList<>();
    private final boolean toBf16;

    /**
     * Rows of {@code k} values.
     *
     * @param toBf16 whether values are rounded to bf16
     */
    TensorRows(List<SourceTensor> tensors, int k, boolean toBf16, Arena arena) {
        this.toBf16 = toBf16;
        int end = 0;
        for (SourceTensor tensor : tensors) {
            end += Math.toIntExact(tensor.elements() / k);
            parts.add(new Part(end, rows(tensor, k, arena)));
        }
    }

    @Override
    public void read(int row, float[] values) {
        int start = 0;
        for (Part part : parts) {
            if (row < part.end) {
                part.rows.read(row - start, values);
                break;
            }
            start = part.end;
        }
        if (toBf16) {
            for (int i = 0; i < values.length; i++) {
                values[i] = PanelPacker.fromBf16(PanelPacker.toBf16(values[i]));
            }
        }
    }

    private static PanelPacker.RowSource rows(SourceTensor tensor, int k, Arena arena) {
        MemorySegment bytes = tensor.rowMajor(arena);
        return switch (tensor.type()) {
            case F32 -> PanelPacker.RowSource.ofF32(bytes, k);
            case BF16 -> PanelPacker.RowSource.ofBf16(bytes, k);
            case F16 -> PanelPacker.RowSource.ofF16(bytes, k);
            case F64 -> (row, values) -> {
                for (int c = 0; c < k; c++) {
                    values[c] = (float) bytes.get(DOUBLE, ((long) row * k + c) * Double.BYTES);
                }
            };
            default -> throw new IllegalArgumentException("not a floating-point tensor: " + tensor.name());
        };
    }
}
