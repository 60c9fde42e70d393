package io.github.funasrjava.engine;

/** The audio cannot be used: missing, empty, damaged, or of an unknown kind. */
public final class InputException extends FunAsrException {
    private static final long serialVersionUID = 1L;

    public InputException(String message) {
        super(message);
    }

    public InputException(String message, Throwable cause) {
        super(message, cause);
    }
}
