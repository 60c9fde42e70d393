package io.github.funasrjava.cli;

import io.github.funasrjava.boot.Boot;
import io.github.funasrjava.boot.Interrupts;
import io.github.funasrjava.cli.CommandDescription.Example;
import io.github.funasrjava.cli.CommandDescription.Operands;
import io.github.funasrjava.engine.EngineOptions;
import io.github.funasrjava.engine.ModelSource;
import io.github.funasrjava.engine.TranscribeOptions;
import io.github.funasrjava.engine.Transcriber;
import io.github.funasrjava.weights.ProgressListener;
import java.util.ArrayList;
import java.util.List;

/** {@code transcribe FILE...}: speech to text. */
final class TranscribeCommand implements Command {
    @Override
    public CommandDescription description() {
        List<Option> options = new ArrayList<>();
        options.add(ModelChoice.OPTION);
        options.addAll(RequestArguments.OPTIONS);
        options.addAll(AudioArguments.OPTIONS);
        options.add(Option.value("--format", "FORMAT", "text (default), json, srt, vtt, tsv, csv, jsonl (one line per recording, in one file) "
                + "or all (every one of them but jsonl, into a folder).")
                .offering(OutputFormat.values()));
        options.add(Option.value("--output", "PATH", "Write here instead of standard output: a file for one recording or for jsonl, "
                + "else a folder, which is made."));
        options.addAll(SubtitleArguments.OPTIONS);
        options.add(Option.flag("--resume", "Skip recordings whose result is there already."));
        options.addAll(EngineArguments.OPTIONS);
        options.add(Option.flag("--quiet", "No notes, no warnings and no progress."));
        return new CommandDescription("transcribe", "Turn recordings into text.",
                new Operands("FILE", 1, Integer.MAX_VALUE, "Recordings (what they are is found by their content), - for standard input, folders, "
                        + "lists (wav.scp, .jsonl), http and https addresses."),
                options,
                List.of(
                        new Example("transcribe recording.wav", "with the model from the cache, else the demo model"),
                        new Example("transcribe --model ~/Fun-ASR-Nano-2512 --language zh recording.mp3", "a downloaded model"),
                        new Example("transcribe --hotwords Jon,Katherine --format json --output out.json call.wav", "names, and all details"),
                        new Example("transcribe --format srt --output subtitles/ film.mp4 talk.m4a", "subtitles"),
                        new Example("transcribe --word-times --subtitle-columns 32 --subtitle-lines 1 --format srt --output talk.srt talk.m4a", "short ones"),
                        new Example("transcribe --format jsonl --output out.jsonl --resume wav.scp recordings/", "a list and a folder, continued after a break"),
                        new Example("transcribe --raw s16le@16000 -", "samples from a pipe"),
                        new Example("transcribe -- -odd-name-.wav", "a name that begins with a dash")));
    }

    @Override
    public ExitCode run(Arguments arguments, Console console) {
        boolean quiet = arguments.flag("--quiet");
        boolean resume = arguments.flag("--resume");
        OutputFormat format = arguments.choice("--format", OutputFormat.values());
        TranscribeOptions request = RequestArguments.from(arguments);
        RecordingList list = RecordingList.of(arguments.operands());
        ResultTarget target = ResultTarget.of(format, SubtitleArguments.from(arguments, format), arguments.text("--output"), list.isMany(), resume, console);
        ProgressBar bar = quiet ? ProgressBar.hidden(console) : new ProgressBar(console);
        EngineOptions options = EngineArguments.engine(arguments, console, new OpeningListener(quiet ? ProgressListener.SILENT : bar))
                .withAudio(AudioArguments.from(arguments)).withLimits(RequestArguments.limits(arguments));
        // Its note waits until this JVM is sure not to be replaced, or it would be said twice.
        ModelSource model = ModelChoice.resolve(arguments.text("--model"), console, true);
        try (bar; Interrupts interrupts = Interrupts.watch(() -> console.say("\nStopping; once more to leave at once."));
                Transcriber transcriber = Transcriber.open(model, options)) {
            if (!transcriber.info().kernels().startsWith("x86")) {
                Boot.needOptimisingCompiler();
            }
            bar.clear();
            if (!quiet && arguments.text("--model").isEmpty()) {
                ModelChoice.noteChosen(model, console);
            }
            // The demo model's own notices are in its document.
            if (!quiet && model instanceof ModelSource.Directory) {
                transcriber.modelNotices().forEach(notice -> console.say("note: " + notice));
            }
            TranscribeRun run = new TranscribeRun(transcriber, request, options.limits().batchSize(), target, console, bar, quiet, interrupts::requested);
            return !list.isMany() && list.entries().getFirst() instanceof ListEntry.Found(var recording) ? run.one(recording, resume)
                    : run.all(list.entries(), resume);
        }
    }
}
