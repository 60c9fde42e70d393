package io.github.funasrjava.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows 23, 44 and 45 of the reliability cases: what can go wrong around a conversion. */
class ConversionFaultsTest {
    @TempDir
    Path folder;

    // Row 44

    @Test
    void readOnlyModelFolderIsConvertedIntoTheCache() throws IOException {
        Path source = new TinyModel(1).write(folder.resolve("model"));
        assumePermissionsCount();
        Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("r-xr-xr-x"));
        try (ModelWeights weights = ModelDirectory.open(source, cache("cache"))) {
            assertTrue(weights.ctcAvailable());
        } finally {
            Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    @Test
    void readOnlyCacheIsASentenceThatSaysWhatToDo() throws IOException {
        Path source = new TinyModel(2).write(folder.resolve("model"));
        Path cache = Files.createFile(folder.resolve("cache")); // a file where a folder must be, which stops root as well
        Refusals.refused(Kind.IO, () -> ModelDirectory.open(source, OpenOptions.defaults().withCacheDir(cache)), "Cannot write");
        assumePermissionsCount();
        Path locked = Files.createDirectory(folder.resolve("locked"));
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-xr-xr-x"));
        Refusals.refused(Kind.IO, () -> ModelDirectory.open(source, OpenOptions.defaults().withCacheDir(locked)), "No permission to write", "XDG_CACHE_HOME");
    }

    @Test
    void fullDiskIsASentenceAndLeavesNothing() throws IOException, InterruptedException {
        Path source = new TinyModel(3).write(folder.resolve("model"));
        // A limit on the size of written files stands for the full disk: the write fails in the middle.
        String script = "ulimit -f 40; exec \"$@\"";
        Outcome outcome = child(List.of("bash", "-c", script, "sh"), "convert", source.toString(), folder.resolve("out").toString());
        assertTrue(outcome.lines.getLast().startsWith("IO Cannot write ") , outcome.toString());
        assertFalse(Files.exists(folder.resolve("out")));
        assertEquals(List.of(), leftovers());
        Outcome again = child(List.of(), "convert", source.toString(), folder.resolve("out").toString());
        assertEquals("done", again.lines.getLast(), again.toString());
    }

    @Test
    void killedConversionLeavesNoHalfModelAndTheNextOneSweeps() throws IOException, InterruptedException {
        Path source = new TinyModel(4).write(folder.resolve("model"));
        Path cache = folder.resolve("cache");
        Outcome outcome = child(List.of(), "die", source.toString(), cache.toString());
        assertEquals(137, outcome.exit, outcome.toString());
        try (Stream<Path> files = Files.list(cache)) {
            List<Path> visible = files.filter(p -> !p.getFileName().toString().startsWith(".")).toList();
            assertEquals(List.of(), visible, "no half model under a name that anybody opens");
        }
        assertEquals(1, leftovers().size(), "the killed process had begun");
        try (ModelWeights weights = ModelDirectory.open(source, cache("cache"))) {
            assertTrue(Verification.of(weights, ProgressListener.SILENT).ok());
        }
        assertEquals(List.of(), leftovers());
    }

    @Test
    void refusesToWriteOverAnything() throws IOException {
        Path source = new TinyModel(5).write(folder.resolve("model"));
        Refusals.refused(Kind.IO, () -> Converter.convert(source, source, ConvertOptions.defaults()), "is there already");
        Path file = Files.createFile(folder.resolve("file"));
        Refusals.refused(Kind.IO, () -> Converter.convert(source, file, ConvertOptions.defaults()), "is there already");
        Files.createDirectory(folder.resolve("out")); // an empty folder may be filled
        Converter.convert(source, folder.resolve("out"), ConvertOptions.defaults());
        assertFalse(Files.exists(folder.resolve(".out.lock")));
        Refusals.refused(Kind.IO, () -> Converter.convert(source, folder.resolve("out"), ConvertOptions.defaults()), "is there already");
        Refusals.refused(Kind.IO, () -> Exporter.export(folder.resolve("out"), file, ProgressListener.SILENT), "is there already");
        Refusals.refused(Kind.IO, () -> Exporter.export(folder.resolve("out"), folder.resolve("no/such/file"), ProgressListener.SILENT), "Cannot write");
    }

    // Row 45

    @Test
    void threadsThatConvertAtOnceShareOneConversion() throws Exception {
        Path source = new TinyModel(6).write(folder.resolve("model"));
        List<String> heard = Collections.synchronizedList(new ArrayList<>());
        OpenOptions options = cache("cache").withListener(new ProgressListener() {
            @Override
            public void message(String sentence) {
                heard.add(sentence);
            }
        });
        List<Callable<Boolean>> tasks = Collections.nCopies(6, () -> {
            try (ModelWeights weights = ModelDirectory.open(source, options)) {
                return weights.ctcAvailable();
            }
        });
        try (ExecutorService pool = Executors.newFixedThreadPool(6)) {
            for (Future<Boolean> result : pool.invokeAll(tasks)) {
                assertTrue(result.get());
            }
        }
        assertEquals(1, heard.stream().filter(s -> s.startsWith("Converted ")).count(), heard.toString());
    }

    @Test
    void twoProcessesThatConvertAtOnceShareOneConversion() throws Exception {
        Path source = new TinyModel(7).write(folder.resolve("model"));
        String cache = folder.resolve("cache").toString();
        Callable<Outcome> open = () -> child(List.of(), "open", source.toString(), cache);
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            List<Future<Outcome>> both = pool.invokeAll(List.of(open, open));
            int conversions = 0;
            for (Future<Outcome> outcome : both) {
                assertEquals("done", outcome.get().lines.getLast(), outcome.get().toString());
                conversions += (int) outcome.get().lines.stream().filter(s -> s.startsWith("Converted ")).count();
            }
            assertEquals(1, conversions, "one wins, the other waits or finds it done");
        }
    }

    @Test
    void givesUpWaitingWithASentence() throws IOException {
        Path source = new TinyModel(8).write(folder.resolve("model"));
        Path target = folder.resolve("out");
        List<String> heard = new ArrayList<>();
        ProgressListener listener = new ProgressListener() {
            @Override
            public void message(String sentence) {
                heard.add(sentence);
            }
        };
        try (ConversionLock _ = ConversionLock.acquire(folder.resolve(".out.lock"), "it", Duration.ofSeconds(1), ProgressListener.SILENT)) {
            Refusals.refused(Kind.LOCKED, () -> Converter.convert(source, target,
                    ConvertOptions.defaults().withLockTimeout(Duration.ofMillis(200)).withListener(listener)), "Another process has been converting");
        }
        assertEquals(1, heard.size());
        assertTrue(heard.getFirst().contains("waiting for it"));
        Converter.convert(source, target, ConvertOptions.defaults());
    }

    /** A conversion that failed takes its lock file away, and whoever had waited at that file locks one that nobody else sees. */
    @Test
    void whoeverWaitedAtALockFileThatWasRemovedExcludesWhoComesLater() throws Exception {
        Path file = folder.resolve(".out.lock");
        ConversionLock first = ConversionLock.acquire(file, "it", Duration.ofSeconds(1), ProgressListener.SILENT);
        CountDownLatch waiting = new CountDownLatch(1);
        ProgressListener told = new ProgressListener() {
            @Override
            public void message(String sentence) {
                waiting.countDown();
            }
        };
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            Future<ConversionLock> second = thread.submit(() -> ConversionLock.acquire(file, "it", Duration.ofSeconds(60), told));
            assertTrue(waiting.await(60, TimeUnit.SECONDS));
            Files.delete(file);
            first.close();
            try (ConversionLock _ = second.get()) {
                assertTrue(Files.exists(file));
                Refusals.refused(Kind.LOCKED, () -> ConversionLock.acquire(file, "it", Duration.ofMillis(200), ProgressListener.SILENT).close(),
                        "Another process has been converting");
            }
        }
    }

    /** The system gives up all locks of a process on a file as soon as any thread of it closes a channel on the file. */
    @Test
    void threadThatGivesUpWaitingLeavesTheLockOfItsProcessAlone() throws Exception {
        Path file = folder.resolve(".out.lock");
        try (ConversionLock _ = ConversionLock.acquire(file, "it", Duration.ofSeconds(1), ProgressListener.SILENT)) {
            Path linked = Files.createSymbolicLink(folder.resolve("link"), folder).resolve(".out.lock");
            for (Path name : List.of(file, linked)) {
                Refusals.refused(Kind.LOCKED, () -> ConversionLock.acquire(name, "it", Duration.ofMillis(100), ProgressListener.SILENT).close(),
                        "Another process has been converting");
            }
            List<String> lines = child(List.of(), "lock", file.toString(), "it").lines();
            assertTrue(lines.getLast().startsWith("LOCKED "), lines.toString());
        }
        assertEquals(List.of("done"), child(List.of(), "lock", file.toString(), "it").lines());
    }

    @Test
    void folderWhoseNameTheLocaleCannotWriteIsConvertedInto() throws Exception {
        Path source = new TinyModel(12).write(folder.resolve("model"));
        Path current = Files.createDirectory(folder.resolve("模型"));
        // The child's own arguments are ASCII: it makes the path from bytes.
        assertEquals("done", child(List.of("env", "LC_ALL=C"), "convert-bytes", source.toString(), current.toUri().getRawPath()).lines().getLast());
        assertTrue(ModelDirectory.isConverted(current));
        assertEquals(List.of(), leftovers());
        assertFalse(Files.exists(folder.resolve(".模型.lock")));
    }

    @Test
    void interruptCancelsAndCleansUp() throws Exception {
        Path source = new TinyModel(9).write(folder.resolve("model"));
        Thread.currentThread().interrupt();
        Refusals.refused(Kind.CANCELLED, () -> {
            try {
                Converter.convert(source, folder.resolve("out"), ConvertOptions.defaults());
            } finally {
                assertTrue(Thread.interrupted(), "the interrupt is kept");
            }
        }, "cancelled");
        assertEquals(List.of(), leftovers());
    }

    // Row 23

    @Test
    void checkpointThatIsCutWhileItIsReadIsNoCrash() throws IOException {
        Path source = new TinyModel(10).write(folder.resolve("model"));
        Path file = source.resolve("model.pt");
        ProgressListener cutter = new ProgressListener() {
            @Override
            public void message(String sentence) {
                if (sentence.startsWith("Converting ")) {
                    try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
                        cut.setLength(10);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }
            }
        };
        Refusals.refused(Kind.CHANGED, () -> Converter.convert(
                source, folder.resolve("out"), ConvertOptions.defaults().withListener(cutter)), "while it was being read");
        assertFalse(Files.exists(folder.resolve("out")));
        assertEquals(List.of(), leftovers());
    }

    @Test
    void modelThatIsCutWhileItIsExportedOrVerifiedIsNoCrash() throws IOException {
        Path model = folder.resolve("out");
        Converter.convert(new TinyModel(12).write(folder.resolve("model")), model, ConvertOptions.defaults());
        Path file = model.resolve("model.safetensors");
        byte[] whole = Files.readAllBytes(file);
        ProgressListener cutter = new ProgressListener() {
            @Override
            public void progress(Progress progress) {
                try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
                    cut.setLength(10);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        };
        Refusals.refused(Kind.CHANGED, () -> Exporter.export(model, folder.resolve("rows"), cutter), "while it was being read");
        assertFalse(Files.exists(folder.resolve("rows")));
        Files.write(file, whole);
        Refusals.refused(Kind.CHANGED, () -> {
            try (ModelWeights weights = ModelDirectory.open(model, OpenOptions.defaults())) {
                Verification.of(weights, cutter);
            }
        }, "while it was being read");
    }

    @Test
    void convertedModelNoticesThatItsFileWasCut() throws IOException {
        Path source = new TinyModel(11).write(folder.resolve("model"));
        Path target = folder.resolve("out");
        Converter.convert(source, target, ConvertOptions.defaults());
        try (ModelWeights weights = ModelDirectory.open(target, OpenOptions.defaults())) {
            assertTrue(weights.unchanged());
            try (RandomAccessFile file = new RandomAccessFile(target.resolve("model.safetensors").toFile(), "rw")) {
                file.setLength(file.length() - 1);
            }
            assertFalse(weights.unchanged());
        }
    }

    private OpenOptions cache(String name) {
        return OpenOptions.defaults().withCacheDir(folder.resolve(name));
    }

    private List<Path> leftovers() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(p -> p.getFileName().toString().contains(".tmp-") && Files.isDirectory(p)).toList();
        }
    }

    private static void assumePermissionsCount() {
        Assumptions.assumeFalse("root".equals(System.getProperty("user.name")), "root may write anywhere");
    }

    private record Outcome(int exit, List<String> lines) {}

    private static Outcome child(List<String> before, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "-cp", System.getProperty("java.class.path"), ConversionChild.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> lines = process.inputReader().lines().toList();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        return new Outcome(process.exitValue(), lines);
    }
}
