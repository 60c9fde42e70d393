package io.github.funasrjava.cli;

import io.github.funasrjava.cli.CommandDescription.Example;
import io.github.funasrjava.cli.CommandDescription.Operands;
import io.github.funasrjava.engine.EngineOptions;
import io.github.funasrjava.engine.Limits;
import io.github.funasrjava.engine.ModelInfo;
import io.github.funasrjava.engine.ModelSource;
import io.github.funasrjava.engine.Spread;
import io.github.funasrjava.engine.TranscribeOptions;
import io.github.funasrjava.engine.Transcriber;
import io.github.funasrjava.engine.Transcript;
import io.github.funasrjava.engine.TranscriptionListener;
import io.github.funasrjava.kernels.StolenTime;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** {@code bench files}: recordings one after the other beside the same recordings at once. */
final class BenchFilesCommand implements Command {
    private static final int MAX_COPIES = 1000;
    private static final int DEFAULT_REPEATS = 3;
    private static final int MAX_REPEATS = 100;
    private static final int MAX_NEW_TOKENS = 512;

    /** Milliseconds of whole lists. */
    private record Result(ModelInfo model, int files, double audioSeconds, int batchSize, int repeats, Spread oneByOne, Spread atOnce) {
        double ratio() {
            return atOnce.median() / oneByOne.median();
        }
    }

    @Override
    public CommandDescription description() {
        List<Option> options = new ArrayList<>();
        options.add(ModelChoice.OPTION);
        options.add(Option.value("--copies", "N", "Take every recording so many times (default 1)."));
        options.add(Option.value("--batch-size", "N", "Segments that are recognised together, 1 to 64 (default 8)."));
        options.add(Option.value("--max-new-tokens", "N", "Most tokens per segment (default 512)."));
        options.add(Option.value("--repeats", "N", "Measured runs of each way, after one that is not counted (default 3)."));
        options.addAll(EngineArguments.OPTIONS);
        options.add(Option.flag("--json", "One line of JSON instead of a table."));
        return new CommandDescription("bench files", "Measure several recordings one after the other, and at once as transcribe does it.",
                new Operands("FILE", 1, Integer.MAX_VALUE, "Recordings."), options,
                List.of(
                        new Example("bench files --model DIR a.wav b.mp3 c.wav", "three recordings"),
                        new Example("bench files --model DIR --copies 16 clip.wav --json", "sixteen short clips, for a program")));
    }

    @Override
    public ExitCode run(Arguments arguments, Console console) {
        int copies = arguments.integer("--copies", 1, MAX_COPIES).orElse(1);
        int repeats = arguments.integer("--repeats", 1, MAX_REPEATS).orElse(DEFAULT_REPEATS);
        Limits limits = Limits.DEFAULT.withBatchSize(arguments.integer("--batch-size", 1, Limits.MAX_BATCH_SIZE).orElse(Limits.DEFAULT.batchSize()));
        TranscribeOptions request =
                TranscribeOptions.DEFAULT.withMaxNewTokens(arguments.integer("--max-new-tokens", 1, MAX_NEW_TOKENS).orElse(MAX_NEW_TOKENS));
        boolean json = arguments.flag("--json");
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < arguments.operands().size(); i++) {
            files.addAll(Collections.nCopies(copies, arguments.operandPath(i)));
        }
        ModelSource model = ModelChoice.resolve(arguments.text("--model"), console, json);
        try (ProgressBar bar = new ProgressBar(console)) {
            EngineOptions options = EngineArguments.engine(arguments, console, bar).withLimits(limits);
            try (Transcriber transcriber = Transcriber.open(model, options)) {
                bar.clear();
                StolenTime.Counter counter = StolenTime.start();
                Result result = measure(transcriber, files, request, limits.batchSize(), repeats);
                StolenTime stolen = counter.stop();
                String text = json ? json(result, stolen) : table(result) + stolen.remark();
                ResultWriter.write(console.out(), text.getBytes(StandardCharsets.UTF_8));
            }
        }
        return ExitCode.OK;
    }

    private static Result measure(Transcriber transcriber, List<Path> files, TranscribeOptions request, int batchSize, int repeats) {
        double[] oneByOneMs = new double[repeats];
        double[] atOnceMs = new double[repeats];
        double audioSeconds = 0;
        for (int i = -1; i < repeats; i++) {
            long begin = System.nanoTime();
            List<Transcript> alone = files.stream().map(file -> transcriber.transcribe(file, request)).toList();
            long middle = System.nanoTime();
            List<Transcript> together = atOnce(transcriber, files, request, batchSize);
            long end = System.nanoTime();
            if (!texts(alone).equals(texts(together))) {
                throw new IllegalStateException("recordings at once gave other texts than one after the other");
            }
            audioSeconds = alone.stream().mapToDouble(Transcript::audioSeconds).sum();
            if (i >= 0) {
                oneByOneMs[i] = (middle - begin) / 1e6;
                atOnceMs[i] = (end - middle) / 1e6;
            }
        }
        return new Result(transcriber.info(), files.size(), audioSeconds, batchSize, repeats, Spread.of(oneByOneMs), Spread.of(atOnceMs));
    }

    private static List<Transcript> atOnce(Transcriber transcriber, List<Path> files, TranscribeOptions request, int batchSize) {
        List<Transcript> done = new ArrayList<>();
        try (SideBySide threads = new SideBySide(2 * batchSize, () -> { })) {
            for (Path file : files) {
                threads.add(read -> transcriber.transcribe(file, request.withListener(new TranscriptionListener() {
                    @Override
                    public void inputRead() {
                        read.run();
                    }
                })), transcript -> done.add(transcript.get()));
            }
            threads.finish();
        }
        return done;
    }

    private static List<String> texts(List<Transcript> transcripts) {
        return transcripts.stream().map(Transcript::text).toList();
    }

    private static String table(Result result) {
        return String.format(Locale.ROOT, "%s (%s), kernels %s; %d recordings, %.1f s of audio, batches of %d, %d runs%n%n"
                + "%-20s %10s %10s %10s %8s%n", result.model().name(), result.model().weights(), result.model().kernels(), result.files(),
                result.audioSeconds(), result.batchSize(), result.repeats(), "ms", "min", "median", "max", "RTF").replace("\r\n", "\n")
                + row("one after the other", result.oneByOne(), result.audioSeconds())
                + row("at once", result.atOnce(), result.audioSeconds())
                + String.format(Locale.ROOT, "%nat once takes %.2f of the time; the texts are the same%n", result.ratio()).replace("\r\n", "\n");
    }

    private static String row(String name, Spread spread, double audioSeconds) {
        return String.format(Locale.ROOT, "%-20s %10.1f %10.1f %10.1f %8.4f", name, spread.min(), spread.median(), spread.max(),
                spread.median() / 1000 / audioSeconds) + "\n";
    }

    private static String json(Result result, StolenTime stolen) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            number(json, "oneByOneMs", result.oneByOne().median());
            number(json, "oneByOneMinMs", result.oneByOne().min());
            number(json, "atOnceMs", result.atOnce().median());
            number(json, "atOnceMinMs", result.atOnce().min());
            number(json, "ratio", result.ratio());
            number(json, "oneByOneRtf", result.oneByOne().median() / 1000 / result.audioSeconds());
            number(json, "atOnceRtf", result.atOnce().median() / 1000 / result.audioSeconds());
            number(json, "audioSeconds", result.audioSeconds());
            json.writeNumberProperty("files", result.files());
            json.writeNumberProperty("batchSize", result.batchSize());
            json.writeNumberProperty("repeats", result.repeats());
            BenchReport.stolenShare(json, stolen);
            json.writeStringProperty("tier", result.model().kernels());
            json.writeStringProperty("weights", result.model().weights());
            json.writeEndObject();
        }
        return bytes.toString(StandardCharsets.UTF_8) + "\n";
    }

    private static void number(JsonGenerator json, String name, double value) {
        json.writeNumberProperty(name, Math.round(value * 1e5) / 1e5);
    }
}
