package io.github.funasrjava.cli;

import io.github.funasrjava.cli.CommandDescription.Example;
import io.github.funasrjava.cli.CommandDescription.Operands;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.weights.Exporter;
import io.github.funasrjava.weights.ProgressListener;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** {@code export DIR}: a converted model back to plain tensors, for other programs. */
final class ExportCommand implements Command {
    /** How tensors lie in the exported file. */
    private enum Layout {
        ROWS
    }

    @Override
    public CommandDescription description() {
        return new CommandDescription("export", "Write a converted model as plain safetensors, with the checkpoint's names and bytes.",
                new Operands("DIR", 1, 1, "The converted model."),
                List.of(
                        Option.value("--layout", "LAYOUT", "rows (default): row by row, as in the checkpoint.").offering(List.of("rows")),
                        Option.value("--out", "FILE", "The new safetensors file; required."),
                        Option.flag("--quiet", "No notes and no progress.")),
                List.of(new Example("export nano --layout rows --out nano-rows.safetensors", "the exact inverse of convert")));
    }

    @Override
    public ExitCode run(Arguments arguments, Console console) {
        arguments.choice("--layout", Layout.values());
        Path directory = arguments.operandPath(0);
        Path out = arguments.path("--out").orElseThrow(() -> new UsageException("export needs --out FILE, the file to write."));
        try (ProgressBar bar = new ProgressBar(console)) {
            Exporter.export(directory, out, arguments.flag("--quiet") ? ProgressListener.SILENT : bar);
        }
        ResultWriter.write(console.out(), (arguments.text("--out").orElseThrow() + "\n").getBytes(StandardCharsets.UTF_8));
        return ExitCode.OK;
    }
}
