package io.github.funasrjava.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts real JVMs with a jar that is packed like engine.jar. */
class BootTest {
    private static final Path CURRENT_HOME = Path.of(System.getProperty("java.home"));
    private static final Duration PATIENCE = Duration.ofSeconds(300);

    @TempDir
    static Path folder;

    private static Path jar;

    @BeforeAll
    static void packJar() throws IOException {
        // Blanks and a non-ASCII letter, as in many a user's home.
        jar = Files.createDirectories(folder.resolve(oddName())).resolve("engine.jar");
        PackedJar.pack(jar);
    }

    /** Where the locale has no letters beyond ASCII, this JVM can neither name such a folder nor hand on such an argument. */
    private static String oddName() {
        try {
            return Path.of("a b ü").toString();
        } catch (InvalidPathException e) {
            return "a b";
        }
    }

    /** On this build's own JDK: no second process. */
    @Nested
    class OnCurrentJdk {
        @Test
        void makesVectorApiUsableWithoutFlagsOrWarnings() throws Exception {
            PackedJar.Outcome outcome = run(CURRENT_HOME, List.of(), "lanes");
            assertEquals("", outcome.error());
            assertTrue(outcome.output().matches("lanes=\\d+\\R"), outcome.output());
        }

        @Test
        void startsNoSecondProcess() throws Exception {
            PackedJar.Outcome outcome = run(CURRENT_HOME, List.of("-Xmx100m"), "describe", "x y", "");
            assertFalse(outcome.output().contains(Relay.PARENT_PROPERTY), outcome.output());
            assertTrue(outcome.output().contains("args=[describe, x y, ]"), outcome.output());
        }

        @Test
        void shortRunHasTheQuickCompilerAlone() throws Exception {
            PackedJar.Outcome outcome = runShort(CURRENT_HOME, List.of());
            assertTrue(outcome.output().contains("-XX:TieredStopAtLevel=1"), outcome.output());
        }

        @Test
        void shortRunThatNeedsMoreBeginsAgainInAnOrdinaryJvm() throws Exception {
            PackedJar.Outcome outcome = runShort(CURRENT_HOME, List.of(), "--odd");
            assertEquals(0, outcome.exitCode(), outcome.error());
            assertEquals(1, outcome.output().lines().count(), outcome.output());
            assertFalse(outcome.output().contains("TieredStopAtLevel") || outcome.output().contains(ShortRun.PROPERTY), outcome.output());
        }

        @Test
        void shortRunWithFlagsOfTheUserKeepsItsJvm() throws Exception {
            PackedJar.Outcome outcome = runShort(CURRENT_HOME, List.of("-Xmx100m"));
            assertEquals("flags=[-Xmx100m]", outcome.output().strip());
        }

        @Test
        void restartsItselfWithFlagWhenExportsAreMissing() throws Exception {
            // Started by its class name, the jar's manifest is not read, as on a JVM that refuses the export.
            Process process = new ProcessBuilder(Jdk.launcher(CURRENT_HOME.toFile()).getPath(), "-cp", jar.toString(), Boot.class.getName(), "lanes")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            PackedJar.Outcome outcome = PackedJar.finish(process);
            assertEquals(0, outcome.exitCode());
            assertTrue(outcome.output().matches("lanes=\\d+\\R"), outcome.output());
        }

        @Test
        void exceptionsOfCommandLineStayWhatTheyAre() throws Exception {
            PackedJar.Outcome outcome = run(CURRENT_HOME, List.of(), "throw");
            assertEquals(1, outcome.exitCode());
            assertTrue(outcome.error().contains("java.lang.IllegalStateException: thrown by the command line"), outcome.error());
            assertFalse(outcome.error().contains("InvocationTargetException"), outcome.error());
        }
    }

    /** On an older JVM: the same jar in a second process. */
    @Nested
    class OnOlderJvm {
        private final Path old = olderJvm();

        @Test
        void findsNewJdkAndPassesArgumentsAndFlags() throws Exception {
            PackedJar.Outcome outcome = run(old, List.of("-Xmx123m", "-Dsome.property=a b"), "describe", "x y", "", oddName());
            assertEquals(0, outcome.exitCode(), outcome.error());
            assertEquals("", outcome.error());
            assertTrue(outcome.output().contains("feature=25"), outcome.output());
            assertTrue(outcome.output().contains("args=[describe, x y, , " + oddName() + "]"), outcome.output());
            assertTrue(outcome.output().contains("property=a b"), outcome.output());
            assertTrue(outcome.output().contains("maxMemoryMb=12"), outcome.output());
        }

        @Test
        void handsOnFlagsThatNewerJvmsHaveDropped() throws Exception {
            PackedJar.Outcome outcome = run(old, List.of("-XX:+UseBiasedLocking", "-XX:MaxRAMPercentage=50"), "describe");
            assertEquals(0, outcome.exitCode(), outcome.error());
        }

        @Test
        void makesVectorApiUsableInTheSecondJvm() throws Exception {
            PackedJar.Outcome outcome = run(old, List.of(), "lanes");
            assertEquals("", outcome.error());
            assertTrue(outcome.output().matches("lanes=\\d+\\R"), outcome.output());
        }

        @Test
        void passesStandardInputThrough() throws Exception {
            Process process = start(old, List.of(), "echo");
            try (OutputStream in = process.getOutputStream()) {
                in.write("héllo\n".getBytes(StandardCharsets.UTF_8));
            }
            assertEquals("héllo\n", PackedJar.finish(process).output());
        }

        @Test
        void shortRunHasTheQuickCompilerAlone() throws Exception {
            PackedJar.Outcome outcome = runShort(old, List.of("-Xmx100m"));
            assertTrue(outcome.output().contains("-Xmx100m") && outcome.output().contains("-XX:TieredStopAtLevel=1"), outcome.output());
            PackedJar.Outcome odd = runShort(old, List.of("-Xmx100m"), "--odd");
            assertTrue(odd.output().contains("-Xmx100m") && !odd.output().contains("TieredStopAtLevel"), odd.output());
        }

        @Test
        void returnsExitCode() throws Exception {
            assertEquals(74, run(old, List.of(), "exit", "74").exitCode());
        }

        @Test
        void terminationReachesTheSecondJvmAndItsHooks() throws Exception {
            assertEquals(143, signalled("TERM"));
        }

        @Test
        void interruptReachesTheSecondJvmAndItsHooks() throws Exception {
            assumeFalse(interruptIsIgnored(), "SIGINT is ignored by whoever started this build");
            assertEquals(130, signalled("INT"));
        }

        private int signalled(String signal) throws Exception {
            Process process = start(old, List.of(), "wait");
            long child = childPid(process);
            assertEquals(0, new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor());
            PackedJar.Outcome outcome = PackedJar.finish(process);
            assertTrue(outcome.output().contains("hook ran"), outcome.output());
            assertFalse(isAlive(child));
            return outcome.exitCode();
        }

        @Test
        void secondJvmEndsWhenFirstIsKilled() throws Exception {
            Process process = start(old, List.of(), "wait");
            long child = childPid(process);
            assertTrue(isAlive(child));
            process.destroyForcibly();
            for (long end = System.nanoTime() + PATIENCE.toNanos(); isAlive(child) && System.nanoTime() < end; ) {
                Thread.sleep(50);
            }
            assertFalse(isAlive(child), "the second JVM outlived the first");
        }

        @Test
        void saysInOneSentenceWhatToInstallWhenNoJdkIsFound() throws Exception {
            Path empty = Files.createDirectories(folder.resolve("no-jdks"));
            PackedJar.Outcome outcome = run(old, List.of("-D" + Jdk.SEARCH_PROPERTY + "=" + empty), "describe");
            assertEquals(Boot.EXIT_NO_JDK, outcome.exitCode());
            assertEquals("", outcome.output());
            assertEquals(1, outcome.error().lines().count(), outcome.error());
            assertTrue(outcome.error().contains("needs a JDK 25 or newer"), outcome.error());
        }

        @Test
        void saysWhichJdkCouldNotBeStarted() throws Exception {
            Path broken = Files.createDirectories(folder.resolve("broken-jdk"));
            Files.createDirectories(broken.resolve("bin"));
            Files.writeString(broken.resolve("release"), "JAVA_VERSION=\"25\"\n");
            Path launcher = Files.writeString(broken.resolve("bin/java"), "#!/no/such/interpreter\n");
            assertTrue(launcher.toFile().setExecutable(true));
            PackedJar.Outcome outcome = run(old, List.of("-D" + Jdk.SEARCH_PROPERTY + "=" + broken), "describe");
            assertEquals(Boot.EXIT_NO_JDK, outcome.exitCode());
            assertTrue(outcome.error().contains("broken-jdk") && outcome.error().lines().count() == 1, outcome.error());
        }

        private long childPid(Process process) throws IOException {
            BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
            return Long.parseLong(reader.readLine().substring("pid=".length()));
        }
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    private static Path olderJvm() {
        List<Path> places = new ArrayList<>();
        Optional.ofNullable(System.getenv("FUNASR_OLD_JAVA_HOME")).map(Path::of).ifPresent(places::add);
        for (Path folder : List.of(CURRENT_HOME.getParent(), Path.of("/usr/lib/jvm"))) {
            try (Stream<Path> children = Files.list(folder)) {
                children.sorted().forEach(places::add);
            } catch (IOException e) {
                // Not on this system.
            }
        }
        Optional<Path> old = places.stream().filter(BootTest::isOlder).findFirst();
        assumeTrue(old.isPresent(), "no JVM older than " + Boot.REQUIRED + " is installed (set FUNASR_OLD_JAVA_HOME to one)");
        return old.orElseThrow();
    }

    private static boolean isOlder(Path home) {
        Jdk jdk = Jdk.at(home.toFile());
        return jdk != null && jdk.feature < Boot.REQUIRED;
    }

    /** Transcribes a recording of a name in ASCII, where this processor's kernels are machine code. */
    private static PackedJar.Outcome runShort(Path home, List<String> flags, String... options) throws Exception {
        Path recording = Files.write(folder.resolve("short.wav"), new byte[44]);
        assumeTrue(!ShortRun.flags(new String[] {"transcribe", recording.toString()}).isEmpty(), "only with AVX-512 on Linux");
        Path ascii = folder.resolve("short.jar");
        if (!Files.exists(ascii)) {
            Files.copy(jar, ascii);
        }
        List<String> args = new ArrayList<>(List.of("transcribe"));
        args.addAll(List.of(options));
        args.add(recording.toString());
        return PackedJar.finish(PackedJar.start(ascii, home, flags, folder.resolve("cache"), args.toArray(String[]::new)));
    }

    private static PackedJar.Outcome run(Path home, List<String> flags, String... args) throws Exception {
        return PackedJar.finish(start(home, flags, args));
    }

    private static Process start(Path home, List<String> flags, String... args) throws IOException {
        return PackedJar.start(jar, home, flags, folder.resolve("cache"), args);
    }

    /** A build in the background of a shell ignores SIGINT, and so does every process that it starts. */
    private static boolean interruptIsIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return false;
        }
        return Files.readAllLines(status).stream().filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }
}
