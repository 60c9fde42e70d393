package io.github.funasrjava.cli;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What the program sees of the world around it, so that tests can be the world.
 *
 * @param in standard input
 * @param out standard output, unbuffered: it carries results only, as UTF-8
 * @param err messages, progress and errors
 * @param environment environment variables
 * @param errIsTerminal whether a person watches {@code err}
 */
record Console(InputStream in, OutputStream out, PrintStream err, Map<String, String> environment, boolean errIsTerminal) {
    /** An environment variable that is set and not blank. */
    Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    /** Whether messages may be coloured and redrawn: on a terminal, unless {@code NO_COLOR} is set or it is a dumb one. */
    boolean mayDecorate() {
        return errIsTerminal && variable("NO_COLOR").isEmpty() && !"dumb".equals(environment.get("TERM"));
    }

    /** Where models are kept: {@code $XDG_CACHE_HOME/fun-asr-java}, or below {@code ~/.cache}. */
    Path cacheDir() {
        return variable("XDG_CACHE_HOME").filter(value -> !RawArguments.isRelative(value)) // as the XDG specification demands
                .map(RawArguments::path)
                .orElseGet(() -> home().resolve(".cache"))
                .resolve("fun-asr-java");
    }

    private Path home() {
        String home = System.getProperty("user.home");
        return RawArguments.path(RawArguments.isLost(home) ? variable("HOME").orElse(home) : home);
    }

    /** One line for the user. */
    void say(String line) {
        err.println(line);
    }
}
