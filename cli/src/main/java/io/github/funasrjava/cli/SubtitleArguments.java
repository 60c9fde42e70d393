package io.github.funasrjava.cli;

import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.engine.subtitle.SubtitleLimits;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Options on what a subtitle may be. */
final class SubtitleArguments {
    private static final int MIN_COLUMNS = 4;
    private static final int MAX_COLUMNS = 500;
    private static final int MAX_LINES = 10;
    private static final int MAX_SECONDS = 60;
    private static final int MAX_SPEED = 200;
    private static final double MS_PER_SECOND = 1000;
    private static final Set<OutputFormat> SUBTITLES = EnumSet.of(OutputFormat.SRT, OutputFormat.VTT, OutputFormat.ALL);

    static final List<Option> OPTIONS = List.of(
            Option.value("--subtitle-columns", "N", "Characters per line of a subtitle, 4 to 500 (default 42); a Chinese, Japanese or Korean one counts as two."),
            Option.value("--subtitle-lines", "N", "Lines per subtitle, 1 to 10 (default 2)."),
            Option.value("--subtitle-seconds", "S", "Longest time on screen, 1 to 60 (default 7)."),
            Option.value("--subtitle-speed", "N", "Characters per second that can be read, 1 to 200 (default 20, Chinese ones as two): "
                    + "a subtitle stays longer where the next leaves room."));

    private SubtitleArguments() {}

    static SubtitleLimits from(Arguments arguments, OutputFormat format) {
        for (Option option : OPTIONS) {
            if (arguments.flag(option.name()) && !SUBTITLES.contains(format)) {
                throw new UsageException(option.name() + " goes with --format srt, vtt or all.");
            }
        }
        SubtitleLimits standard = SubtitleLimits.DEFAULT;
        return new SubtitleLimits(
                arguments.integer("--subtitle-columns", MIN_COLUMNS, MAX_COLUMNS).orElse(standard.maxColumns()),
                arguments.integer("--subtitle-lines", 1, MAX_LINES).orElse(standard.maxLines()),
                (int) Math.round(MS_PER_SECOND * arguments.number("--subtitle-seconds", 1, MAX_SECONDS).orElse(standard.maxDurationMs() / MS_PER_SECOND)),
                standard.minDurationMs(),
                arguments.integer("--subtitle-speed", 1, MAX_SPEED).orElse(standard.maxColumnsPerSecond()),
                standard.minGapMs(),
                standard.spreadWithoutWordTimes());
    }
}
