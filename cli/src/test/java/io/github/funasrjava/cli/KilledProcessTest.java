package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left on the disk by a process that is killed, and by one whose disk is full. */
class KilledProcessTest {
    private static final Path M4A = EngineJar.ROOT.resolve("audio/src/test/resources/encoded/aac-faststart-16k.m4a");
    private static final int POLL_MS = 20;
    private static final int POLLS = 3000;

    @TempDir
    Path folder;

    private Path temporary;
    private Path out;

    @BeforeEach
    void begin() throws IOException {
        assumeTrue(File.separatorChar == '/', "needs /proc, kill and ulimit");
        temporary = Files.createDirectories(folder.resolve("tmp"));
        out = Files.createDirectories(folder.resolve("out"));
    }

    @Test
    void row65NothingIsLeftOfAKilledProcess() throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "no /proc");
        Process process = new ProcessBuilder(command("--output", out.toString(), "-")).redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile()).start();
        try {
            // An MP4 from a pipe is spooled; this one never ends.
            process.getOutputStream().write(Files.readAllBytes(mp4()));
            process.getOutputStream().flush();
            boolean spooled = false;
            for (int i = 0; i < POLLS && process.isAlive() && !spooled; i++) {
                Thread.sleep(POLL_MS);
                // It has a name for the moment between its creation and its removal, and none while it is used.
                List<String> spools = openFiles(process.pid()).stream().filter(name -> name.startsWith(temporary.toString())).toList();
                spooled = !spools.isEmpty() && spools.stream().allMatch(name -> name.endsWith(" (deleted)"));
            }
            assertTrue(spooled, Files.readString(folder.resolve("said")));
        } finally {
            process.destroyForcibly();
        }
        assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        assertEquals(List.of(), names(temporary));
        assertEquals(List.of(), names(out));

        // Between writing and renaming a result there is no time to kill it in a test; this is what that would leave.
        Path old = Files.writeString(out.resolve(".fun-asr-" + process.pid() + "-1.tmp"), "half");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(120)));
        Path young = Files.writeString(out.resolve(".fun-asr-" + process.pid() + "-2.tmp"), "perhaps of another machine");
        Path alive = Files.writeString(out.resolve(".fun-asr-" + ProcessHandle.current().pid() + "-3.tmp"), "being written");
        Files.setLastModifiedTime(alive, FileTime.from(Instant.now().minusSeconds(120)));
        World world = new World(folder.resolve("cache"));
        // One file's leftovers lie beside it; what is below may be somebody's whole home and is not searched.
        assertEquals(ExitCode.OK, world.run("transcribe", "--quiet", "--model", "demo", "--output", folder.resolve("one.txt").toString(),
                EngineJar.ENGLISH.toString()), world.err());
        assertTrue(Files.exists(old));
        assertEquals(ExitCode.OK, world.run("transcribe", "--quiet", "--model", "demo", "--output", out.toString(), EngineJar.ENGLISH.toString()),
                world.err());
        assertFalse(Files.exists(old));
        assertTrue(Files.exists(young) && Files.exists(alive));
    }

    /** A limit on the size of files stands for the full disk: the system refuses the write in the same place. */
    @Test
    void row66FullDiskKeepsTheOldSubtitles() throws Exception {
        Path old = Files.writeString(out.resolve("en_20.srt"), "old subtitles");
        List<String> shell = new ArrayList<>(List.of("/bin/sh", "-c", "ulimit -f 0; exec \"$@\"", "sh"));
        shell.addAll(command("--format", "srt", "--output", out.toString(), EngineJar.ENGLISH.toString()));
        Process process = new ProcessBuilder(shell).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(ExitCode.OUTPUT.number(), process.waitFor(), said);
        assertTrue(said.contains("could not be written to " + old), said);
        assertEquals("old subtitles", Files.readString(old));
        assertEquals(List.of("en_20.srt"), names(out));
    }

    private List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m",
                "-XX:-UsePerfData", "-Djava.io.tmpdir=" + temporary, "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                "io.github.funasrjava.cli.Main", "transcribe", "--quiet", "--model", "demo"));
        command.addAll(List.of(arguments));
        return command;
    }

    private static Path mp4() {
        assumeTrue(Files.exists(M4A), "no M4A among the recordings of the audio tests");
        return M4A;
    }

    private static List<String> openFiles(long pid) throws IOException {
        List<String> names = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            for (Path file : files.toList()) {
                try {
                    names.add(Files.readSymbolicLink(file).toString());
                } catch (IOException e) {
                    // Closed meanwhile.
                }
            }
        }
        return names;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
