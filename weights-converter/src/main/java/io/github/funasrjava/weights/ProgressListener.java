package io.github.funasrjava.weights;

/** Hears what opening or converting a model does. Called from one thread at a time. */
public interface ProgressListener {
    /** Hears nothing. */
    ProgressListener SILENT = new ProgressListener() { };

    /** Something worth a line: a conversion begins, is finished, waits for another process. */
    default void message(String sentence) { }

    /** The running operation has got further; called several times a second. */
    default void progress(Progress progress) { }
}
