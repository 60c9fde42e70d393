package io.github.funasrjava.bench.compare;

import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.KernelOptions.Tier;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What to compare.
 *
 * @param model directory of a published or converted model
 * @param seconds lengths of the clips
 * @param repeats measured runs of each engine per clip
 * @param kernels this engine's tier, accuracy and threads; ONNX Runtime gets as many threads
 * @param json one line of JSON instead of a table
 * @param profile where ONNX Runtime writes the time of every operator
 */
record CompareOptions(Path model, List<Double> seconds, int repeats, KernelOptions kernels, boolean json, Optional<Path> profile) {
    static final String HELP = """
            Usage: java -jar compare.jar --model DIR [options]
            Encoder and adaptor of a model: this engine beside ONNX Runtime, in turns, on the same features.

              --model DIR       A published or a converted model directory.
              --seconds LIST    Lengths of the clips, 0.1 to 60 (default 5,10,30).
              --repeats N       Measured runs of each engine per clip, 1 to 1000 (default 7).
              --kernels TIER    auto (default), scalar, vector or x86: this engine's kernels.
              --accuracy MODE   full (default) or fast: this engine's products.
              --threads N       Threads of either engine, 1 to 256 (default: all processors).
              --profile PREFIX  ONNX Runtime writes the time of every operator to PREFIX_DATE.json.
              --json            One line of JSON instead of a table.
              --help            This text.

            Needs about 1 GB in the temporary folder (-Djava.io.tmpdir=DIR) for a full-size model while it runs.
            """;

    static final double LEAST_SECONDS = 0.1;
    static final double MOST_SECONDS = 60;
    static final int MOST_REPEATS = 1000;

    /** @throws UsageException if an option is unknown, lacks a value or has one that is not allowed */
    static CompareOptions parse(String... arguments) {
        Optional<Path> model = Optional.empty();
        List<Double> seconds = List.of(5.0, 10.0, 30.0);
        int repeats = 7;
        KernelOptions kernels = KernelOptions.defaults();
        boolean json = false;
        Optional<Path> profile = Optional.empty();
        Iterator<String> rest = List.of(arguments).iterator();
        while (rest.hasNext()) {
            String option = rest.next();
            switch (option) {
                case "--model" -> model = Optional.of(path(option, rest));
                case "--seconds" -> seconds = seconds(value(option, rest));
                case "--repeats" -> repeats = integer(option, rest, MOST_REPEATS);
                case "--kernels" -> kernels = kernels.withTier(choice(option, rest, Tier.values()));
                case "--accuracy" -> kernels = kernels.withAccuracy(choice(option, rest, Accuracy.values()));
                case "--threads" -> kernels = kernels.withThreads(integer(option, rest, KernelOptions.MAX_THREADS));
                case "--profile" -> profile = Optional.of(path(option, rest));
                case "--json" -> json = true;
                default -> throw new UsageException("There is no option '" + option + "'; --help lists them.");
            }
        }
        return new CompareOptions(model.orElseThrow(() -> new UsageException("Name a model directory: --model DIR.")),
                seconds, repeats, kernels, json, profile);
    }

    private static String value(String option, Iterator<String> rest) {
        if (!rest.hasNext()) {
            throw new UsageException(option + " needs a value; --help lists the options.");
        }
        return rest.next();
    }

    private static Path path(String option, Iterator<String> rest) {
        String text = value(option, rest);
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new UsageException(option + " is no path: '" + text + "'.", e);
        }
    }

    private static List<Double> seconds(String list) {
        List<Double> values = new ArrayList<>();
        for (String text : list.split(",", -1)) {
            double value;
            try {
                value = Double.parseDouble(text);
            } catch (NumberFormatException e) {
                throw new UsageException("--seconds takes numbers with commas between them, not '" + list + "'.", e);
            }
            if (!(value >= LEAST_SECONDS && value <= MOST_SECONDS)) {
                throw new UsageException(String.format(Locale.ROOT, "--seconds must be %s to %s, not '%s'.", LEAST_SECONDS, MOST_SECONDS, text));
            }
            values.add(value);
        }
        return List.copyOf(values);
    }

    private static int integer(String option, Iterator<String> rest, int most) {
        String text = value(option, rest);
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new UsageException(option + " must be a whole number from 1 to " + most + ", not '" + text + "'.");
    }

    private static <E extends Enum<E>> E choice(String option, Iterator<String> rest, E[] choices) {
        String text = value(option, rest);
        return Arrays.stream(choices).filter(choice -> choice.name().toLowerCase(Locale.ROOT).equals(text)).findFirst()
                .orElseThrow(() -> new UsageException(option + " must be one of "
                        + String.join(", ", Arrays.stream(choices).map(choice -> choice.name().toLowerCase(Locale.ROOT)).toList())
                        + ", not '" + text + "'."));
    }
}
