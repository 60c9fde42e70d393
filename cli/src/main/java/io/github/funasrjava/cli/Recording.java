package io.github.funasrjava.cli;

import java.net.URI;
import java.nio.file.Path;

/**
 * Something to transcribe.
 *
 * @param id its key in a list, else the name that the user gave
 * @param label what messages and results call it: the file as it was given
 * @param origin where it was named, such as {@code wav.scp, line 3}; empty for an argument
 * @param resultName path of its result in a folder of results, relative and without the format's extension
 * @param source where its bytes are
 */
record Recording(String id, String label, String origin, String resultName, Source source) {
    /** Where the bytes of a recording are. */
    sealed interface Source {
        record File(Path path) implements Source {}

        record StandardInput() implements Source {}

        record Web(URI address) implements Source {}
    }

    /** Begin of a message about it. */
    String place() {
        return origin.isEmpty() ? label : origin + ": " + label;
    }

    Recording withResultName(String name) {
        return new Recording(id, label, origin, name, source);
    }
}
