package io.github.funasrjava.cli;

import io.github.funasrjava.audio.AudioException;
import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.audio.AudioReader;
import io.github.funasrjava.cli.CommandDescription.Example;
import io.github.funasrjava.cli.CommandDescription.Operands;
import io.github.funasrjava.engine.Divergence;
import io.github.funasrjava.engine.EngineOptions;
import io.github.funasrjava.engine.InputException;
import io.github.funasrjava.engine.LimitException;
import io.github.funasrjava.engine.ModelSource;
import io.github.funasrjava.engine.TranscribeOptions;
import io.github.funasrjava.engine.Transcriber;
import io.github.funasrjava.engine.Transcript;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.engine.WeightPrecision;
import io.github.funasrjava.weights.ProgressListener;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code compare A B --audio FILE...}: whether two models, or two formats of one model's weights, say the same. */
final class CompareCommand implements Command {
    private static final int FIRST_AUDIO_OPERAND = 2;

    /** A model and how its weights are held. */
    private record Side(String label, ModelSource model, WeightPrecision weights) {}

    @Override
    public CommandDescription description() {
        List<Option> options = new ArrayList<>();
        options.add(Option.value("--audio", "FILE", "The recordings: this one, and all arguments after the models; folders and lists, too."));
        options.add(Option.value("--weights-a", "FORMAT", "bf16 or int8: the format of the first model's decoder; the same as A@int8.")
                .offering(EngineArguments.WEIGHTS));
        options.add(Option.value("--weights-b", "FORMAT", "The same for the second.").offering(EngineArguments.WEIGHTS));
        options.add(Option.value("--language", "LANGUAGE", "Language of the speech, as for transcribe.").offering(RequestArguments.languages()));
        EngineArguments.OPTIONS.stream().filter(option -> !option.name().equals("--weights")).forEach(options::add);
        options.add(Option.flag("--json", "One JSON object per recording instead of a table."));
        options.add(Option.flag("--quiet", "No notes and no progress."));
        return new CommandDescription("compare", "Tell whether two models or weight formats give the same texts and tokens.",
                new Operands("MODEL_OR_FILE", 2, Integer.MAX_VALUE, "Two models as for transcribe --model, each with @bf16 or @int8 behind it "
                        + "if wanted; then more recordings."),
                options,
                List.of(
                        new Example("compare fun-asr-nano fun-asr-nano@int8 --audio recordings/", "what int8 changes"),
                        new Example("compare demo demo --weights-b int8 --audio a.wav b.wav", "the same, with options")));
    }

    @Override
    public ExitCode run(Arguments arguments, Console console) {
        boolean quiet = arguments.flag("--quiet");
        List<String> operands = arguments.operands();
        List<String> audio = Stream.concat(arguments.text("--audio").stream(), operands.stream().skip(FIRST_AUDIO_OPERAND)).toList();
        if (audio.isEmpty()) {
            throw new UsageException("compare needs --audio with at least one recording.");
        }
        RecordingList list = RecordingList.of(audio);
        ProgressBar bar = quiet ? ProgressBar.hidden(console) : new ProgressBar(console);
        EngineOptions options = EngineArguments.engine(arguments, console, quiet ? ProgressListener.SILENT : bar).withAudio(AudioOptions.DEFAULT);
        Side a = side(operands.get(0), arguments.text("--weights-a"), console, quiet);
        Side b = side(operands.get(1), arguments.text("--weights-b"), console, quiet);
        TranscribeOptions request = TranscribeOptions.DEFAULT.withAllowShort(true);
        if (arguments.text("--language").isPresent()) {
            request = request.withLanguage(arguments.text("--language").get());
        }
        List<Recording> recordings = new ArrayList<>();
        int failed = 0;
        for (ListEntry entry : list.entries()) {
            switch (entry) {
                case ListEntry.Found(var recording) -> recordings.add(recording);
                case ListEntry.Bad(var sentence) -> {
                    failed++;
                    console.say("error: " + sentence);
                }
            }
        }
        List<Agreement> agreements = new ArrayList<>();
        // Both are mapped files, so that having both open costs address space more than memory.
        try (bar; Transcriber modelA = Transcriber.open(a.model(), options.withWeights(a.weights()));
                Transcriber modelB = Transcriber.open(b.model(), options.withWeights(b.weights()))) {
            bar.clear();
            for (int i = 0; i < recordings.size(); i++) {
                Recording recording = recordings.get(i);
                if (!(recording.source() instanceof Recording.Source.File(Path path))) {
                    throw new UsageException("compare reads every recording twice, so " + recording.label() + " must be a file.");
                }
                bar.draw((i + 1) + "/" + recordings.size() + " " + recording.label());
                try {
                    float[] samples = AudioReader.read(path, AudioOptions.DEFAULT).samples();
                    Transcript first = modelA.transcribe(samples, request);
                    Transcript second = modelB.transcribe(samples, request);
                    agreements.add(Agreement.of(recording.label(), first, second, Divergence.between(modelA, modelB, samples, first, request)));
                } catch (AudioException | InputException | LimitException e) {
                    failed++;
                    bar.clear();
                    console.say("error: " + Failures.sentence(e));
                }
            }
            bar.clear();
        }
        String report = arguments.flag("--json") ? Agreement.json(agreements) : Agreement.table(a.label(), b.label(), agreements);
        ResultWriter.write(console.out(), report.getBytes(StandardCharsets.UTF_8));
        return failed == 0 ? ExitCode.OK : ExitCode.SOME_FAILED;
    }

    private static Side side(String operand, Optional<String> weights, Console console, boolean quiet) {
        int at = operand.lastIndexOf('@');
        String suffix = at < 0 ? "" : operand.substring(at + 1).toLowerCase(Locale.ROOT);
        boolean formatted = suffix.equals("bf16") || suffix.equals("int8");
        if (formatted && weights.isPresent() && !weights.get().equalsIgnoreCase(suffix)) {
            throw new UsageException("'" + operand + "' and the option for its weights, " + weights.get() + ", contradict each other.");
        }
        String name = formatted ? operand.substring(0, at) : operand;
        String format = formatted ? suffix : weights.orElse("").toLowerCase(Locale.ROOT);
        WeightPrecision precision = switch (format) {
            case "" -> WeightPrecision.AS_STORED;
            case "bf16" -> WeightPrecision.BF16;
            case "int8" -> WeightPrecision.INT8;
            default -> throw new UsageException("--weights-a and --weights-b must be bf16 or int8, not '" + format + "'.");
        };
        return new Side(format.isEmpty() ? name : name + "@" + format, ModelChoice.resolve(Optional.of(name), console, quiet), precision);
    }
}
