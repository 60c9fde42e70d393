package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.funasrjava.cli.EngineJar.Outcome;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One spoken sentence after the other, from a minute to three hours, through the packed jar. */
@Tag("long")
class LongRecordingIT {
    private static final String SENTENCE = "Set a timer for 47 minutes.";
    private static final int HEADER_BYTES = 44;
    private static final int BYTES_PER_SECOND = 32_000;
    /** Longer than any silence inside a segment. */
    private static final int PAUSE_BYTES = 2 * BYTES_PER_SECOND;
    private static final int MINUTE = 60;
    private static final int HOUR = 60 * MINUTE;
    private static final int POLL_MS = 50;
    private static final long MOST_EXTRA_KB = 300 * 1024;

    @TempDir
    Path folder;

    private record Run(String text, int sentences, long peakKb) {}

    @Test
    void everySentenceIsThereFromAMinuteToThreeHoursInBoundedMemory() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "peak memory is read from Linux's /proc");
        Run minute = transcribe(MINUTE);
        for (int seconds : new int[] {10 * MINUTE, HOUR, 3 * HOUR}) {
            Run run = transcribe(seconds);
            System.out.printf("%d s: %d sentences, peak %d kB; 60 s: %d kB%n", seconds, run.sentences, run.peakKb, minute.peakKb);
            assertEquals(sentences(run.sentences), run.text, seconds + " s");
            assertTrue(run.peakKb <= minute.peakKb + MOST_EXTRA_KB, run.peakKb + " kB for " + seconds + " s, " + minute.peakKb + " kB for a minute");
        }
        assertEquals(sentences(minute.sentences), minute.text);
    }

    private static String sentences(int count) {
        return String.join(" ", Collections.nCopies(count, SENTENCE)) + "\n";
    }

    private Run transcribe(int seconds) throws IOException, InterruptedException {
        Path wav = folder.resolve("long.wav");
        int sentences = write(wav, seconds);
        Process process = EngineJar.start(Path.of(System.getProperty("java.home")), List.of(), builder -> {},
                "transcribe", "--quiet", "--model", "demo", wav.toString());
        AtomicLong peakKb = new AtomicLong();
        Thread watch = Thread.ofPlatform().start(() -> watch(process, peakKb));
        Outcome outcome = EngineJar.finish(process);
        watch.join();
        assertEquals(0, outcome.exitCode(), outcome.err());
        return new Run(outcome.out(), sentences, peakKb.get());
    }

    /** The largest peak of the process or of one that it became. */
    private static void watch(Process process, AtomicLong peakKb) {
        while (process.isAlive()) {
            Stream.concat(Stream.of(process.toHandle()), process.descendants())
                    .map(handle -> residentPeakKb(handle.pid()))
                    .flatMapToLong(OptionalLong::stream)
                    .forEach(kb -> peakKb.accumulateAndGet(kb, Math::max));
            try {
                Thread.sleep(POLL_MS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Absent when the process has just ended. */
    private static OptionalLong residentPeakKb(long pid) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst();
        } catch (IOException | UncheckedIOException e) {
            return OptionalLong.empty();
        }
    }

    /** Writes as many sentences as fit, each with a pause after it, and returns how many. */
    private static int write(Path wav, int seconds) throws IOException {
        byte[] recording = Files.readAllBytes(EngineJar.ENGLISH);
        byte[] sentence = Arrays.copyOfRange(recording, HEADER_BYTES, recording.length + PAUSE_BYTES);
        int count = (int) ((long) seconds * BYTES_PER_SECOND / sentence.length);
        int bytes = count * sentence.length;
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(HEADER_BYTES - 8 + bytes)
                .put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16).putShort((short) 1).putShort((short) 1)
                .putInt(BYTES_PER_SECOND / 2).putInt(BYTES_PER_SECOND).putShort((short) 2).putShort((short) 16)
                .put("data".getBytes(StandardCharsets.US_ASCII)).putInt(bytes);
        try (OutputStream out = Files.newOutputStream(wav)) {
            out.write(header.array());
            for (int i = 0; i < count; i++) {
                out.write(sentence);
            }
        }
        return count;
    }
}
