package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Damaged files of every compressed format: a typed error or finite samples, in bounded time and memory, and not a word on
 * standard output or error. By default a few seconds per decoder with new random numbers each time; a failure prints the input, and the properties
 * that make it again.
 */
class DecoderFuzzTest {
    private static final long DEFAULT_NANOS = TimeUnit.SECONDS.toNanos(Integer.getInteger("fuzz.seconds", 4));
    /** The long set's inputs per target; {@code -Dfuzz.inputs=} for a shorter or longer night. */
    private static final long LONG_INPUTS = Long.getLong("fuzz.inputs", 1_000_000);
    private static final AudioOptions OPTIONS = AudioOptions.DEFAULT.withExternalDecoder(false);

    enum Target {
        MP3("seed.mp3", "seed-8k.mp3"),
        FLAC("seed.flac"),
        OGG_FLAC("seed-flac.oga"),
        VORBIS("seed-vorbis.ogg"),
        OPUS("seed.opus", "seed-silk.opus"),
        WEBM("seed.webm", "seed-vorbis.webm", "video-only.webm"),
        MP4("seed.m4a", "seed-fragmented.mp4", "video-only.mp4"),
        ADTS("seed.aac");

        private final String[] files;

        Target(String... files) {
            this.files = files;
        }

        List<byte[]> originals() {
            List<byte[]> all = new ArrayList<>();
            for (String f : files) {
                all.add(Encoded.bytes(f));
            }
            return all;
        }
    }

    @ParameterizedTest
    @EnumSource(Target.class)
    void survivesDamage(Target target) {
        fuzz(target, Long.MAX_VALUE, DEFAULT_NANOS);
    }

    @ParameterizedTest
    @EnumSource(Target.class)
    @Tag("long")
    void survivesAMillionDamagedFiles(Target target) {
        fuzz(target, LONG_INPUTS, Long.MAX_VALUE);
    }

    private static void fuzz(Target target, long inputs, long nanos) {
        long seed = Long.getLong("fuzz.seed", System.nanoTime());
        long first = Long.getLong("fuzz.input", 0);
        long last = Long.getLong("fuzz.input", inputs - 1);
        List<byte[]> originals = target.originals();
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream capture = new PrintStream(printed, true, StandardCharsets.UTF_8);
        AtomicLong number = new AtomicLong(first);
        AtomicLong decoded = new AtomicLong();
        System.setOut(capture);
        System.setErr(capture);
        try {
            BoundedRun.run(() -> {
                long began = System.nanoTime();
                for (long n = first; n <= last && System.nanoTime() - began < nanos; n++) {
                    number.set(n);
                    decoded.addAndGet(FuzzOracle.check(input(originals, seed, n), OPTIONS) ? 1 : 0);
                    assertEquals("", printed.toString(StandardCharsets.UTF_8), "printed");
                }
            }, number::get);
        } catch (Throwable t) {
            throw new AssertionError(t.getMessage() + "; " + target + ", -Dfuzz.seed=" + seed + " -Dfuzz.input=" + number + " is "
                    + FuzzOracle.print(input(originals, seed, number.get())), t);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        long tried = number.get() - first + 1;
        // The originals alone prove little: some damaged files must decode, and some must not.
        assertTrue(tried < 1000 || (decoded.get() > tried / 100 && decoded.get() < tried), decoded + " of " + tried + " decoded");
        System.out.println("fuzzed " + target + ": " + tried + " inputs, " + decoded + " decoded");
    }

    /** Each input is a function of its seed and number alone. */
    private static byte[] input(List<byte[]> originals, long seed, long number) {
        SplittableRandom random = new SplittableRandom(seed + number);
        return ByteMutations.damaged(originals.get(random.nextInt(originals.size())), random);
    }

    @Test
    void replaysTheCorpus() throws IOException {
        FuzzOracle.replay("encoded");
    }
}
