package io.github.funasrjava.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An option of a command.
 *
 * @param name with its dashes
 * @param valueLabel how help calls the value; empty for a flag
 * @param description sentence for help
 * @param values what a shell may offer as value
 */
record Option(String name, Optional<String> valueLabel, String description, List<String> values) {
    /** Labels of values that are paths, if only among others. */
    private static final Set<String> PATHS = Set.of("FILE", "DIR", "PATH", "MODEL", "DETECTOR");

    Option {
        values = List.copyOf(values);
    }

    static Option flag(String name, String description) {
        return new Option(name, Optional.empty(), description, List.of());
    }

    static Option value(String name, String label, String description) {
        return new Option(name, Optional.of(label), description, List.of());
    }

    /** The same with values that a shell may offer. */
    Option offering(List<String> offered) {
        return new Option(name, valueLabel, description, offered);
    }

    /** The same with the words for these constants. */
    Option offering(Enum<?>[] constants) {
        return offering(Arrays.stream(constants).map(Arguments::word).toList());
    }

    /** Whether the value may be a path. */
    boolean takesPath() {
        return valueLabel.filter(PATHS::contains).isPresent();
    }
}
