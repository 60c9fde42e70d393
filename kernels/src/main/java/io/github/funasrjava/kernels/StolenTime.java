package io.github.funasrjava.kernels;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * Processor time that the hypervisor gave to other guests while work of this one was waiting for it. Nothing in a guest can
 * prevent it, and seconds that were measured meanwhile say as much about the neighbours as about the program; so what is
 * measured is printed with it. Linux counts it in {@code /proc/stat}, in the eighth column of the first line (proc(5)).
 *
 * @param share stolen time as a share (0 to 1) of what the processors worked or wanted to work; empty where the system does not tell
 */
public record StolenTime(OptionalDouble share) {
    /** Below this share, figures are printed without a remark. */
    static final double WORTH_SAYING = 0.02;

    private static final Path COUNTERS = Path.of("/proc/stat");
    private static final int STEAL = 7;
    private static final int IDLE = 3;
    private static final int IO_WAIT = 4;

    /** Counts from its making on. */
    public static final class Counter {
        private final Path counters;
        private final Optional<long[]> begin;

        private Counter(Path counters) {
            this.counters = counters;
            this.begin = read(counters);
        }

        /** What has been stolen so far. */
        public StolenTime stop() {
            Optional<long[]> end = begin.isPresent() ? read(counters) : Optional.empty();
            if (end.isEmpty()) {
                return new StolenTime(OptionalDouble.empty());
            }
            long stolen = end.get()[0] - begin.get()[0];
            long worked = end.get()[1] - begin.get()[1];
            if (stolen < 0 || worked < 0) {
                // Counters of a guest that has been moved to another host may go back.
                return new StolenTime(OptionalDouble.empty());
            }
            return new StolenTime(OptionalDouble.of(stolen == 0 ? 0 : (double) stolen / (stolen + worked)));
        }
    }

    /** Begins to count. */
    public static Counter start() {
        return start(COUNTERS);
    }

    static Counter start(Path counters) {
        return new Counter(counters);
    }

    /** A line for the reader of the figures, where {@link #share} is worth one; empty otherwise. */
    public String remark() {
        if (share.isEmpty() || share.getAsDouble() < WORTH_SAYING) {
            return "";
        }
        return String.format(Locale.ROOT, "The hypervisor gave %.0f %% of this machine's processor time to others meanwhile: compare only "
                + "figures of the same run.\n", 100 * share.getAsDouble());
    }

    /** Stolen and worked ticks of all processors. */
    private static Optional<long[]> read(Path counters) {
        if (!Files.isReadable(counters)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(counters, StandardCharsets.US_ASCII)) {
            String[] columns = lines.findFirst().orElse("").trim().split(" +");
            // The name of the line, then user, nice, system, idle, iowait, irq, softirq, steal; guests are in user and nice already.
            if (columns.length <= 1 + STEAL || !columns[0].equals("cpu")) {
                return Optional.empty();
            }
            long worked = 0;
            for (int i = 0; i < STEAL; i++) {
                worked += i == IDLE || i == IO_WAIT ? 0 : Long.parseLong(columns[1 + i]);
            }
            return Optional.of(new long[] {Long.parseLong(columns[1 + STEAL]), worked});
        } catch (IOException | UncheckedIOException | NumberFormatException e) {
            System.getLogger(StolenTime.class.getName()).log(System.Logger.Level.DEBUG, "cannot read " + counters, e);
            return Optional.empty();
        }
    }
}
