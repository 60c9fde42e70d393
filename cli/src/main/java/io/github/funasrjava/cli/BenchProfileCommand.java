package io.github.funasrjava.cli;

import io.github.funasrjava.cli.CommandDescription.Example;
import io.github.funasrjava.cli.CommandDescription.Operands;
import io.github.funasrjava.engine.ModelInfo;
import io.github.funasrjava.engine.ModelSource;
import io.github.funasrjava.engine.ProfileBench;
import io.github.funasrjava.engine.ProfileBench.Stage;
import io.github.funasrjava.engine.RtfBench;
import io.github.funasrjava.kernels.ProfiledKernels;
import io.github.funasrjava.kernels.MachineCeilings;
import io.github.funasrjava.kernels.StolenTime;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** {@code bench profile}: where the time of a clip goes, operation by operation. */
final class BenchProfileCommand implements Command {
    private static final double DEFAULT_SECONDS = 10;
    private static final double MAX_SECONDS = 30;
    private static final int DEFAULT_TOKENS = 10;
    private static final int MAX_TOKENS = 512;
    private static final int DEFAULT_REPEATS = 5;
    private static final int MAX_REPEATS = 1000;

    @Override
    public CommandDescription description() {
        List<Option> options = new ArrayList<>();
        options.add(ModelChoice.OPTION);
        options.add(Option.value("--seconds", "S", "Length of a made-up clip (default 10)."));
        options.add(Option.value("--tokens", "N", "Steps of the decode stage (default 10)."));
        options.add(Option.value("--streams", "N", "Sequences that decode together, 1 to 16 (default 1)."));
        options.add(Option.value("--rows", "N", "Rows of each of them in a step, 1 to 16 (default 1): a draft is verified so."));
        options.add(Option.value("--repeats", "N", "Measured runs, after a second of others (default 5)."));
        options.addAll(EngineArguments.OPTIONS);
        options.add(Option.flag("--json", "One line of JSON instead of a table."));
        return new CommandDescription("bench profile", "Measure where the time goes, operation by operation.", Operands.NONE, options,
                List.of(new Example("bench profile --model DIR --seconds 30", "a clip of 30 s"),
                        new Example("bench profile --model DIR --streams 16", "16 recordings that decode together")));
    }

    @Override
    public ExitCode run(Arguments arguments, Console console) {
        float[] samples = RtfBench.noise(arguments.number("--seconds", 0.1, MAX_SECONDS).orElse(DEFAULT_SECONDS));
        int tokens = arguments.integer("--tokens", 1, MAX_TOKENS).orElse(DEFAULT_TOKENS);
        int streams = arguments.integer("--streams", 1, 16).orElse(1);
        int rows = arguments.integer("--rows", 1, 16).orElse(1);
        int repeats = arguments.integer("--repeats", 1, MAX_REPEATS).orElse(DEFAULT_REPEATS);
        boolean json = arguments.flag("--json");
        ModelSource model = ModelChoice.resolve(arguments.text("--model"), console, json);
        try (ProgressBar bar = new ProgressBar(console);
                ProfileBench bench = ProfileBench.open(model, EngineArguments.engine(arguments, console, bar))) {
            bar.clear();
            StolenTime.Counter counter = StolenTime.start();
            List<Stage> stages = bench.run(samples, tokens, streams, rows, repeats);
            StolenTime stolen = counter.stop();
            MachineCeilings ceilings = MachineCeilings.measure(bench.threads());
            String text = json ? json(stages, bench, stolen) : table(stages, bench, ceilings) + stolen.remark();
            ResultWriter.write(console.out(), text.getBytes(StandardCharsets.UTF_8));
        }
        return ExitCode.OK;
    }

    private static String table(List<Stage> stages, ProfileBench bench, MachineCeilings ceilings) {
        ModelInfo model = bench.info();
        StringBuilder text = new StringBuilder();
        line(text, "%s (%s), kernels %s, %d threads; means of %d runs", model.name(), model.weights(), model.kernels(),
                bench.threads(), stages.getFirst().runs());
        for (Stage stage : stages) {
            line(text, "%n%s: %.2f ms, products %.1f %%", stage.name(), stage.millis(), 100 * stage.productShare());
            line(text, "  %-28s %8s %10s %7s %9s %9s %9s %9s", "operation", "calls", "ms", "share", "us/call", "least us", "GB/s", "GFLOP/s");
            double between = stage.millis();
            double undisturbed = 0;
            for (ProfiledKernels.Entry entry : stage.operations()) {
                double ms = entry.nanos() / 1e6 / stage.runs();
                between -= ms;
                undisturbed += entry.leastNanos() / 1e6 * entry.calls() / stage.runs();
                line(text, "  %-28s %8d %10.3f %6.1f%% %9.1f %9.1f %9s %9s", entry.operation(), entry.calls() / stage.runs(), ms,
                        100 * ms / stage.millis(), entry.nanos() / 1e3 / entry.calls(), entry.leastNanos() / 1e3,
                        rate(entry.product(), "%.1f", (double) entry.weightBytes() / entry.nanos()),
                        rate(entry.product(), "%.0f", entry.flops() / entry.nanos()));
            }
            line(text, "  %-28s %8s %10.3f %6.1f%%", "between operations", "", between, 100 * between / stage.millis());
            line(text, "  were every call as short as its shortest: %.2f ms", undisturbed + between);
        }
        line(text, "%nall stages: %.2f ms, products %.1f %%", millis(stages), 100 * productShare(stages));
        text.append('\n').append(BenchCeilingsCommand.table(ceilings, bench.threads()));
        return text.toString();
    }

    private static double millis(List<Stage> stages) {
        double millis = 0;
        for (Stage stage : stages) {
            millis += stage.millis();
        }
        return millis;
    }

    private static double productShare(List<Stage> stages) {
        double products = 0;
        for (Stage stage : stages) {
            products += stage.productShare() * stage.millis();
        }
        return products / millis(stages);
    }

    private static String rate(boolean known, String format, double value) {
        return known ? String.format(Locale.ROOT, format, value) : "";
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values).replace("\r\n", "\n")).append('\n');
    }

    private static String json(List<Stage> stages, ProfileBench bench, StolenTime stolen) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            json.writeStringProperty("weights", bench.info().weights());
            json.writeStringProperty("tier", bench.info().kernels());
            json.writeNumberProperty("threads", bench.threads());
            BenchReport.stolenShare(json, stolen);
            json.writeNumberProperty("ms", millis(stages));
            json.writeNumberProperty("productShare", productShare(stages));
            json.writeArrayPropertyStart("stages");
            for (Stage stage : stages) {
                json.writeStartObject();
                json.writeStringProperty("stage", stage.name());
                json.writeNumberProperty("ms", stage.millis());
                json.writeNumberProperty("productShare", stage.productShare());
                json.writeArrayPropertyStart("operations");
                for (ProfiledKernels.Entry entry : stage.operations()) {
                    json.writeStartObject();
                    json.writeStringProperty("operation", entry.operation());
                    json.writeNumberProperty("calls", entry.calls() / stage.runs());
                    json.writeNumberProperty("leastMicros", entry.leastNanos() / 1e3);
                    json.writeNumberProperty("ms", entry.nanos() / 1e6 / stage.runs());
                    json.writeNumberProperty("weightGigabytesPerSecond", (double) entry.weightBytes() / entry.nanos());
                    json.writeNumberProperty("gigaflops", entry.flops() / entry.nanos());
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return bytes.toString(StandardCharsets.UTF_8) + "\n";
    }
}
