package io.github.funasrjava.cli;

/** What a list holds: a recording, or a place where none could be read. */
sealed interface ListEntry {
    record Found(Recording recording) implements ListEntry {}

    /**
     * A line or folder that names no recording.
     *
     * @param sentence what is wrong, and where
     */
    record Bad(String sentence) implements ListEntry {}
}
