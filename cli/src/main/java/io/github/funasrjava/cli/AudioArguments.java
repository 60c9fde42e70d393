package io.github.funasrjava.cli;

import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.audio.RawFormat;
import io.github.funasrjava.audio.Resampling;
import io.github.funasrjava.engine.UsageException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Options on how a recording is read. */
final class AudioArguments {
    /** As many as any limit allows. */
    private static final int MAX_CHANNEL = 32;

    static final List<Option> OPTIONS = List.of(
            Option.value("--channel", "N", "Take one channel, counted from 1, instead of the mean of all."),
            Option.value("--resampler", "FILTER", "reference (default: what the models were trained on) or kaiser: for rates other than 16 kHz.")
                    .offering(Resampling.values()),
            Option.value("--raw", "FORMAT", "Read headerless samples: s16le@16000, f32le@48000x2 (encoding@rate x channels).")
                    .offering(List.of("s16le@16000", "s16le@8000", "s16le@48000x2", "f32le@16000", "f32le@48000x2")));

    private AudioArguments() {}

    static AudioOptions from(Arguments arguments) {
        AudioOptions options = AudioOptions.DEFAULT;
        OptionalInt channel = arguments.integer("--channel", 1, MAX_CHANNEL);
        if (channel.isPresent()) {
            options = options.withChannel(channel.getAsInt());
        }
        // Resampling.values() begins with the default.
        options = options.withResampling(arguments.choice("--resampler", Resampling.values()));
        Optional<String> raw = arguments.text("--raw");
        if (raw.isPresent()) {
            try {
                options = options.withRaw(RawFormat.parse(raw.get()));
            } catch (IllegalArgumentException e) {
                throw new UsageException("--raw: " + e.getMessage() + ".", e);
            }
        }
        return options;
    }
}
