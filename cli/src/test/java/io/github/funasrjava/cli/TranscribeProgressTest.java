package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.CancelledException;
import io.github.funasrjava.engine.EngineOptions;
import io.github.funasrjava.engine.Limits;
import io.github.funasrjava.engine.TranscribeOptions;
import io.github.funasrjava.engine.Transcriber;
import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.engine.subtitle.SubtitleLimits;
import io.github.funasrjava.audio.RawFormat;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person sees while it runs, and what is left when it is stopped. */
class TranscribeProgressTest {
    private static final int HEADER_BYTES = 44;
    /** 12 s of 16 kHz, 16 bit. */
    private static final int PAUSE_BYTES = 12 * 2 * 16_000;

    @TempDir
    Path folder;

    @Test
    void lineHasElapsedRemainingRtfAndText() {
        assertEquals("[#####...............] 1:15 of 5:00, 0:15 elapsed, 0:45 left, RTF 0.200  今天",
                TranscribeProgress.describe(75, OptionalDouble.of(300), 15, 15, "今天"));
        assertEquals("1:01:15, 0:15 elapsed, RTF 0.004", TranscribeProgress.describe(3675, OptionalDouble.empty(), 15, 15, ""));
        assertEquals("[....................] 0:00 of 5:00, 0:01 elapsed", TranscribeProgress.describe(0, OptionalDouble.of(300), 0, 1, ""));
    }

    @Test
    void lineFitsTheTerminal() {
        World world = new World(folder);
        world.environment.put("COLUMNS", "20");
        Console console = new Console(new ByteArrayInputStream(new byte[0]), world.out, new PrintStream(world.err, true, StandardCharsets.UTF_8),
                world.environment, true);
        try (ProgressBar bar = new ProgressBar(console)) {
            bar.draw("abc\ndef " + "汉".repeat(50));
            assertEquals("\r\u001b[Kabc def " + "汉".repeat(5), world.err());
        }
    }

    @Test
    void quietDrawsNothingOnATerminal() {
        World world = new World(folder);
        Console console = new Console(new ByteArrayInputStream(new byte[0]), world.out, new PrintStream(world.err, true, StandardCharsets.UTF_8),
                world.environment, true);
        assertEquals(ExitCode.OK, new Program(console).run(List.of("transcribe", "--model", "demo", "--quiet", EngineJar.ENGLISH.toString())));
        assertEquals("", world.err());
    }

    @Test
    void interruptedRecordingKeepsWhatIsFinished() throws IOException {
        byte[] wav = Files.readAllBytes(EngineJar.ENGLISH);
        ByteBuffer raw = ByteBuffer.allocate(3 * (wav.length - HEADER_BYTES + PAUSE_BYTES));
        for (int repeat = 0; repeat < 3; repeat++) {
            raw.put(new byte[PAUSE_BYTES]).put(wav, HEADER_BYTES, wav.length - HEADER_BYTES);
        }
        Path file = Files.write(folder.resolve("long.raw"), raw.array());
        Recording recording = new Recording("long.raw", "long.raw", "", "long", new Recording.Source.File(file));
        Path out = folder.resolve("out.txt");
        ResultTarget target = new ResultTarget.SingleFile(out, OutputFormat.TEXT, SubtitleLimits.DEFAULT);
        World world = new World(folder.resolve("cache"));
        ProgressBar bar = ProgressBar.hidden(world.console());
        EngineOptions options = EngineOptions.DEFAULT.withLimits(Limits.DEFAULT.withBatchSize(1))
                .withAudio(AudioOptions.DEFAULT.withRaw(RawFormat.parse("s16le@16000")));
        try (Transcriber transcriber = Transcriber.open(DemoModel.source(), options)) {
            AtomicInteger asked = new AtomicInteger();
            new TranscribeRun(transcriber, TranscribeOptions.DEFAULT, 1, target, world.console(), bar, true, () -> asked.incrementAndGet() < 0)
                    .one(recording, false);
            int whole = asked.getAndSet(0);
            String all = Files.readString(out);
            Files.delete(out);
            // The engine asks at the same places again; this stops it in the last segment.
            TranscribeRun interrupted = new TranscribeRun(transcriber, TranscribeOptions.DEFAULT, 1, target, world.console(), bar, true,
                    () -> asked.incrementAndGet() >= whole);
            CancelledException e = assertThrows(CancelledException.class, () -> interrupted.one(recording, false));
            assertEquals(ExitCode.INTERRUPTED, ExitCode.of(e));
            String kept = Files.readString(folder.resolve("out.partial.txt")).strip();
            assertFalse(Files.exists(out), "--resume must not take it for the whole");
            assertTrue(!kept.isEmpty() && all.startsWith(kept) && kept.length() < all.strip().length(), kept + " of " + all);
            asked.set(0);
            Path json = folder.resolve("out.json");
            TranscribeRun inJson = new TranscribeRun(transcriber, TranscribeOptions.DEFAULT, 1,
                    new ResultTarget.SingleFile(json, OutputFormat.JSON, SubtitleLimits.DEFAULT), world.console(), bar, true,
                    () -> asked.incrementAndGet() >= whole);
            assertThrows(CancelledException.class, () -> inJson.one(recording, false));
            Map<?, ?> partial = (Map<?, ?>) JsonTree.parse(Files.readAllBytes(folder.resolve("out.partial.json")));
            assertEquals(kept, partial.get("text"));
            assertTrue(((Number) partial.get("realTimeFactor")).doubleValue() > 0, partial.toString());
            List<ListEntry> list = List.of(new ListEntry.Found(recording));
            assertThrows(CancelledException.class, () -> interrupted.all(list, false));
        }
        assertFalse(Arrays.stream(folder.toFile().list()).anyMatch(name -> name.endsWith(".tmp")));
    }
}
