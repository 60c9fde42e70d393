package io.github.funasrjava.engine.format;

/** Times as subtitle files write them: {@code HH:MM:SS} and milliseconds. */
final class ClockTime {
    private ClockTime() {}

    /** A time; hours take as many digits as they need, at least two. */
    static String of(long ms, char decimalMark) {
        if (ms < 0) {
            throw new IllegalArgumentException("a subtitle time cannot be negative, got " + ms);
        }
        return String.format(java.util.Locale.ROOT, "%02d:%02d:%02d%c%03d",
                ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, decimalMark, ms % 1000);
    }
}
