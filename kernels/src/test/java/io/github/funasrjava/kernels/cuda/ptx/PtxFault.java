package io.github.funasrjava.kernels.cuda.ptx;

/** A kernel did what it must not: touched foreign memory, raced, or parted where its lanes must stay together. */
public final class PtxFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PtxFault(String message) {
        super(message);
    }
}
