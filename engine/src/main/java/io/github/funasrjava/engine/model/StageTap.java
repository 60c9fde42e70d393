package io.github.funasrjava.engine.model;

import io.github.funasrjava.kernels.Matrix;

/** Sees the activations between stages, by the names that the golden files use. The view is valid during the call. */
@FunctionalInterface
public interface StageTap {
    /** Ignores everything. */
    StageTap NONE = (name, rows) -> {};

    /** Called with the rows of a finished stage. */
    void stage(String name, Matrix rows);
}
