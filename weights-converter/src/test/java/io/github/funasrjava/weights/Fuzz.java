package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Feeds a reader with bytes that are nearly right. Whatever comes in, the reader must answer with a result or with a
 * {@link WeightsException}, soon and without taking much memory.
 */
final class Fuzz {
    /** Longer inputs are not printed; a failure names the number that they are made from. */
    private static final int MAX_PRINTED_BYTES = 8 << 10;
    private static final long MAX_BYTES = 128L << 20;
    private static final byte[][] WORDS = {
        {0, 0, 0, 0, 0, 0, 0, 0}, {-1, -1, -1, -1, -1, -1, -1, -1}, {-1, -1, -1, 127}, {0, 0, 0, -128}, {-1, -1}, {0, 0, 1, 0},
        word("["), word("]"), word("{"), word("}"), word("\""), word(","), word("\\u"),
        word("9223372036854775807"), word("-1"), word("PK\3\4"), word("PK\1\2"), word("PK\5\6"),
        word("("), word("."), word("t"), word("R"), word("cos\nsystem\n"),
    };

    private static byte[] word(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** What is fuzzed. */
    interface Target {
        void read(byte[] bytes);
    }

    private final Target target;
    private final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** The input at work; read by the thread that watches it. */
    private volatile long current = -1;

    private Fuzz(Target target) {
        this.target = target;
    }

    /** Replays the seeds and the corpus, then runs mutations of them until the time is over. */
    static void run(Target target, List<byte[]> seeds, Duration duration) {
        // Other inputs in every run; a failure names the number of its own, from which it is made.
        new Fuzz(target).run(seeds, Long.getLong("fuzz.input", System.nanoTime()), Long.MAX_VALUE, duration.toNanos());
    }

    /** Replays the seeds, then runs this many mutations of them. */
    static void run(Target target, List<byte[]> seeds, long inputs) {
        new Fuzz(target).run(seeds, 0, inputs, Long.MAX_VALUE);
    }

    private void run(List<byte[]> seeds, long first, long inputs, long nanos) {
        BoundedRun.run(() -> {
            seeds.forEach(seed -> one(seed, -1));
            long began = System.nanoTime();
            long n = 0;
            for (; n < inputs && System.nanoTime() - began < nanos; n++) {
                mutation(seeds, first + n);
            }
            System.out.println("fuzzed " + n + " inputs");
        }, () -> current);
    }

    /** The files of a corpus folder among the test resources: inputs that once failed, kept for ever. */
    static List<byte[]> corpus(String name) {
        try {
            Path folder = Path.of(Fuzz.class.getResource("/fuzz/" + name).toURI());
            try (var files = Files.list(folder)) {
                return files.sorted().map(Fuzz::read).toList();
            }
        } catch (IOException | java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void mutation(List<byte[]> seeds, long number) {
        SplittableRandom random = new SplittableRandom(number);
        byte[] bytes = seeds.get(random.nextInt(seeds.size())).clone();
        for (int changes = 1 + random.nextInt(6); changes > 0; changes--) {
            bytes = change(bytes, seeds, random);
        }
        one(bytes, number);
    }

    private static byte[] change(byte[] bytes, List<byte[]> seeds, SplittableRandom random) {
        if (bytes.length == 0) {
            return new byte[] {(byte) random.nextInt(256)};
        }
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(8)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt(256);
            case 2 -> {
                byte[] word = WORDS[random.nextInt(WORDS.length)];
                System.arraycopy(word, 0, bytes, at, Math.min(word.length, bytes.length - at));
            }
            case 3 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 4 -> { // take something out
                int length = Math.min(bytes.length - at, 1 + random.nextInt(16));
                byte[] shorter = Arrays.copyOf(bytes, bytes.length - length);
                System.arraycopy(bytes, at + length, shorter, at, bytes.length - at - length);
                return shorter;
            }
            case 5 -> { // put something in
                byte[] word = WORDS[random.nextInt(WORDS.length)];
                byte[] longer = Arrays.copyOf(bytes, bytes.length + word.length);
                System.arraycopy(bytes, at, longer, at + word.length, bytes.length - at);
                System.arraycopy(word, 0, longer, at, word.length);
                return longer;
            }
            case 6 -> { // a piece from elsewhere
                byte[] other = seeds.get(random.nextInt(seeds.size()));
                int from = other.length == 0 ? 0 : random.nextInt(other.length);
                int length = Math.min(Math.min(32, other.length - from), bytes.length - at);
                System.arraycopy(other, from, bytes, at, length);
            }
            default -> bytes[at] += (byte) (random.nextBoolean() ? 1 : -1);
        }
        return bytes;
    }

    private void one(byte[] bytes, long number) {
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long start = threads.getCurrentThreadCpuTime();
        current = number;
        try {
            target.read(bytes.clone());
        } catch (WeightsException e) {
            if (e.getMessage().contains("\n")) {
                failed("a message of several lines: " + e.getMessage(), bytes, number, e);
            }
        } catch (Throwable e) {
            failed(e.toString(), bytes, number, e);
        }
        if (threads.getCurrentThreadAllocatedBytes() - allocated > MAX_BYTES) {
            failed("allocated " + (threads.getCurrentThreadAllocatedBytes() - allocated) + " bytes", bytes, number, null);
        }
        if (threads.getCurrentThreadCpuTime() - start > BoundedRun.MAX_CPU_NANOS) {
            failed("took " + (threads.getCurrentThreadCpuTime() - start) / 1_000_000 + " ms of processor time", bytes, number, null);
        }
    }

    private static void failed(String what, byte[] bytes, long number, Throwable cause) {
        String printed = bytes.length <= MAX_PRINTED_BYTES ? "base64 " + Base64.getEncoder().encodeToString(bytes) : bytes.length + " bytes";
        fail(what + "; input " + number + " (again with -Dfuzz.input=" + number + ") is " + printed, cause);
    }
}
