package io.github.funasrjava.cli;

import io.github.funasrjava.engine.Limits;
import io.github.funasrjava.engine.TranscribeOptions;
import io.github.funasrjava.engine.TranscribeOptions.DraftSource;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.engine.Vad;
import io.github.funasrjava.engine.text.Language;
import io.github.funasrjava.engine.text.LanguageTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Options on what is recognised, and how. */
final class RequestArguments {
    private static final int MAX_NEW_TOKENS = 4096;
    private static final int MAX_SEGMENT_SECONDS = 30;

    static final List<Option> OPTIONS = List.of(
            Option.value("--language", "LANGUAGE", "Language of the speech, by code or name (en, zh, ja; MLT-Nano knows 31). "
                    + "auto, the default, lets the model find out.").offering(languages()),
            Option.value("--hotwords", "A,B", "Words that are likely to be said, such as names; Chinese commas part them, too."),
            Option.value("--hotwords-file", "FILE", "The same from a file, one to a line."),
            Option.flag("--no-itn", "Spoken instead of written form: number words, no punctuation."),
            Option.flag("--word-times", "Times of words, by the model's CTC branch; refused when it has none."),
            Option.value("--vad", "DETECTOR", "How speech is found: none, builtin, or the directory of an FSMN-VAD. Without it, a recording "
                    + "that fits into one segment is taken whole, a longer one is cut by builtin.").offering(List.of("none", "builtin")),
            Option.value("--max-segment", "SECONDS", "Longest stretch that is recognised at once, 1 to 30 (default 30)."),
            Option.value("--batch-size", "N", "Segments that are recognised together, 1 to 64 (default 8)."),
            Option.value("--draft", "SOURCE", "auto (default), ctc or none: where guesses come from that the decoder only has to check. "
                    + "The text is the same.").offering(DraftSource.values()),
            Option.value("--max-new-tokens", "N", "Most tokens per segment; more text is cut and flagged (default 512)."),
            Option.flag("--allow-short", "Input under 100 ms gives empty text instead of an error."));

    private RequestArguments() {}

    /** What {@code --language} may be. */
    static List<String> languages() {
        return Stream.concat(Stream.of(LanguageTable.AUTO), LanguageTable.MLT.languages().stream().map(Language::code)).toList();
    }

    static TranscribeOptions from(Arguments arguments) {
        TranscribeOptions request = TranscribeOptions.DEFAULT
                .withHotwords(Hotwords.from(arguments))
                .withTextNormalization(!arguments.flag("--no-itn"))
                .withWordTimes(arguments.flag("--word-times"))
                .withVad(vad(arguments))
                .withDraft(arguments.choice("--draft", DraftSource.values()))
                .withAllowShort(arguments.flag("--allow-short"));
        Optional<String> language = arguments.text("--language");
        if (language.isPresent()) {
            request = request.withLanguage(language.get());
        }
        OptionalInt tokens = arguments.integer("--max-new-tokens", 1, MAX_NEW_TOKENS);
        return tokens.isPresent() ? request.withMaxNewTokens(tokens.getAsInt()) : request;
    }

    static Limits limits(Arguments arguments) {
        Limits limits = Limits.DEFAULT;
        OptionalInt batch = arguments.integer("--batch-size", 1, Limits.MAX_BATCH_SIZE);
        if (batch.isPresent()) {
            limits = limits.withBatchSize(batch.getAsInt());
        }
        return arguments.number("--max-segment", 1, MAX_SEGMENT_SECONDS).map(limits::withMaxSegmentSeconds).orElse(limits);
    }

    private static Vad vad(Arguments arguments) {
        Optional<String> given = arguments.text("--vad");
        return switch (given.orElse("").toLowerCase(Locale.ROOT)) {
            case "" -> new Vad.Automatic();
            case "none" -> new Vad.None();
            case "builtin" -> new Vad.BuiltIn();
            default -> {
                Path directory = RawArguments.path(given.orElseThrow());
                if (!Files.isDirectory(directory)) {
                    throw new UsageException("--vad must be none, builtin or the directory of an FSMN-VAD, and there is no directory "
                            + directory + ".");
                }
                yield new Vad.Directory(directory);
            }
        };
    }
}
