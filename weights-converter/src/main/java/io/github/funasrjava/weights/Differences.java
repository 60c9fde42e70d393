package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The differences between the tensors that a configuration calls for and those that are there, told all at once. */
final class Differences {
    private static final Pattern NUMBER = Pattern.compile("(?<=\\.)\\d{1,6}(?=\\.)");

    /** Kinds of differences in one line; {@link WeightsException#details} always has all. */
    private static final int MAX_TOLD = 200;

    /** Differences that read the same apart from the layer numbers. */
    private record Group(String pattern, String what) {}

    private final List<String> all = new ArrayList<>();
    private final Map<Group, List<List<Integer>>> groups = new LinkedHashMap<>();

    /** A tensor that is not there. */
    void missing(String name, List<Long> shape) {
        add(name, "missing " + shape);
    }

    /** A tensor that nobody asked for. */
    void unexpected(String name) {
        add(name, "unexpected");
    }

    /** A tensor of another shape. */
    void shape(String name, List<Long> actual, List<Long> wanted) {
        add(name, "is " + actual + " instead of " + wanted);
    }

    /** A tensor of a type that holds no weights. */
    void type(String name, ElementType actual) {
        add(name, "holds " + actual + " values instead of floating-point numbers");
    }

    /** A tensor that is stored in another way. */
    void stored(String name, String what) {
        add(name, what);
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** Throws one error that tells everything, if there is anything. */
    void throwIfAny(String sentence) {
        if (!all.isEmpty()) {
            throw new WeightsException(Kind.MISMATCH, sentence + ": " + summary() + ".", all);
        }
    }

    /** All differences in one line; layers that differ in the same way are told together. */
    String summary() {
        StringBuilder out = new StringBuilder();
        out.append(all.size()).append(all.size() == 1 ? " difference" : " differences");
        String separator = ": ";
        int told = 0;
        for (Map.Entry<Group, List<List<Integer>>> entry : groups.entrySet()) {
            if (told++ == MAX_TOLD) {
                return out.append("; and ").append(groups.size() - MAX_TOLD).append(" more kinds").toString();
            }
            out.append(separator).append(describe(entry.getKey(), entry.getValue()));
            separator = "; ";
        }
        return out.toString();
    }

    private void add(String name, String what) {
        String shown = Messages.plain(name);
        all.add(shown + " " + what);
        List<Integer> numbers = new ArrayList<>();
        Matcher matcher = NUMBER.matcher(shown);
        while (matcher.find()) {
            numbers.add(Integer.valueOf(matcher.group()));
        }
        groups.computeIfAbsent(new Group(matcher.replaceAll("#"), what), g -> new ArrayList<>()).add(numbers);
    }

    private static String describe(Group group, List<List<Integer>> members) {
        String pattern = group.pattern;
        int places = members.getFirst().size();
        for (int place = 0; place < places; place++) {
            TreeSet<Integer> numbers = new TreeSet<>();
            for (List<Integer> member : members) {
                numbers.add(member.get(place));
            }
            pattern = pattern.replaceFirst("#", numbers.size() == 1 ? numbers.first().toString() : ranges(numbers));
        }
        return pattern + " " + group.what + (members.size() > 1 ? " (" + members.size() + " tensors)" : "");
    }

    private static String ranges(TreeSet<Integer> numbers) {
        StringBuilder out = new StringBuilder("{");
        Integer from = null;
        Integer to = null;
        for (Integer number : numbers) {
            if (to != null && number == to + 1) {
                to = number;
                continue;
            }
            append(out, from, to);
            from = number;
            to = number;
        }
        append(out, from, to);
        return out.append('}').toString();
    }

    private static void append(StringBuilder out, Integer from, Integer to) {
        if (from == null) {
            return;
        }
        if (out.length() > 1) {
            out.append(',');
        }
        out.append(from);
        if (!from.equals(to)) {
            out.append("..").append(to);
        }
    }
}
