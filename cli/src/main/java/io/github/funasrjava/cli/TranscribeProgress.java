package io.github.funasrjava.cli;

import io.github.funasrjava.engine.SegmentTranscript;
import io.github.funasrjava.engine.TranscriptionListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Hears one recording's transcription: draws how far it is, and keeps what is finished. For one thread. */
final class TranscribeProgress implements TranscriptionListener {
    private static final int CELLS = 20;

    private final ProgressBar bar;
    private final String prefix;
    private final long startNanos = System.nanoTime();
    private final List<SegmentTranscript> finished = new ArrayList<>();
    private double doneSeconds;

    /**
     * @param prefix what the line begins with, such as which recording of how many
     */
    TranscribeProgress(ProgressBar bar, String prefix) {
        this.bar = bar;
        this.prefix = prefix;
    }

    /** Segments so far, in the order of time. */
    List<SegmentTranscript> finished() {
        return List.copyOf(finished);
    }

    /** Seconds of the recording up to which everything is finished. */
    double doneSeconds() {
        return doneSeconds;
    }

    @Override
    public void segment(SegmentTranscript segment) {
        finished.add(segment);
    }

    @Override
    public void progress(double done, OptionalDouble total) {
        doneSeconds = done;
        double elapsed = (System.nanoTime() - startNanos) / 1e9;
        String text = finished.isEmpty() ? "" : finished.getLast().text();
        bar.draw(prefix + describe(done, total, elapsed, text));
    }

    /** A progress line: {@code [####................] 1:03 of 5:00, 0:20 elapsed, 1:15 left, RTF 0.32  text}. */
    static String describe(double done, OptionalDouble total, double elapsed, String text) {
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
            double factor = elapsed / done;
            total.ifPresent(seconds -> line.append(", ").append(clock(Math.max(0, seconds - done) * factor)).append(" left"));
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
