package io.github.funasrjava.bench.compare;

import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.engine.decode.Generator;
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
 * @param llama directory of llama.cpp's shared libraries; the language model is compared with it then
 * @param llamaWeights types of llama.cpp's matrices
 * @param rows rows of the prompts that are measured
 * @param streams sequences that decode together
 * @param modelInt8 the same model, converted to int8
 */
record CompareOptions(Path model, List<Double> seconds, int repeats, KernelOptions kernels, boolean json, Optional<Path> profile,
        Optional<Path> llama, List<GgufType> llamaWeights, List<Integer> rows, List<Integer> streams, Optional<Path> modelInt8) {
    static final String HELP = """
            Usage: java -jar compare.jar --model DIR [options]
            Encoder and adaptor of a model: this engine beside ONNX Runtime, in turns, on the same features.
            With --llama its language model instead: this engine beside llama.cpp, in turns, on the same tokens.

              --model DIR       A published or a converted model directory.
              --seconds LIST    Lengths of the clips, 0.1 to 60 (default 5,10,30).
              --repeats N       Measured runs of each engine per clip, 1 to 1000 (default 7).
              --kernels TIER    auto (default), scalar, vector or x86: this engine's kernels.
              --accuracy MODE   full (default) or fast: this engine's products.
              --threads N       Threads of either engine, 1 to 256 (default: all processors).
              --profile PREFIX  ONNX Runtime writes the time of every operator to PREFIX_DATE.json.
              --llama DIR       Directory of llama.cpp's libraries (libllama, libggml, libggml-base, libggml-cpu-*).
              --llama-weights LIST  q8_0, beside int8, and f16, bf16, beside the model's own (default q8_0,f16).
              --rows LIST       With --llama: rows of the prompts, 2 to 512 (default 64,190).
              --streams LIST    With --llama: sequences that decode together, 1 to 16 (default 1,8,16).
              --model-int8 DIR  With --llama: the model converted to int8; else it is quantised in memory.
              --json            One line of JSON instead of a table.
              --help            This text.

            Needs about 1 GB (with f16 or bf16 1.2 GB) in the temporary folder (-Djava.io.tmpdir=DIR) for a full-size model
            while it runs.
            """;

    static final double LEAST_SECONDS = 0.1;
    static final double MOST_SECONDS = 60;
    static final int MOST_REPEATS = 1000;
    /** Rows that llama.cpp takes in one pass. */
    static final int MOST_ROWS = 512;

    /** @throws UsageException if an option is unknown, lacks a value or has one that is not allowed */
    static CompareOptions parse(String... arguments) {
        Optional<Path> model = Optional.empty();
        List<Double> seconds = List.of(5.0, 10.0, 30.0);
        int repeats = 7;
        KernelOptions kernels = KernelOptions.defaults();
        boolean json = false;
        Optional<Path> profile = Optional.empty();
        Optional<Path> llama = Optional.empty();
        List<GgufType> llamaWeights = List.of(GgufType.Q8_0, GgufType.F16);
        List<Integer> rows = List.of(64, 190);
        List<Integer> streams = List.of(1, 8, 16);
        Optional<Path> modelInt8 = Optional.empty();
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
                case "--llama" -> llama = Optional.of(path(option, rest));
                case "--llama-weights" -> llamaWeights = types(option, value(option, rest));
                case "--rows" -> rows = integers(option, value(option, rest), 2, MOST_ROWS);
                case "--streams" -> streams = integers(option, value(option, rest), 1, Generator.MAX_STREAMS);
                case "--model-int8" -> modelInt8 = Optional.of(path(option, rest));
                case "--json" -> json = true;
                default -> throw new UsageException("There is no option '" + option + "'; --help lists them.");
            }
        }
        return new CompareOptions(model.orElseThrow(() -> new UsageException("Name a model directory: --model DIR.")),
                seconds, repeats, kernels, json, profile, llama, llamaWeights, rows, streams, modelInt8);
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
        return integer(option, value(option, rest), 1, most);
    }

    private static int integer(String option, String text, int least, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new UsageException(option + " must be a whole number from " + least + " to " + most + ", not '" + text + "'.");
    }

    private static List<Integer> integers(String option, String list, int least, int most) {
        return Arrays.stream(list.split(",", -1)).map(text -> integer(option, text, least, most)).toList();
    }

    private static List<GgufType> types(String option, String list) {
        GgufType[] choices = {GgufType.Q8_0, GgufType.F16, GgufType.BF16};
        return Arrays.stream(list.split(",", -1)).map(text -> choice(option, text, choices)).distinct().toList();
    }

    private static <E extends Enum<E>> E choice(String option, Iterator<String> rest, E[] choices) {
        return choice(option, value(option, rest), choices);
    }

    private static <E extends Enum<E>> E choice(String option, String text, E[] choices) {
        return Arrays.stream(choices).filter(choice -> choice.name().toLowerCase(Locale.ROOT).equals(text)).findFirst()
                .orElseThrow(() -> new UsageException(option + " must be one of "
                        + String.join(", ", Arrays.stream(choices).map(choice -> choice.name().toLowerCase(Locale.ROOT)).toList())
                        + ", not '" + text + "'."));
    }
}
