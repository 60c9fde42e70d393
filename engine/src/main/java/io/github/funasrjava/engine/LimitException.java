package io.github.funasrjava.engine;

/** A stated limit was exceeded; the message names it. */
public final class LimitException extends FunAsrException {
    private static final long serialVersionUID = 1L;

    public LimitException(String message) {
        super(message);
    }

    public LimitException(String message, Throwable cause) {
        super(message, cause);
    }
}
