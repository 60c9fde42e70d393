package io.github.funasrjava.cli;

import io.github.funasrjava.engine.UsageException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * The arguments of one command, split but not yet understood. Every getter checks its value and names the option in
 * its error.
 *
 * @param values by option name; flags have an empty value
 * @param operands arguments without a name
 */
record Arguments(Map<String, String> values, List<String> operands) {
    Arguments {
        values = Map.copyOf(values);
        operands = List.copyOf(operands);
    }

    boolean flag(String option) {
        return values.containsKey(option);
    }

    Optional<String> text(String option) {
        Optional<String> value = Optional.ofNullable(values.get(option));
        if (value.isPresent() && value.get().isBlank()) {
            throw new UsageException(option + " must not be empty.");
        }
        return value;
    }

    Optional<Path> path(String option) {
        return text(option).map(RawArguments::path);
    }

    Path operandPath(int index) {
        String operand = operands.get(index);
        if (operand.isEmpty()) {
            throw new UsageException("A file name must not be empty.");
        }
        return RawArguments.path(operand);
    }

    /** A whole number within bounds. */
    OptionalInt integer(String option, int min, int max) {
        Optional<String> value = text(option);
        if (value.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            int number = Integer.parseInt(value.get());
            if (number >= min && number <= max) {
                return OptionalInt.of(number);
            }
        } catch (NumberFormatException e) {
            // Said below, in the same words as for a number out of bounds.
        }
        throw new UsageException(option + " must be a whole number from " + min + " to " + max + ", not '" + value.get() + "'.");
    }

    /** A number within bounds. */
    Optional<Double> number(String option, double min, double max) {
        Optional<String> value = text(option);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        try {
            double number = Double.parseDouble(value.get());
            if (number >= min && number <= max) {
                return Optional.of(number);
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new UsageException(option + " must be a number from " + min + " to " + max + ", not '" + value.get() + "'.");
    }

    /** One of the constants, written in lower case on the command line; the first is the default. */
    <E extends Enum<E>> E choice(String option, E[] allowed) {
        Optional<String> value = text(option);
        if (value.isEmpty()) {
            return allowed[0];
        }
        for (E constant : allowed) {
            if (word(constant).equals(value.get().toLowerCase(Locale.ROOT))) {
                return constant;
            }
        }
        throw new UsageException(option + " must be " + alternatives(allowed) + ", not '" + value.get() + "'.");
    }

    /** The constants as a person writes them: {@code text or json}. */
    static <E extends Enum<E>> String alternatives(E[] allowed) {
        List<String> words = Arrays.stream(allowed).map(Arguments::word).toList();
        int last = words.size() - 1;
        return last == 0 ? words.get(0)
                : words.subList(0, last).stream().collect(Collectors.joining(", ")) + " or " + words.get(last);
    }

    /** A constant as a person writes it. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
