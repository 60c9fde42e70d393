package io.github.funasrjava.engine;

import io.github.funasrjava.weights.ModelFiles;
import java.nio.file.Path;

/** Where a model lies. */
public sealed interface ModelSource {
    /** A directory with a published or a converted model. */
    record Directory(Path path) implements ModelSource {}

    /** A converted model that a program carries among its resources; it is read into memory, nothing is written. */
    record Carried(String name, ModelFiles.Resources resources) implements ModelSource {}

    /** A model in a directory. */
    static ModelSource directory(Path path) {
        return new Directory(path);
    }

    /** A converted model among a program's resources. */
    static ModelSource carried(String name, ModelFiles.Resources resources) {
        return new Carried(name, resources);
    }
}
