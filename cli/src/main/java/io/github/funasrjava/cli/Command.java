package io.github.funasrjava.cli;

import java.io.IOException;

/** One thing that the program does. Stateless. */
interface Command {
    CommandDescription description();

    /**
     * Does it.
     *
     * @throws RuntimeException of a kind that {@link ExitCode#of} knows
     * @throws IOException when standard output or input fails
     */
    ExitCode run(Arguments arguments, Console console) throws IOException;
}
