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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Damaged files of every compressed format: a typed error or finite samples, in bounded time and memory, and not a word on
 * standard output or error. By default a few seconds per decoder with new random numbers each time (the seed is in the failure).
 */
class DecoderFuzzTest {
    private static final long DEFAULT_NANOS = TimeUnit.SECONDS.toNanos(Integer.getInteger("fuzz.seconds", 4));
    private static final int LONG_INPUTS = 1_000_000;
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
        fuzz(target, Integer.MAX_VALUE, DEFAULT_NANOS);
    }

    @ParameterizedTest
    @EnumSource(Target.class)
    @Tag("long")
    void survivesAMillionDamagedFiles(Target target) {
        fuzz(target, LONG_INPUTS, Long.MAX_VALUE);
    }

    private static void fuzz(Target target, int inputs, long nanos) {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        List<byte[]> originals = target.originals();
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream capture = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(capture);
        System.setErr(capture);
        int decoded = 0;
        int n = 0;
        long end = nanos == Long.MAX_VALUE ? Long.MAX_VALUE : System.nanoTime() + nanos;
        byte[] bytes = originals.getFirst();
        try {
            for (; n < inputs && (end == Long.MAX_VALUE || System.nanoTime() < end); n++) {
                bytes = ByteMutations.damaged(originals.get(random.nextInt(originals.size())), random);
                decoded += FuzzOracle.check(bytes, OPTIONS) ? 1 : 0;
                assertEquals("", printed.toString(StandardCharsets.UTF_8), "printed");
            }
        } catch (Throwable t) {
            throw new AssertionError(target + ", seed " + seed + ", input " + n + " kept in " + FuzzOracle.keep(target.name(), bytes), t);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        // The originals alone prove little: some damaged files must decode, and some must not.
        assertTrue(decoded > n / 100 && decoded < n, decoded + " of " + n + " decoded");
        System.out.println("fuzzed " + target + ": " + n + " inputs, " + decoded + " decoded");
    }

    @Test
    void replaysTheCorpus() throws IOException {
        FuzzOracle.replay("encoded");
    }
}
