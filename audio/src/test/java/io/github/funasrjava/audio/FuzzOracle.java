package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What must hold for every input, however damaged: a typed error or finite samples, in bounded time and memory. */
final class FuzzOracle {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    /** Fixed buffers, filter tables for the oddest rate, and what the codecs' tables need. */
    private static final long MAX_ALLOCATED_BYTES = 96 << 20;
    private static final long MAX_NANOS = 10_000_000_000L;

    private FuzzOracle() {}

    /** @return whether samples came out */
    static boolean check(byte[] bytes, AudioOptions options) {
        long allocated = THREADS.getCurrentThreadAllocatedBytes();
        long began = System.nanoTime();
        boolean decoded = false;
        try {
            Waveform w = Audio.read(bytes, options);
            assertTrue(w.samples().length > 0, "no samples and no error");
            for (float x : w.samples()) {
                assertTrue(Float.isFinite(x), "a sample is " + x);
            }
            decoded = true;
        } catch (AudioException e) {
            assertTrue(e.kind() != AudioException.Kind.IO && e.kind() != AudioException.Kind.TIME_LIMIT
                    && e.kind() != AudioException.Kind.DECODER_MISSING, e.kind() + ": " + e.getMessage());
            assertTrue(!e.getMessage().isBlank());
        }
        long nanos = System.nanoTime() - began;
        assertTrue(nanos < MAX_NANOS, nanos / 1_000_000 + " ms");
        allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
        assertTrue(allocated < MAX_ALLOCATED_BYTES, allocated + " bytes allocated");
        return decoded;
    }

    /** Checks every file of {@code testdata/bad/<folder>}: inputs that once did harm. */
    static void replay(String folder) throws IOException {
        Path dir = Path.of("..", "testdata", "bad", folder);
        int files = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(dir)) {
            for (Path entry : entries) {
                if (!entry.toString().endsWith(".md")) {
                    check(Files.readAllBytes(entry), AudioOptions.DEFAULT.withExternalDecoder(false));
                    files++;
                }
            }
        }
        assertTrue(files > 0, "no corpus in " + dir.toAbsolutePath());
    }

    /** Writes an input that did harm, to become a file of testdata/bad; its place. */
    static Path keep(String target, byte[] bytes) {
        try {
            return Files.write(Files.createTempFile("fuzz-" + target.toLowerCase(Locale.ROOT) + "-", ".bin"), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
