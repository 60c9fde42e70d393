package io.github.funasrjava.cli;

import io.github.funasrjava.engine.SegmentTranscript;
import io.github.funasrjava.engine.TranscriptionListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Hears one recording's transcription, on its thread; keeps what is finished and describes how far it is, on any. */
final class TranscribeProgress implements TranscriptionListener {
    private static final int CELLS = 20;

    private final String prefix;
    private volatile Runnable read = () -> { };
    private final long startNanos = System.nanoTime();
    private final List<SegmentTranscript> finished = new ArrayList<>();
    private double doneSeconds;
    private OptionalDouble totalSeconds = OptionalDouble.empty();
    /** When the last progress was made: the rate is known for that moment, and the rest runs down from it. */
    private long progressNanos = startNanos;

    /**
     * @param prefix what the line begins with, such as which recording of how many
     */
    TranscribeProgress(String prefix) {
        this.prefix = prefix;
    }

    /** Says who is told when the recording has been read to its end. */
    TranscribeProgress whenRead(Runnable told) {
        read = told;
        return this;
    }

    /** Segments so far, in the order of time. */
    synchronized List<SegmentTranscript> finished() {
        return List.copyOf(finished);
    }

    /** Since this was made. */
    double elapsedMs() {
        return (System.nanoTime() - startNanos) / 1e6;
    }

    /** Seconds of the recording up to which everything is finished. */
    synchronized double doneSeconds() {
        return doneSeconds;
    }

    @Override
    public synchronized void segment(SegmentTranscript segment) {
        finished.add(segment);
    }

    @Override
    public synchronized void progress(double done, OptionalDouble total) {
        doneSeconds = done;
        totalSeconds = total;
        progressNanos = System.nanoTime();
    }

    @Override
    public void inputRead() {
        read.run();
    }

    /** The line for this moment. */
    synchronized String line() {
        String text = finished.isEmpty() ? "" : finished.getLast().text();
        return prefix + describe(doneSeconds, totalSeconds, (progressNanos - startNanos) / 1e9, (System.nanoTime() - startNanos) / 1e9, text);
    }

    /**
     * A progress line: {@code [####................] 1:03 of 5:00, 0:20 elapsed, 1:15 left, RTF 0.32  text}.
     *
     * @param elapsedThen seconds from the beginning to when {@code done} was reached
     * @param elapsed seconds from the beginning to now
     */
    static String describe(double done, OptionalDouble total, double elapsedThen, double elapsed, String text) {
        StringBuilder line = new StringBuilder();
        if (total.isPresent() && total.getAsDouble() > 0) {
            double share = Math.min(1, done / total.getAsDouble());
            int full = (int) (share * CELLS);
            line.append('[').append("#".repeat(full)).append(".".repeat(CELLS - full)).append("] ");
        }
        line.append(clock(done));
        total.ifPresent(seconds -> line.append(" of ").append(clock(seconds)));
        line.append(", ").append(clock(elapsed)).append(" elapsed");
        if (done > 0) {
            double factor = elapsedThen / done;
            double since = elapsed - elapsedThen;
            total.ifPresent(seconds -> line.append(", ").append(clock(Math.max(0, (seconds - done) * factor - since))).append(" left"));
            line.append(String.format(Locale.ROOT, ", RTF %.3f", factor));
        }
        return line.append("  ").append(text).toString().stripTrailing();
    }

    private static String clock(double seconds) {
        long whole = Math.round(seconds);
        return whole < 3600 ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }
}
