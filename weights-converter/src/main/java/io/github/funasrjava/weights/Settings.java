package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * One level of a configuration file: typed, range-checked look-ups whose errors name the file and the key. References
 * {@code ${a.b}} are followed from the root when a value is asked for.
 */
final class Settings {
    private static final int MAX_REFERENCES = 1000;
    private static final int MAX_EXPANDED_CHARS = 4096;
    private static final int MAX_DEPTH = 32;

    private final String source;
    private final String path;
    private final Map<?, ?> root;
    private final Map<?, ?> values;

    private Settings(String source, String path, Map<?, ?> root, Map<?, ?> values) {
        this.source = source;
        this.path = path;
        this.root = root;
        this.values = values;
    }

    /** The top level of a file. Circles among all its references are refused here, used or not. */
    static Settings of(String source, Map<?, ?> root) {
        Settings settings = new Settings(source, "", root, root);
        settings.refuseCircles(root, "", 0);
        return settings;
    }

    /** The settings under {@code key}; empty settings if there are none. */
    Settings section(String key) {
        Object value = resolve(values.get(key), key);
        if (isNull(value)) {
            return new Settings(source, full(key) + ".", root, Map.of());
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw wrong(key, value, "a group of settings");
        }
        return new Settings(source, full(key) + ".", root, map);
    }

    /** Whether {@code key} is there with a value. */
    boolean has(String key) {
        return !isNull(resolve(values.get(key), key));
    }

    /** A whole number between the bounds, or {@code missing} if there is none. */
    int integer(String key, int min, int max, int missing) {
        return has(key) ? integer(key, min, max) : missing;
    }

    /** A whole number between the bounds. */
    int integer(String key, int min, int max) {
        Object value = required(key);
        return whole(key, value, min, max);
    }

    /** One whole number or a list of them, each between the bounds; empty if there is none. */
    List<Integer> integers(String key, int min, int max) {
        Object value = resolve(values.get(key), key);
        if (isNull(value)) {
            return List.of();
        }
        List<Integer> numbers = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object item : list) {
                numbers.add(whole(key, resolve(item, key), min, max));
            }
        } else {
            numbers.add(whole(key, value, min, max));
        }
        return List.copyOf(numbers);
    }

    /** A number between the bounds, or {@code missing} if there is none. */
    double number(String key, double min, double max, double missing) {
        if (!has(key)) {
            return missing;
        }
        Object value = required(key);
        double number;
        if (value instanceof Number n) {
            number = n.doubleValue();
        } else {
            try {
                number = Double.parseDouble(value.toString());
            } catch (NumberFormatException e) {
                throw wrong(key, value, "a number");
            }
        }
        if (!(number >= min && number <= max)) {
            throw new WeightsException(Kind.MALFORMED, source + " sets " + full(key) + " to " + number + "; it must be from "
                    + min + " to " + max + ".");
        }
        return number;
    }

    /** A truth value, or {@code missing} if there is none. PyYAML's yes, no, on and off count. */
    boolean truth(String key, boolean missing) {
        Object value = resolve(values.get(key), key);
        if (isNull(value)) {
            return missing;
        }
        if (value instanceof Boolean truth) {
            return truth;
        }
        return switch (value.toString().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> throw wrong(key, value, "true or false");
        };
    }

    /** A string, or empty if there is none. */
    Optional<String> text(String key) {
        Object value = resolve(values.get(key), key);
        if (isNull(value)) {
            return Optional.empty();
        }
        if (value instanceof Map || value instanceof List) {
            throw wrong(key, value, "a text");
        }
        return Optional.of(value.toString());
    }

    /** Throws unless {@code key} is absent or satisfies {@code supported}. */
    void requireText(String key, Function<String, Boolean> supported, String wanted) {
        text(key).filter(value -> !supported.apply(value)).ifPresent(value -> {
            throw new WeightsException(Kind.UNSUPPORTED, source + " sets " + full(key) + " to " + Messages.quote(value)
                    + "; only " + wanted + " is implemented.");
        });
    }

    /** The error for a value that is well formed, but asks for something that is not implemented. */
    WeightsException unsupported(String key, Object value, String wanted) {
        return new WeightsException(Kind.UNSUPPORTED, source + " sets " + full(key) + " to "
                + Messages.quote(String.valueOf(value)) + "; only " + wanted + " is implemented.");
    }

    /** The error for values that contradict each other. */
    WeightsException inconsistent(String what) {
        return new WeightsException(Kind.MALFORMED, source + ": " + what + ".");
    }

    private int whole(String key, Object value, int min, int max) {
        long number;
        if (value instanceof Integer || value instanceof Long) {
            number = ((Number) value).longValue();
        } else if (value instanceof Double d && d == Math.rint(d) && Math.abs(d) < 1e15) {
            number = d.longValue();
        } else if (value instanceof String text && text.matches("-?[0-9]{1,15}")) {
            number = Long.parseLong(text);
        } else {
            throw wrong(key, value, "a whole number");
        }
        if (number < min || number > max) {
            throw new WeightsException(Kind.MALFORMED, source + " sets " + full(key) + " to " + number + "; it must be from "
                    + min + " to " + max + ".");
        }
        return (int) number;
    }

    private Object required(String key) {
        Object value = resolve(values.get(key), key);
        if (isNull(value)) {
            throw new WeightsException(Kind.MISSING, source + " does not set " + full(key) + ".");
        }
        return value;
    }

    private WeightsException wrong(String key, Object value, String wanted) {
        return new WeightsException(Kind.MALFORMED, source + " sets " + full(key) + " to "
                + Messages.quote(String.valueOf(value)) + "; it must be " + wanted + ".");
    }

    private String full(String key) {
        return path + key;
    }

    private static boolean isNull(Object value) {
        return value == null || value == Json.NULL;
    }

    // References

    /** How far following references has got: what is being expanded, and how many were followed in all. */
    private static final class Trail {
        final Set<String> open = new HashSet<>();
        int followed;
    }

    private Object resolve(Object value, String key) {
        return value instanceof String text && text.contains("${") ? expand(text, full(key), new Trail()) : value;
    }

    /** A value that is one reference keeps its type; references inside a longer text become text. */
    private Object expand(String text, String at, Trail trail) {
        int start = text.indexOf("${");
        int end = text.indexOf('}', start);
        if (start == 0 && end == text.length() - 1) {
            return follow(text.substring(2, end), at, trail);
        }
        StringBuilder out = new StringBuilder();
        int from = 0;
        while (start >= 0 && end >= 0) {
            Object value = follow(text.substring(start + 2, end), at, trail);
            if (value instanceof Map || value instanceof List) {
                throw new WeightsException(Kind.MALFORMED, source + " puts a group of settings into the text at " + at + ".");
            }
            out.append(text, from, start).append(value);
            if (out.length() > MAX_EXPANDED_CHARS) {
                throw new WeightsException(Kind.LIMIT,
                        source + " expands " + at + " to more than " + MAX_EXPANDED_CHARS + " characters.");
            }
            from = end + 1;
            start = text.indexOf("${", from);
            end = start < 0 ? -1 : text.indexOf('}', start);
        }
        return out.append(text, from, text.length()).toString();
    }

    private Object follow(String reference, String at, Trail trail) {
        if (!trail.open.add(reference)) {
            throw new WeightsException(Kind.MALFORMED, source + " has references that go in a circle at " + at + ": ${"
                    + Messages.plain(reference) + "}.");
        }
        if (++trail.followed > MAX_REFERENCES) {
            throw new WeightsException(Kind.LIMIT,
                    source + " follows more than " + MAX_REFERENCES + " references at " + at + ".");
        }
        Object value = root;
        for (String part : reference.strip().split("\\.", -1)) {
            value = value instanceof Map<?, ?> map ? map.get(part) : null;
            if (value == null) {
                throw new WeightsException(Kind.MISSING, source + " refers at " + at + " to ${" + Messages.plain(reference)
                        + "}, which is not set.");
            }
        }
        if (value instanceof String text && text.contains("${")) {
            value = expand(text, at, trail);
        }
        trail.open.remove(reference);
        return value;
    }

    /** Follows every reference once; one to something that is not set matters only where it is used. */
    private void refuseCircles(Object value, String at, int depth) {
        if (depth > MAX_DEPTH) {
            throw new WeightsException(Kind.LIMIT, source + " is nested more than " + MAX_DEPTH + " levels deep.");
        }
        switch (value) {
            case Map<?, ?> map -> map.forEach(
                    (key, item) -> refuseCircles(item, at.isEmpty() ? "" + key : at + "." + key, depth + 1));
            case List<?> list -> list.forEach(item -> refuseCircles(item, at, depth + 1));
            case String text when text.contains("${") -> {
                try {
                    expand(text, Messages.plain(at), new Trail());
                } catch (WeightsException e) {
                    if (e.kind() != Kind.MISSING) {
                        throw e;
                    }
                }
            }
            case null, default -> { }
        }
    }
}
