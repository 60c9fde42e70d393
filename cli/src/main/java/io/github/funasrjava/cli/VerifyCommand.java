package io.github.funasrjava.cli;

import io.github.funasrjava.cli.CommandDescription.Example;
import io.github.funasrjava.cli.CommandDescription.Operands;
import io.github.funasrjava.engine.ModelException;
import io.github.funasrjava.engine.ModelSource;
import io.github.funasrjava.weights.ModelDirectory;
import io.github.funasrjava.weights.ModelMetadata;
import io.github.funasrjava.weights.ModelWeights;
import io.github.funasrjava.weights.OpenOptions;
import io.github.funasrjava.weights.ProgressListener;
import io.github.funasrjava.weights.Verification;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** {@code verify MODEL}: reads every byte of a model. */
final class VerifyCommand implements Command {
    @Override
    public CommandDescription description() {
        return new CommandDescription("verify", "Read every byte of a model: checksums, and values that are no numbers.",
                new Operands("MODEL", 1, 1, "A directory with a published or converted model, or a name as for transcribe --model."),
                List.of(Option.flag("--quiet", "No notes and no progress.")),
                List.of(
                        new Example("verify ~/Fun-ASR-Nano-2512", "after a download"),
                        new Example("verify demo", "the model in the jar")));
    }

    @Override
    public ExitCode run(Arguments arguments, Console console) {
        boolean quiet = arguments.flag("--quiet");
        ModelSource source = ModelChoice.resolve(Optional.of(arguments.operands().get(0)), console, quiet);
        try (ProgressBar bar = new ProgressBar(console)) {
            ProgressListener listener = quiet ? ProgressListener.SILENT : bar;
            try (ModelWeights model = open(source, console, listener)) {
                Verification found = Verification.of(model, listener);
                bar.clear();
                if (!found.ok()) {
                    throw new ModelException(String.join(" ", found.faults()));
                }
                ResultWriter.write(console.out(), report(model, found).getBytes(StandardCharsets.UTF_8));
            }
        }
        return ExitCode.OK;
    }

    private static ModelWeights open(ModelSource source, Console console, ProgressListener listener) {
        return switch (source) {
            case ModelSource.Directory(var path) ->
                ModelDirectory.open(path, OpenOptions.defaults().withCacheDir(console.cacheDir()).withListener(listener));
            case ModelSource.Carried(var name, var resources) -> ModelDirectory.openResource(name, resources);
        };
    }

    private static String report(ModelWeights model, Verification found) {
        ModelMetadata metadata = model.metadata();
        StringBuilder text = new StringBuilder();
        text.append("model      ").append(metadata.model()).append('\n');
        text.append("licence    ").append(metadata.licence()).append('\n');
        text.append("made from  ").append(metadata.sourceFile()).append(", ").append(metadata.sourceBytes()).append(" bytes, sha256 ")
                .append(metadata.sourceSha256()).append('\n');
        text.append("precision  ").append(metadata.precision().name().toLowerCase(Locale.ROOT))
                .append(metadata.rounded() ? ", some values were rounded" : ", nothing was rounded").append('\n');
        text.append("CTC        ").append(model.ctcAvailable() ? "yes" : "no; " + model.ctcUnavailableReason().orElse("the checkpoint has none")).append('\n');
        text.append("all well   ").append(found.tensors()).append(" tensors, ").append(found.bytes()).append(" bytes\n");
        return text.toString();
    }
}
