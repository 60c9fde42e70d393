package io.github.funasrjava.cli;

import io.github.funasrjava.cli.CommandDescription.Example;
import io.github.funasrjava.cli.CommandDescription.Operands;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.MachineCeilings;
import io.github.funasrjava.kernels.MachineCeilings.Ceiling;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** {@code bench ceilings}: what this machine can do at most, for comparison with what the engine reaches. */
final class BenchCeilingsCommand implements Command {
    @Override
    public CommandDescription description() {
        return new CommandDescription("bench ceilings", "Measure this machine's limits: memory read, multiply-add, matrix unit.",
                Operands.NONE,
                List.of(
                        Option.value("--threads", "N", "Threads of the second figure (default: all processors)."),
                        Option.flag("--json", "One line of JSON instead of a table.")),
                List.of(new Example("bench ceilings", "with one thread and with all")));
    }

    @Override
    public ExitCode run(Arguments arguments, Console console) {
        int threads = KernelOptions.defaults()
                .withThreads(arguments.integer("--threads", 1, KernelOptions.MAX_THREADS).orElse(0)).effectiveThreads();
        MachineCeilings ceilings = MachineCeilings.measure(threads);
        String text = arguments.flag("--json") ? json(ceilings, threads) : table(ceilings, threads);
        ResultWriter.write(console.out(), text.getBytes(StandardCharsets.UTF_8));
        return ExitCode.OK;
    }

    static String table(MachineCeilings ceilings, int threads) {
        StringBuilder text = new StringBuilder();
        if (!ceilings.ceilings().isEmpty()) {
            text.append(String.format(Locale.ROOT, "%-26s %12s %12s %12s\n", "ceiling, best of 7", "1 thread", threads + " threads", "median"));
        }
        for (Ceiling ceiling : ceilings.ceilings()) {
            text.append(String.format(Locale.ROOT, "%-26s %12.1f %12.1f %12s %s\n", ceiling.name(), ceiling.one(), ceiling.all(),
                    ceiling.median().map(median -> String.format(Locale.ROOT, "%.1f", median)).orElse("-"), ceiling.unit()));
        }
        ceilings.missing().ifPresent(reason -> text.append("Not everything was measured: ").append(reason).append(".\n"));
        return text.toString();
    }

    private static String json(MachineCeilings ceilings, int threads) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            json.writeNumberProperty("threads", threads);
            json.writeArrayPropertyStart("ceilings");
            for (Ceiling ceiling : ceilings.ceilings()) {
                json.writeStartObject();
                json.writeStringProperty("name", ceiling.name());
                json.writeStringProperty("unit", ceiling.unit());
                json.writeNumberProperty("one", ceiling.one());
                json.writeNumberProperty("all", ceiling.all());
                if (ceiling.median().isPresent()) {
                    json.writeNumberProperty("median", ceiling.median().get());
                }
                json.writeEndObject();
            }
            json.writeEndArray();
            if (ceilings.missing().isPresent()) {
                json.writeStringProperty("missing", ceilings.missing().get());
            }
            json.writeEndObject();
        }
        return bytes.toString(StandardCharsets.UTF_8) + "\n";
    }
}
