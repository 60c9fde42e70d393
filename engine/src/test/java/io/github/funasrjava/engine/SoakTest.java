package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Row 77 for the engine: several callers at once for a long time. The text stays the same, resident memory stays within 5 % of
 * what it was after a quarter of the time, and no file stays open. {@code -Dsoak.minutes} sets the length, 30 by default.
 */
@Tag("long")
class SoakTest {
    private static final long MINUTES = Long.getLong("soak.minutes", 30);
    private static final int CALLERS = 3;

    @TempDir
    Path cache;

    @Test
    void row77KeepsTextMemoryAndHandlesWhileCallersComeAndGo() throws Exception {
        assumeTrue(Files.isReadable(Path.of("/proc/self/statm")), "the system does not tell resident memory");
        List<DemoRecordings.One> recordings = DemoRecordings.all();
        long begin = System.nanoTime();
        long end = begin + MINUTES * 60_000_000_000L;
        AtomicLong done = new AtomicLong();
        List<Long> kilobytes = new ArrayList<>();
        List<Long> handles = new ArrayList<>();
        try (Transcriber transcriber = DemoRecordings.open(cache); ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
            List<Future<Void>> running = new ArrayList<>();
            for (int caller = 0; caller < CALLERS; caller++) {
                int first = caller;
                running.add(callers.submit((Callable<Void>) () -> {
                    for (int i = first; System.nanoTime() < end; i++) {
                        DemoRecordings.One recording = recordings.get(i % recordings.size());
                        Transcript transcript = transcriber.transcribe(recording.samples(), TranscribeOptions.DEFAULT);
                        assertEquals(recording.text(), transcript.text(), recording.name());
                        done.incrementAndGet();
                    }
                    return null;
                }));
            }
            while (System.nanoTime() < end) {
                Thread.sleep(2000);
                if (System.nanoTime() - begin > (end - begin) / 4) {
                    kilobytes.add(residentKilobytes());
                    handles.add(openFiles());
                }
            }
            for (Future<Void> caller : running) {
                caller.get();
            }
        }
        long firstPart = median(kilobytes.subList(0, kilobytes.size() / 3));
        long lastPart = median(kilobytes.subList(kilobytes.size() * 2 / 3, kilobytes.size()));
        System.out.println("soak: " + MINUTES + " minutes, " + done + " transcripts, resident " + firstPart + " kB, then " + lastPart
                + " kB; open files " + handles.getFirst() + ", then " + handles.getLast());
        assertTrue(done.get() > recordings.size(), done + " transcripts");
        assertTrue(lastPart <= firstPart * 1.05, "resident memory grew from " + firstPart + " to " + lastPart + " kB");
        assertTrue(handles.getLast() <= handles.getFirst() + 2, "open files grew from " + handles.getFirst() + " to " + handles.getLast());
    }

    private static long median(List<Long> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static long residentKilobytes() throws IOException {
        String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ");
        return Long.parseLong(pages[1]) * 4;
    }

    private static long openFiles() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
