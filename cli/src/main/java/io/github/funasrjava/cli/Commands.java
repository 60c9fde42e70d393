package io.github.funasrjava.cli;

import java.util.List;
import java.util.Optional;

/** The commands by name. Each is made only when it is asked for: a cold start pays for every class. */
final class Commands {
    /** In the order of help. */
    static final List<String> NAMES =
            List.of("transcribe", "models", "convert", "export", "verify", "compare", "bench rtf", "bench files", "bench decode",
                    "bench prefill", "bench kernels", "bench profile", "bench ceilings",
                    "doctor", "completion");

    private Commands() {}

    static Optional<Command> named(String name) {
        return Optional.ofNullable(switch (name) {
            case "transcribe" -> new TranscribeCommand();
            case "convert" -> new ConvertCommand();
            case "export" -> new ExportCommand();
            case "verify" -> new VerifyCommand();
            case "models" -> new ModelsCommand();
            case "compare" -> new CompareCommand();
            case "completion" -> new CompletionCommand();
            case "bench rtf" -> new BenchRtfCommand();
            case "bench files" -> new BenchFilesCommand();
            case "bench decode" -> new BenchDecoderCommand(BenchDecoderCommand.Part.DECODE);
            case "bench prefill" -> new BenchDecoderCommand(BenchDecoderCommand.Part.PREFILL);
            case "bench kernels" -> new BenchDecoderCommand(BenchDecoderCommand.Part.KERNELS);
            case "bench profile" -> new BenchProfileCommand();
            case "bench ceilings" -> new BenchCeilingsCommand();
            case "doctor" -> new DoctorCommand();
            default -> null;
        });
    }

    /** Whether a first word begins the name of commands with two words. */
    static boolean isGroup(String word) {
        return NAMES.stream().anyMatch(name -> name.startsWith(word + " "));
    }
}
