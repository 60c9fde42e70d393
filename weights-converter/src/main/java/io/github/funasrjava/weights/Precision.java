package io.github.funasrjava.weights;

/** How a conversion stores weight matrices. */
public enum Precision {
    /** Lossless: bf16 where every value is a bf16 value, else f32. */
    KEEP,
    /** Every matrix as bf16, rounded to nearest, ties to even; the converted file says so. */
    BF16
}
