package io.github.funasrjava.cli;

import io.github.funasrjava.cli.CommandDescription.Example;
import io.github.funasrjava.cli.CommandDescription.Operands;
import io.github.funasrjava.engine.TokenizerCheck;
import io.github.funasrjava.weights.ConvertOptions;
import io.github.funasrjava.weights.Converter;
import io.github.funasrjava.weights.ModelDirectory;
import io.github.funasrjava.weights.OpenOptions;
import io.github.funasrjava.weights.Precision;
import io.github.funasrjava.weights.ProgressListener;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code convert DIR}: a published checkpoint to safetensors, in the layout that the kernels read. */
final class ConvertCommand implements Command {
    @Override
    public CommandDescription description() {
        return new CommandDescription("convert", "Convert a published model; transcribe does it by itself on first use.",
                new Operands("DIR", 1, 1, "The published directory, with model.pt and config.yaml."),
                List.of(
                        Option.value("--out", "DIR", "Where to put the converted model; a new folder. Without it: into the cache."),
                        Option.value("--precision", "P", "keep (default): nothing is rounded; bf16: matrices that are f32 are rounded to bf16; int8: the language model as int8.")
                                .offering(List.of("keep", "bf16", "int8")),
                        Option.value("--name", "NAME", "The model's name in transcripts (default: the published name, or the folder's)."),
                        Option.value("--licence", "TEXT", "The licence to note in the file, for models of your own."),
                        Option.flag("--quiet", "No notes and no progress.")),
                List.of(
                        new Example("convert ~/Fun-ASR-Nano-2512", "into the cache, where transcribe finds it"),
                        new Example("convert ~/Fun-ASR-Nano-2512 --out nano", "into a folder of its own, for transcribe --model nano")));
    }

    @Override
    public ExitCode run(Arguments arguments, Console console) {
        Path source = arguments.operandPath(0);
        Optional<Path> out = arguments.path("--out");
        Precision precision = arguments.choice("--precision", Precision.values());
        String result;
        try (ProgressBar bar = new ProgressBar(console)) {
            ConvertOptions options = ConvertOptions.defaults().withPrecision(precision).withCheck(TokenizerCheck::check)
                    .withListener(arguments.flag("--quiet") ? ProgressListener.SILENT : bar);
            Optional<String> name = arguments.text("--name");
            Optional<String> licence = arguments.text("--licence");
            options = name.isPresent() ? options.withModelName(name.get()) : options;
            options = licence.isPresent() ? options.withLicence(licence.get()) : options;
            if (out.isPresent()) {
                Converter.convert(source, out.get(), options);
                // As it was given: the path itself may be one that only this process understands.
                result = arguments.text("--out").orElseThrow();
            } else {
                result = RawArguments.text(ModelDirectory.converted(source,
                        OpenOptions.defaults().withCacheDir(console.cacheDir()).withConvert(options)));
            }
        }
        ResultWriter.write(console.out(), (result + "\n").getBytes(StandardCharsets.UTF_8));
        return ExitCode.OK;
    }
}
