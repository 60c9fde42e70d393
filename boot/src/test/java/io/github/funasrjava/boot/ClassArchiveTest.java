package io.github.funasrjava.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Short runs of a packed jar, one after the other, with a cache that only they have used. */
class ClassArchiveTest {
    private static final Path HOME = Path.of(System.getProperty("java.home"));

    @TempDir
    Path folder;

    private Path jar;
    private Path recording;

    @BeforeEach
    void packJar() throws IOException {
        jar = folder.resolve("engine.jar");
        PackedJar.pack(jar);
        recording = Files.write(folder.resolve("short.wav"), new byte[44]);
        assumeTrue(!ShortRun.flags(new String[] {"transcribe", recording.toString()}).isEmpty(), "only with AVX-512 on Linux");
    }

    private PackedJar.Outcome run(String... options) throws Exception {
        String[] args = Stream.of(Stream.of("transcribe"), Stream.of(options), Stream.of(recording.toString())).flatMap(s -> s).toArray(String[]::new);
        PackedJar.Outcome outcome = PackedJar.finish(PackedJar.start(jar, HOME, List.of(), folder.resolve("cache"), args));
        assertEquals("", outcome.error());
        assertEquals(1, outcome.output().lines().count(), outcome.output());
        return outcome;
    }

    private String wellRun(String... options) throws Exception {
        PackedJar.Outcome outcome = run(options);
        assertEquals(0, outcome.exitCode());
        assertTrue(outcome.output().contains("TieredStopAtLevel"), outcome.output());
        return outcome.output();
    }

    private List<Path> archives() throws IOException {
        Path classes = folder.resolve("cache/fun-asr-java/classes");
        try (Stream<Path> files = Files.list(classes)) {
            return files.filter(file -> file.toString().endsWith(".jsa")).toList();
        }
    }

    private Path made() throws Exception {
        wellRun();
        wellRun();
        List<Path> archives = archives();
        assertEquals(1, archives.size());
        return archives.getFirst();
    }

    @Test
    void thirdRunTakesItsClassesFromTheArchiveThatTheSecondHasMade() throws Exception {
        assertFalse(wellRun().contains("SharedArchiveFile"));
        assertEquals(List.of(), archives());
        assertFalse(wellRun().contains("SharedArchiveFile"));
        assertEquals(1, archives().size());
        assertTrue(wellRun().contains("archive mapped"));
        try (Stream<Path> files = Files.list(folder.resolve("cache/fun-asr-java/classes"))) {
            assertEquals(List.of("jsa", "making", "run"), files.map(f -> f.toString().replaceAll(".*\\.", "")).sorted().toList());
        }
    }

    @Test
    void damagedArchiveChangesNothing() throws Exception {
        Path archive = made();
        byte[] bytes = Files.readAllBytes(archive);
        for (int cut : new int[] {bytes.length, bytes.length / 2, 100, 0}) {
            byte[] damaged = Arrays.copyOf(bytes, cut);
            for (int at = 20_000; at < cut; at++) {
                damaged[at] ^= 0x55;
            }
            Files.delete(archive);
            Files.write(archive, damaged);
            // A JVM that believed it would end by a signal.
            wellRun();
        }
    }

    @Test
    void anotherJarInTheSamePlaceGetsAnArchiveOfItsOwn() throws Exception {
        Path first = made();
        Files.setLastModifiedTime(jar, FileTime.fromMillis(Files.getLastModifiedTime(jar).toMillis() - 60_000));
        assertFalse(wellRun().contains("SharedArchiveFile"));
        Path second = made();
        assertFalse(Files.exists(first));
        assertTrue(Files.exists(second));
        assertTrue(wellRun().contains("archive mapped"));
    }

    @Test
    void whatOthersMayWriteIsNotUsed() throws Exception {
        Path archive = made();
        Files.setPosixFilePermissions(archive, PosixFilePermissions.fromString("rw-rw-r--"));
        assertFalse(wellRun().contains("SharedArchiveFile"));
        Files.setPosixFilePermissions(archive, PosixFilePermissions.fromString("rw-r--r--"));
        assertTrue(wellRun().contains("archive mapped"));
        Files.setPosixFilePermissions(archive.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertFalse(wellRun().contains("SharedArchiveFile"));
    }

    @Test
    void attemptThatFailedIsRepeatedAfterADay() throws Exception {
        wellRun();
        Path state;
        try (Stream<Path> files = Files.list(folder.resolve("cache/fun-asr-java/classes"))) {
            state = files.findFirst().orElseThrow();
        }
        Path attempt = Files.createFile(Path.of(state.toString().replace(".run", ".making")));
        wellRun();
        assertEquals(List.of(), archives());
        Files.setLastModifiedTime(attempt, FileTime.fromMillis(System.currentTimeMillis() - TimeUnit.HOURS.toMillis(25)));
        wellRun();
        assertEquals(1, archives().size());
    }

    @Test
    void runThatFailedOrGaveUpIsNotCounted() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertEquals(3, run("--fail").exitCode());
            assertEquals(0, run("--odd").exitCode());
        }
        assertFalse(Files.exists(folder.resolve("cache")));
    }

    @Test
    void cacheWhoseNameTheLocaleCannotWriteHasNone() {
        assertNull(ClassArchive.of(Jdk.at(HOME.toFile()), jar.toFile(), new File("/\ud800")));
        assertNull(ClassArchive.of(Jdk.at(HOME.toFile()), jar.toFile(), new File("relative")));
        assertNull(ClassArchive.of(Jdk.at(HOME.toFile()), folder.resolve("none.jar").toFile(), folder.toFile()));
    }

    @Test
    void whereNoCacheCanBeNothingIsMadeOrSaid() throws Exception {
        Files.createFile(folder.resolve("cache"));
        for (int i = 0; i < 3; i++) {
            assertFalse(wellRun().contains("SharedArchiveFile"));
        }
    }
}
