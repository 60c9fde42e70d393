package io.github.funasrjava.engine.subtitle;

/**
 * What a subtitle may be. Widths are in columns: a Chinese, Japanese or Korean character takes two, so one limit serves
 * all scripts.
 *
 * @param maxColumns columns per line
 * @param maxLines lines per subtitle
 * @param maxDurationMs longest time on screen
 * @param minDurationMs shortest time on screen, as far as the next subtitle leaves room
 * @param maxColumnsPerSecond reading speed; a subtitle stays longer for it, as far as the next one leaves room
 * @param minGapMs pause between two subtitles when one is kept longer
 * @param spreadWithoutWordTimes whether a text without word times is cut all the same, as if it were said evenly; otherwise
 *     it stays one subtitle, with as many lines as it needs
 */
public record SubtitleLimits(
        int maxColumns,
        int maxLines,
        int maxDurationMs,
        int minDurationMs,
        int maxColumnsPerSecond,
        int minGapMs,
        boolean spreadWithoutWordTimes) {
    /** Usual broadcast values: 42 columns (21 Chinese characters), two lines, 1 to 7 s, 20 columns (10 characters) a second. */
    public static final SubtitleLimits DEFAULT = new SubtitleLimits(42, 2, 7000, 1000, 20, 80, false);

    /** @throws IllegalArgumentException for limits that no subtitle can keep */
    public SubtitleLimits {
        require(maxColumns >= 4, "a subtitle line needs at least 4 columns, got ", maxColumns);
        require(maxLines >= 1, "a subtitle needs at least 1 line, got ", maxLines);
        require(minDurationMs >= 0, "the shortest duration cannot be negative, got ", minDurationMs);
        require(maxDurationMs >= Math.max(1, minDurationMs),
                "the longest duration cannot be shorter than the shortest, got ", maxDurationMs);
        require(maxColumnsPerSecond >= 1, "the reading speed must be at least 1 column per second, got ", maxColumnsPerSecond);
        require(minGapMs >= 0, "the gap cannot be negative, got ", minGapMs);
    }

    private static void require(boolean holds, String problem, int value) {
        if (!holds) {
            throw new IllegalArgumentException(problem + value);
        }
    }
}
