package io.github.funasrjava.engine.subtitle;

import io.github.funasrjava.engine.align.TimedWord;
import java.util.List;

/**
 * A segment's text with its times.
 *
 * @param text the text
 * @param startMs begin of the segment
 * @param endMs end of the segment
 * @param words times of its words on the same clock; empty when there are none
 */
public record TimedText(String text, long startMs, long endMs, List<TimedWord> words) {
    /** Copies the words. */
    public TimedText {
        words = List.copyOf(words);
    }
}
