package io.github.funasrjava.cli;

import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.audio.AudioReader;
import io.github.funasrjava.cli.CommandDescription.Example;
import io.github.funasrjava.cli.CommandDescription.Operands;
import io.github.funasrjava.engine.DecoderBench;
import io.github.funasrjava.engine.ModelSource;
import io.github.funasrjava.engine.RtfBench;
import io.github.funasrjava.engine.Transcriber;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.kernels.DeviceMeasurement;
import io.github.funasrjava.kernels.MachineCeilings;
import io.github.funasrjava.kernels.StolenTime;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** {@code bench rtf}: how long a clip takes on this machine, stage by stage. */
final class BenchRtfCommand implements Command {
    private static final double DEFAULT_SECONDS = 10;
    private static final double MAX_SECONDS = 30;
    private static final int DEFAULT_TOKENS = 35;
    private static final int MAX_TOKENS = 512;
    private static final int DEFAULT_REPEATS = 5;
    private static final int MAX_REPEATS = 1000;
    private static final String SYNTHETIC = "synthetic:";

    @Override
    public CommandDescription description() {
        List<Option> options = new ArrayList<>();
        options.add(ModelChoice.OPTION);
        options.add(Option.value("--seconds", "S", "Length of a made-up clip (default 10)."));
        options.add(Option.value("--audio", "FILE", "A recording instead of the made-up clip."));
        options.add(Option.value("--tokens", "N", "Tokens to generate, whatever the model says (default 35)."));
        options.add(Option.value("--repeats", "N", "Measured runs, after one that is not counted (default 5)."));
        options.add(Option.value("--draft", "DRAFT", "none (default), or synthetic:SHARE, a draft of which this share is right (0 to 1).")
                .offering(List.of("none", "synthetic:0.8")));
        options.add(Option.value("--disturb", "N", "Measure once more beside N busy threads, as on a shared machine (default 0)."));
        options.addAll(EngineArguments.OPTIONS);
        options.add(Option.flag("--json", "One line of JSON instead of a table."));
        return new CommandDescription("bench rtf", "Measure how long a clip takes: real-time factor, stages, tokens per second.",
                Operands.NONE, options,
                List.of(
                        new Example("bench rtf --model DIR --seconds 10 --tokens 35", "a clip of 10 s"),
                        new Example("bench rtf --model DIR --audio recording.wav --threads 2 --json", "a recording, for a program")));
    }

    @Override
    public ExitCode run(Arguments arguments, Console console) {
        RtfBench.Plan plan = new RtfBench.Plan(
                arguments.integer("--tokens", 1, MAX_TOKENS).orElse(DEFAULT_TOKENS),
                arguments.integer("--repeats", 1, MAX_REPEATS).orElse(DEFAULT_REPEATS),
                syntheticShare(arguments),
                arguments.integer("--disturb", 0, RtfBench.MAX_DISTURBERS).orElse(0));
        Optional<Double> seconds = arguments.number("--seconds", 0.1, MAX_SECONDS);
        Optional<Path> audio = arguments.path("--audio");
        if (seconds.isPresent() && audio.isPresent()) {
            throw new UsageException("--seconds and --audio exclude each other.");
        }
        boolean json = arguments.flag("--json");
        float[] samples = audio.isPresent()
                ? AudioReader.read(audio.get(), AudioOptions.DEFAULT).samples()
                : RtfBench.noise(seconds.orElse(DEFAULT_SECONDS));
        ModelSource model = ModelChoice.resolve(arguments.text("--model"), console, json);
        try (ProgressBar bar = new ProgressBar(console);
                Transcriber transcriber = Transcriber.open(model, EngineArguments.engine(arguments, console, bar))) {
            bar.clear();
            StolenTime.Counter counter = StolenTime.start();
            RtfBench.Result result = RtfBench.run(transcriber, samples, plan);
            StolenTime stolen = counter.stop();
            // After the runs, because the loops' memory would count as the engine's.
            MachineCeilings ceilings = DecoderBench.device(transcriber, false).map(DeviceMeasurement::ceilings)
                    .orElseGet(() -> MachineCeilings.measure(result.threads()));
            String text = json ? BenchReport.json(result, ceilings, stolen)
                    : BenchReport.table(result, transcriber.info(), ceilings) + stolen.remark();
            ResultWriter.write(console.out(), text.getBytes(StandardCharsets.UTF_8));
        }
        return ExitCode.OK;
    }

    private static OptionalDouble syntheticShare(Arguments arguments) {
        String draft = arguments.text("--draft").orElse("none");
        if (draft.equals("none")) {
            return OptionalDouble.empty();
        }
        if (draft.startsWith(SYNTHETIC)) {
            try {
                double share = Double.parseDouble(draft.substring(SYNTHETIC.length()));
                if (share >= 0 && share <= 1) {
                    return OptionalDouble.of(share);
                }
            } catch (NumberFormatException e) {
                // Said below.
            }
        }
        throw new UsageException("--draft must be none or synthetic:SHARE with a share from 0 to 1, not '" + draft + "'.");
    }
}
