package io.github.funasrjava.kernels.x86;

/** Computes rows of a product's operand just before they are packed, on the thread that packs them. */
interface RowSource {
    /** The rows are there already. */
    RowSource NOTHING = (first, end) -> { };

    /** Computes rows {@code first} to {@code end - 1}; called from any worker, for each row once. */
    void compute(int first, int end);
}
