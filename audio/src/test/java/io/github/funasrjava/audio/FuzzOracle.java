package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** What must hold for every input, however damaged: a typed error or finite samples, in bounded time and memory. */
final class FuzzOracle {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    /** Fixed buffers, filter tables for the oddest rate, and what the codecs' tables need. */
    private static final long MAX_ALLOCATED_BYTES = 96 << 20;
    /** A damaged time stamp makes hours of silence, which is right; an hour held in memory would hide what is not. */
    private static final long MAX_SECONDS = 120;
    /** Longer inputs are not printed; they must be known by the numbers that they were made from. */
    private static final int MAX_PRINTED_BYTES = 8 << 10;

    private FuzzOracle() {}

    /** The same on a thread of its own, so that an input on which the reader never ends fails instead of hanging the test. */
    static void checkAlone(byte[] bytes, AudioOptions options) {
        try {
            BoundedRun.one(() -> check(bytes, options));
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; the input is " + print(bytes), e);
        }
    }

    /** @return whether samples came out */
    static boolean check(byte[] bytes, AudioOptions options) {
        long allocated = THREADS.getCurrentThreadAllocatedBytes();
        long began = THREADS.getCurrentThreadCpuTime();
        boolean decoded = false;
        try {
            Waveform w = Audio.read(bytes, options.withLimits(options.limits().withMaxWaveformSeconds(MAX_SECONDS)));
            assertTrue(w.samples().length > 0, "no samples and no error");
            for (float x : w.samples()) {
                // No text before it is needed: a million of them, where C2 has not removed them yet, would count as the reader's.
                if (!Float.isFinite(x)) {
                    throw new AssertionError("a sample is " + x);
                }
            }
            decoded = true;
        } catch (AudioException e) {
            assertTrue(e.kind() != AudioException.Kind.IO && e.kind() != AudioException.Kind.TIME_LIMIT
                    && e.kind() != AudioException.Kind.DECODER_MISSING, e.kind() + ": " + e.getMessage());
            assertTrue(!e.getMessage().isBlank());
        }
        long nanos = THREADS.getCurrentThreadCpuTime() - began;
        assertTrue(nanos < BoundedRun.MAX_CPU_NANOS, nanos / 1_000_000 + " ms of processor time");
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
                    checkAlone(Files.readAllBytes(entry), AudioOptions.DEFAULT.withExternalDecoder(false));
                    files++;
                }
            }
        }
        assertTrue(files > 0, "no corpus in " + dir.toAbsolutePath());
    }

    /** An input that did harm, as text to become a file of testdata/bad: {@code base64 -d}. */
    static String print(byte[] bytes) {
        return bytes.length <= MAX_PRINTED_BYTES ? "base64 " + Base64.getEncoder().encodeToString(bytes) : "of " + bytes.length + " bytes";
    }
}
