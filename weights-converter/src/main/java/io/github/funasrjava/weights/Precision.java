package io.github.funasrjava.weights;

/** How a conversion stores weight matrices. */
public enum Precision {
    /** Lossless: bf16 where every value is a bf16 value, else f32. */
    KEEP,
    /** Every matrix as bf16, rounded to nearest, ties to even; the converted file says so. */
    BF16,
    /**
     * The language model's matrices as int8 with one f32 scale per output row, everything else as {@link #KEEP}; the
     * converted file says so. Halves what a decoding step reads.
     */
    INT8
}
