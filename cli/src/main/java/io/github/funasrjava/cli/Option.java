package io.github.funasrjava.cli;

import java.util.Optional;

/**
 * An option of a command.
 *
 * @param name with its dashes
 * @param valueLabel how help calls the value; empty for a flag
 * @param description sentence for help
 */
record Option(String name, Optional<String> valueLabel, String description) {
    static Option flag(String name, String description) {
        return new Option(name, Optional.empty(), description);
    }

    static Option value(String name, String label, String description) {
        return new Option(name, Optional.of(label), description);
    }
}
