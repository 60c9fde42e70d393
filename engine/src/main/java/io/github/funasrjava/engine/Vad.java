package io.github.funasrjava.engine;

import java.nio.file.Path;

/** How speech is found in a recording. */
public sealed interface Vad {
    /**
     * A recording that fits into one segment is recognised whole, unless it holds nothing louder than its own noise
     * floor; a longer one is cut by {@link BuiltIn}.
     */
    record Automatic() implements Vad {}

    /** No detection: everything is recognised, cut only where a segment would be too long. */
    record None() implements Vad {}

    /** The detector that needs no model: energy over an adaptive noise floor. */
    record BuiltIn() implements Vad {}

    /**
     * FSMN-VAD.
     *
     * @param path its published or converted directory
     */
    record Directory(Path path) implements Vad {}
}
