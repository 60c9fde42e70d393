package io.github.funasrjava.cli;

import io.github.funasrjava.cli.CommandDescription.Example;
import io.github.funasrjava.cli.CommandDescription.Operands;
import io.github.funasrjava.engine.EngineOptions;
import io.github.funasrjava.engine.ModelSource;
import io.github.funasrjava.engine.SegmentTranscript;
import io.github.funasrjava.engine.TranscribeOptions;
import io.github.funasrjava.engine.Transcriber;
import io.github.funasrjava.engine.Transcript;
import io.github.funasrjava.engine.Warning;
import io.github.funasrjava.weights.ProgressListener;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** {@code transcribe FILE}: speech to text. */
final class TranscribeCommand implements Command {
    private static final int MAX_NEW_TOKENS = 4096;

    /** How the result looks. */
    enum Format {
        TEXT,
        JSON
    }

    @Override
    public CommandDescription description() {
        List<Option> options = new ArrayList<>();
        options.add(ModelChoice.OPTION);
        options.add(Option.value("--language", "LANGUAGE", "Language of the speech, by code or name (en, zh, ja; MLT-Nano knows 31). "
                + "auto, the default, lets the model find out."));
        options.add(Option.value("--hotwords", "A,B", "Words that are likely to be said, such as names."));
        options.add(Option.value("--hotwords-file", "FILE", "The same from a file, one to a line."));
        options.add(Option.flag("--no-itn", "Spoken instead of written form: number words, no punctuation."));
        options.add(Option.value("--format", "FORMAT", "text (default) or json."));
        options.add(Option.value("--output", "FILE", "Write the result here instead of standard output."));
        options.add(Option.value("--max-new-tokens", "N", "Most tokens per segment; more text is cut and flagged (default 512)."));
        options.add(Option.flag("--allow-short", "Input under 100 ms gives empty text instead of an error."));
        options.addAll(EngineArguments.OPTIONS);
        options.add(Option.flag("--quiet", "No notes and warnings."));
        return new CommandDescription("transcribe", "Turn a recording into text.",
                new Operands("FILE", 1, 1, "The recording; what it is is found by its content, not its name."),
                options,
                List.of(
                        new Example("transcribe recording.wav", "with the model from the cache, else the demo model"),
                        new Example("transcribe --model ~/Fun-ASR-Nano-2512 --language zh recording.wav", "a downloaded model"),
                        new Example("transcribe --hotwords Jon,Katherine --format json --output out.json call.wav", "names, and all details"),
                        new Example("transcribe -- -odd-name-.wav", "a name that begins with a dash")));
    }

    @Override
    public ExitCode run(Arguments arguments, Console console) {
        Format format = arguments.choice("--format", Format.values());
        Optional<Path> output = arguments.path("--output");
        boolean quiet = arguments.flag("--quiet");
        Path file = arguments.operandPath(0);
        TranscribeOptions request = request(arguments);
        ProgressBar bar = new ProgressBar(console);
        EngineOptions engine = EngineArguments.engine(arguments, console, quiet ? ProgressListener.SILENT : bar);
        // After all arguments are understood: it may say a line.
        ModelSource model = ModelChoice.resolve(arguments.text("--model"), console, quiet);
        Transcript transcript;
        try (bar; Transcriber transcriber = Transcriber.open(model, engine)) {
            bar.clear();
            // The demo model's own notices are in its document.
            if (!quiet && model instanceof ModelSource.Directory) {
                transcriber.modelNotices().forEach(notice -> console.say("note: " + notice));
            }
            transcript = transcriber.transcribe(file, request);
        }
        if (!quiet) {
            warn(transcript, console);
        }
        byte[] result = switch (format) {
            case TEXT -> (transcript.text() + "\n").getBytes(StandardCharsets.UTF_8);
            case JSON -> TranscriptJson.write(transcript, file.toString());
        };
        if (output.isPresent()) {
            ResultWriter.write(output.get(), result);
        } else {
            ResultWriter.write(console.out(), result);
        }
        return ExitCode.OK;
    }

    private static TranscribeOptions request(Arguments arguments) {
        TranscribeOptions request = TranscribeOptions.DEFAULT
                .withHotwords(Hotwords.from(arguments))
                .withTextNormalization(!arguments.flag("--no-itn"))
                .withAllowShort(arguments.flag("--allow-short"));
        Optional<String> language = arguments.text("--language");
        if (language.isPresent()) {
            request = request.withLanguage(language.get());
        }
        OptionalInt tokens = arguments.integer("--max-new-tokens", 1, MAX_NEW_TOKENS);
        return tokens.isPresent() ? request.withMaxNewTokens(tokens.getAsInt()) : request;
    }

    private static void warn(Transcript transcript, Console console) {
        for (Warning warning : transcript.warnings()) {
            console.say("warning: " + warning.message());
        }
        for (SegmentTranscript segment : transcript.segments()) {
            for (Warning warning : segment.warnings()) {
                console.say("warning: " + warning.message());
            }
        }
    }
}
