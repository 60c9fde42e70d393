package io.github.funasrjava.engine;

/**
 * The one family of failures that the engine reports. The message is one sentence for the user: what, where, the
 * limit, what to do. Programs decide by the subclass; the command line maps it to an exit code, the server to an HTTP
 * status.
 */
public abstract sealed class FunAsrException extends RuntimeException
        permits InputException, ModelException, LimitException, DeviceException, UsageException, CancelledException {
    private static final long serialVersionUID = 1L;

    protected FunAsrException(String message, Throwable cause) {
        super(message, cause);
    }

    protected FunAsrException(String message) {
        super(message);
    }
}
