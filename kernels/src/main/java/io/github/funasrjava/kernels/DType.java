package io.github.funasrjava.kernels;

/** How a weight matrix is stored. Activations are always f32. */
public enum DType {
    /** IEEE binary32. */
    F32(4, 1),
    /** bfloat16: the upper half of a binary32. Panels hold pairs of K side by side. */
    BF16(2, 2),
    /** Signed 8-bit integers with one f32 scale per output row. Panels hold quads of K side by side. */
    INT8(1, 4);

    private final int bytes;
    private final int kGroup;

    DType(int bytes, int kGroup) {
        this.bytes = bytes;
        this.kGroup = kGroup;
    }

    /** Bytes of one value. */
    public int bytes() {
        return bytes;
    }

    /** How many consecutive values of K stand side by side in a panel. */
    public int kGroup() {
        return kGroup;
    }
}
