package io.github.funasrjava.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A weight matrix {@code [n, k]} packed as {@link PanelLayout} says, in native memory that somebody else owns.
 *
 * @param layout shape and storage type
 * @param panels the packed values, exactly {@code layout.bytes()} long, aligned to 64 bytes
 * @param scales for {@link DType#INT8} one f32 per padded output row ({@code paddedN} values), else empty
 */
public record PanelMatrix(PanelLayout layout, MemorySegment panels, MemorySegment scales) {
    public PanelMatrix {
        Objects.requireNonNull(layout);
        if (panels.byteSize() != layout.bytes()) {
            throw new IllegalArgumentException(
                    "panels of " + layout + " take " + layout.bytes() + " bytes, got " + panels.byteSize());
        }
        if (!panels.isNative() || panels.address() % 64 != 0) {
            throw new IllegalArgumentException("panels must be native memory aligned to 64 bytes");
        }
        long wanted = layout.dtype() == DType.INT8 ? 4L * layout.paddedN() : 0;
        if (scales.byteSize() != wanted) {
            throw new IllegalArgumentException(
                    "scales of " + layout + " take " + wanted + " bytes, got " + scales.byteSize());
        }
    }

    /** A matrix without scales (f32, bf16). */
    public PanelMatrix(PanelLayout layout, MemorySegment panels) {
        this(layout, panels, MemorySegment.NULL);
    }

    /** Logical output rows. */
    public int n() {
        return layout.n();
    }

    /** Logical input columns. */
    public int k() {
        return layout.k();
    }
}
