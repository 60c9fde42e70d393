package io.github.funasrjava.engine.subtitle;

import java.util.List;

/**
 * One subtitle.
 *
 * @param startMs when it appears
 * @param endMs when it goes; never after the next one's start
 * @param lines its lines, none empty
 */
public record Cue(long startMs, long endMs, List<String> lines) {
    /** Copies the lines. */
    public Cue {
        lines = List.copyOf(lines);
    }
}
