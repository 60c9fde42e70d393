package io.github.funasrjava.cli;

import io.github.funasrjava.weights.Progress;
import io.github.funasrjava.weights.ProgressListener;

/**
 * Shows a long operation: messages as lines; progress as one line that is redrawn, only where a person watches a
 * terminal that can do it.
 */
final class ProgressBar implements ProgressListener, AutoCloseable {
    private static final int CELLS = 30;
    private static final long REDRAW_NANOS = 100_000_000;
    private static final int STANDARD_WIDTH = 100;
    private static final int FIRST_WIDE = 0x1100;
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final Console console;
    private final boolean shown;
    private long lastDrawnNanos;
    private boolean drawn;

    ProgressBar(Console console) {
        this(console, console.mayDecorate());
    }

    private ProgressBar(Console console, boolean shown) {
        this.console = console;
        this.shown = shown;
    }

    /** One that never draws. */
    static ProgressBar hidden(Console console) {
        return new ProgressBar(console, false);
    }

    @Override
    public void message(String sentence) {
        clear();
        console.say("note: " + sentence);
    }

    @Override
    public void progress(Progress progress) {
        int full = (int) (progress.fraction() * CELLS);
        draw("[" + "#".repeat(full) + ".".repeat(CELLS - full) + "] " + progress);
    }

    /** Shows a line instead of the one before, cut to the terminal's width. */
    void draw(String line) {
        long now = System.nanoTime();
        if (!shown || drawn && now - lastDrawnNanos < REDRAW_NANOS) {
            return;
        }
        console.err().print(CLEAR_LINE + cut(line, width()));
        console.err().flush();
        lastDrawnNanos = now;
        drawn = true;
    }

    private int width() {
        return console.variable("COLUMNS").filter(value -> value.matches("[1-9]\\d{1,3}")).map(Integer::parseInt).orElse(STANDARD_WIDTH);
    }

    /** The beginning of a line that takes fewer columns; letters beyond the Latin, Greek and Cyrillic ones may take two. */
    private static String cut(String line, int columns) {
        int free = columns - 1;
        int end = 0;
        while (end < line.length()) {
            int c = line.codePointAt(end);
            free -= c < FIRST_WIDE ? 1 : 2;
            if (free < 0) {
                break;
            }
            end += Character.charCount(c);
        }
        return line.substring(0, end).replaceAll("\\p{Cntrl}", " ");
    }

    /** Takes the line away for good. */
    @Override
    public void close() {
        clear();
    }

    /** Takes the line away for now. */
    void clear() {
        if (drawn) {
            console.err().print(CLEAR_LINE);
            console.err().flush();
            drawn = false;
        }
    }
}
