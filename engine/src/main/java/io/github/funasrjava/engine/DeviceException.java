package io.github.funasrjava.engine;

/** The requested device or kernel tier is not available, or it failed. */
public final class DeviceException extends FunAsrException {
    private static final long serialVersionUID = 1L;

    public DeviceException(String message) {
        super(message);
    }

    public DeviceException(String message, Throwable cause) {
        super(message, cause);
    }
}
