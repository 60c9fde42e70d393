package io.github.funasrjava.cli;

import io.github.funasrjava.engine.ModelSource;
import java.util.Optional;

/** The small model inside the jar; {@code docs/demo-model.md} says what it is. */
final class DemoModel {
    private static final String FOLDER = "/demo-model/";

    private DemoModel() {}

    static ModelSource source() {
        return ModelSource.carried("demo", name -> Optional.ofNullable(DemoModel.class.getResourceAsStream(FOLDER + name)));
    }
}
