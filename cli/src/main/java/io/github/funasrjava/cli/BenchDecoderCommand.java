package io.github.funasrjava.cli;

import io.github.funasrjava.cli.CommandDescription.Example;
import io.github.funasrjava.cli.CommandDescription.Operands;
import io.github.funasrjava.engine.DecoderBench;
import io.github.funasrjava.engine.DecoderBench.Result;
import io.github.funasrjava.engine.ModelInfo;
import io.github.funasrjava.engine.ModelSource;
import io.github.funasrjava.engine.Transcriber;
import io.github.funasrjava.kernels.DeviceMeasurement;
import io.github.funasrjava.kernels.MachineCeilings;
import io.github.funasrjava.kernels.StolenTime;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** {@code bench decode}, {@code bench prefill} and {@code bench kernels}: the language model alone. */
final class BenchDecoderCommand implements Command {
    private static final int DEFAULT_REPEATS = 5;
    private static final int MAX_REPEATS = 1000;
    private static final int DEFAULT_TOKENS = 35;

    /** What is measured. */
    enum Part {
        DECODE("bench decode", "Measure decoding steps: streams that take a token each, in one pass."),
        PREFILL("bench prefill", "Measure a prompt on its way through the language model."),
        KERNELS("bench kernels", "Measure passes of 1 to 16 rows of one sequence, as verifying a draft takes them; on a GPU its kernels, too.");

        private final String command;
        private final String summary;

        Part(String command, String summary) {
            this.command = command;
            this.summary = summary;
        }
    }

    private final Part part;

    BenchDecoderCommand(Part part) {
        this.part = part;
    }

    @Override
    public CommandDescription description() {
        List<Option> options = new ArrayList<>();
        options.add(ModelChoice.OPTION);
        switch (part) {
            case DECODE -> {
                options.add(Option.value("--streams", "N", "Streams that decode together, 1 to 16 (default 1)."));
                options.add(Option.value("--tokens", "N", "Tokens of each stream (default 35)."));
            }
            case PREFILL -> options.add(Option.value("--rows", "N", "Positions of the prompt (default 64)."));
            case KERNELS -> { }
        }
        options.add(Option.value("--repeats", "N", "Measured runs, after a second of others (default 5)."));
        options.addAll(EngineArguments.OPTIONS);
        options.add(Option.flag("--json", "One line of JSON instead of a table."));
        return new CommandDescription(part.command, part.summary, Operands.NONE, options,
                List.of(new Example(part.command + " --model DIR --weights int8", "with int8 weights")));
    }

    @Override
    public ExitCode run(Arguments arguments, Console console) {
        int repeats = arguments.integer("--repeats", 1, MAX_REPEATS).orElse(DEFAULT_REPEATS);
        boolean json = arguments.flag("--json");
        ModelSource model = ModelChoice.resolve(arguments.text("--model"), console, json);
        try (ProgressBar bar = new ProgressBar(console);
                Transcriber transcriber = Transcriber.open(model, EngineArguments.engine(arguments, console, bar))) {
            bar.clear();
            StolenTime.Counter counter = StolenTime.start();
            List<Result> results = switch (part) {
                case DECODE -> List.of(DecoderBench.decode(transcriber, arguments.integer("--streams", 1, 16).orElse(1),
                        arguments.integer("--tokens", 2, 512).orElse(DEFAULT_TOKENS), repeats));
                case PREFILL -> List.of(DecoderBench.prefill(transcriber, arguments.integer("--rows", 2, 4096).orElse(64), repeats));
                case KERNELS -> List.of(1, 2, 3, 4, 6, 8, 12, 16).stream()
                        .map(rows -> DecoderBench.verification(transcriber, rows, repeats)).toList();
            };
            StolenTime stolen = counter.stop();
            Optional<DeviceMeasurement> device = DecoderBench.device(transcriber, part == Part.KERNELS);
            MachineCeilings ceilings = device.map(DeviceMeasurement::ceilings)
                    .orElseGet(() -> MachineCeilings.measure(transcriber.threads()));
            // The kernels' own table belongs to this command; the others need the ceiling alone.
            Optional<DeviceMeasurement> shown = device.filter(d -> part == Part.KERNELS);
            String text = json ? json(results, transcriber.info(), ceilings, shown, stolen)
                    : table(results, transcriber.info(), ceilings) + shown.map(DeviceTable::text).orElse("") + stolen.remark();
            ResultWriter.write(console.out(), text.getBytes(StandardCharsets.UTF_8));
        }
        return ExitCode.OK;
    }

    private static String table(List<Result> results, ModelInfo model, MachineCeilings ceilings) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "%s (%s), kernels %s\n\n%6s %10s %10s %10s %12s %10s\n", model.name(), model.weights(),
                model.kernels(), "rows", "min ms", "median ms", "max ms", "rows/s", "x one"));
        double one = results.getFirst().millis().median() / (results.getFirst().rows() == 1 ? 1 : Double.NaN);
        for (Result result : results) {
            double ratio = result.millis().median() / one;
            text.append(String.format(Locale.ROOT, "%6d %10.2f %10.2f %10.2f %12.1f %10s\n", result.rows(), result.millis().min(),
                    result.millis().median(), result.millis().max(), result.rowsPerSecond(),
                    Double.isNaN(ratio) ? "-" : String.format(Locale.ROOT, "%.2f", ratio)));
        }
        double fastest = results.stream().mapToDouble(Result::gigabytesPerSecond).max().orElse(0);
        text.append(String.format(Locale.ROOT, "weights are read at %.1f GB/s%s\n", fastest, BenchReport.share(fastest, ceilings)));
        return text.toString();
    }

    private static String json(List<Result> results, ModelInfo model, MachineCeilings ceilings, Optional<DeviceMeasurement> device,
            StolenTime stolen) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            json.writeStringProperty("weights", model.weights());
            json.writeStringProperty("tier", model.kernels());
            BenchReport.readCeiling(json, ceilings);
            BenchReport.stolenShare(json, stolen);
            json.writeArrayPropertyStart("results");
            for (Result result : results) {
                json.writeStartObject();
                json.writeNumberProperty("rows", result.rows());
                json.writeNumberProperty("medianMs", result.millis().median());
                json.writeNumberProperty("minMs", result.millis().min());
                json.writeNumberProperty("maxMs", result.millis().max());
                json.writeNumberProperty("rowsPerSecond", result.rowsPerSecond());
                json.writeNumberProperty("gigabytesPerSecond", result.gigabytesPerSecond());
                json.writeEndObject();
            }
            json.writeEndArray();
            device.ifPresent(d -> DeviceTable.json(json, d));
            json.writeEndObject();
        }
        return bytes.toString(StandardCharsets.UTF_8) + "\n";
    }
}
