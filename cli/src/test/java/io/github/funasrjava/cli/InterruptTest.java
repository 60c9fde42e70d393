package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C in a real process: a list of a file and of standard input, which never comes. */
class InterruptTest {
    private static final int POLL_MS = 50;
    private static final int POLLS = 6000;

    /** Longer than what counts as one press. */
    private static final int BETWEEN_PRESSES_MS = 1000;

    @TempDir
    Path folder;

    private Process process;
    private Path result;

    @BeforeEach
    void begin() throws Exception {
        assumeTrue(File.separatorChar == '/', "signals are sent with kill");
        assumeFalse(interruptIsIgnored(), "SIGINT is ignored by whoever started this build");
        result = folder.resolve("out/en_20.txt");
        ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), "io.github.funasrjava.cli.Main",
                "transcribe", "--quiet", "--model", "demo", "--output", folder.resolve("out").toString(), EngineJar.ENGLISH.toString(), "-");
        builder.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        builder.redirectErrorStream(true).redirectOutput(folder.resolve("said").toFile());
        process = builder.start();
        for (int i = 0; i < POLLS && process.isAlive() && !Files.exists(result); i++) {
            Thread.sleep(POLL_MS);
        }
        assertTrue(Files.exists(result), said());
    }

    @Test
    void firstInterruptLeavesWhatIsFinishedAndGives130() throws Exception {
        interrupt();
        Thread.sleep(2 * BETWEEN_PRESSES_MS);
        assertTrue(process.isAlive(), said());
        // The program that feeds the pipe ends with the same Ctrl-C.
        process.getOutputStream().close();
        assertTrue(process.waitFor(10, TimeUnit.MINUTES));
        assertEquals(ExitCode.INTERRUPTED.number(), process.exitValue(), said());
        assertEquals("Set a timer for 47 minutes.\n", Files.readString(result));
        assertTrue(said().contains("1 of 2 recordings are done"), said());
    }

    @Test
    void secondInterruptLeavesAtOnce() throws Exception {
        interrupt();
        // On a busy machine the process may see both at the same moment, which counts as one press.
        for (int i = 0; i < 10 && !process.waitFor(BETWEEN_PRESSES_MS, TimeUnit.MILLISECONDS); i++) {
            interrupt();
        }
        assertTrue(process.waitFor(1, TimeUnit.MINUTES), "it waits for standard input");
        assertEquals(ExitCode.INTERRUPTED.number(), process.exitValue(), said());
        assertFalse(said().contains("recordings are done"), said());
    }

    private void interrupt() throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder(List.of("kill", "-INT", Long.toString(process.pid()))).start().waitFor());
    }

    private String said() throws IOException {
        return Files.readString(folder.resolve("said"), StandardCharsets.UTF_8);
    }

    @AfterEach
    void end() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    /** A build in the background of a shell ignores SIGINT, and so does every process that it starts. */
    static boolean interruptIsIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return false;
        }
        return Files.readAllLines(status).stream().filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }
}
