package io.github.funasrjava.audio;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Damaged files of every compressed format: a typed error or finite samples, in bounded time and memory, and not a word on
 * standard output or error. By default a few seconds per decoder with new random numbers each time; a failure prints the
 * input, and the properties that make it again.
 */
class DecoderFuzzTest {
    private static final long DEFAULT_NANOS = TimeUnit.SECONDS.toNanos(Integer.getInteger("fuzz.seconds", 4));
    /** The long set's inputs per target; {@code -Dfuzz.inputs=} for a shorter or longer night. */
    private static final long LONG_INPUTS = Long.getLong("fuzz.inputs", 1_000_000);

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
        FuzzLoop.run(target.name(), target.originals(), Long.MAX_VALUE, DEFAULT_NANOS);
    }

    @ParameterizedTest
    @EnumSource(Target.class)
    @Tag("long")
    void survivesAMillionDamagedFiles(Target target) {
        FuzzLoop.run(target.name(), target.originals(), LONG_INPUTS, Long.MAX_VALUE);
    }

    @Test
    void replaysTheCorpus() throws IOException {
        FuzzOracle.replay("encoded");
    }
}
