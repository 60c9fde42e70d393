package io.github.funasrjava.kernels;

/** The tier that was asked for does not run here. The message is one sentence with the reason. */
public final class KernelsUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public KernelsUnavailableException(String message) {
        super(message);
    }
}
