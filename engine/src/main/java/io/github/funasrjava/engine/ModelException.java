package io.github.funasrjava.engine;

/** The model directory or file cannot be used: missing parts, wrong shapes, damaged, or not a model. */
public final class ModelException extends FunAsrException {
    private static final long serialVersionUID = 1L;

    public ModelException(String message) {
        super(message);
    }

    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
