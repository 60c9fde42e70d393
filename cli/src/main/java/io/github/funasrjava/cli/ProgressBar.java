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
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final Console console;
    private long lastDrawnNanos;
    private boolean drawn;

    ProgressBar(Console console) {
        this.console = console;
    }

    @Override
    public void message(String sentence) {
        clear();
        console.say("note: " + sentence);
    }

    @Override
    public void progress(Progress progress) {
        long now = System.nanoTime();
        if (!console.mayDecorate() || drawn && now - lastDrawnNanos < REDRAW_NANOS) {
            return;
        }
        int full = (int) (progress.fraction() * CELLS);
        console.err().print(CLEAR_LINE + "[" + "#".repeat(full) + ".".repeat(CELLS - full) + "] " + progress);
        console.err().flush();
        lastDrawnNanos = now;
        drawn = true;
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
