package io.github.funasrjava.engine;

/** An option has a value that is not allowed, such as an unknown language. */
public final class UsageException extends FunAsrException {
    private static final long serialVersionUID = 1L;

    public UsageException(String message) {
        super(message);
    }

    public UsageException(String message, Throwable cause) {
        super(message, cause);
    }
}
