package io.github.funasrjava.engine;

/** The caller cancelled the work; nothing is wrong with the input. */
public final class CancelledException extends FunAsrException {
    private static final long serialVersionUID = 1L;

    public CancelledException(String message) {
        super(message);
    }

    public CancelledException(String message, Throwable cause) {
        super(message, cause);
    }
}
