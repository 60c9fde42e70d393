package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.cli.EngineJar.Outcome;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program of examples/embed with the packed engine modules and their libraries, and nothing else, beside it: on the
 * class path and on the module path. {@code examples/embed/run.sh} does the same as a Maven project of its own.
 */
class EmbedIT {
    /** What {@code funasr-engine} brings; the build packs our modules before this test runs. */
    private static final List<String> BROUGHT =
            List.of("funasr-engine-", "funasr-kernels-", "funasr-tokenizer-", "funasr-audio-", "funasr-weights-converter-",
                    "jtokkit-", "jackson-core-", "snakeyaml-engine-");

    private static final Path SOURCES = EngineJar.ROOT.resolve("examples/embed/src/main/java");
    private static final String MODEL = Path.of("src/main/resources/demo-model").toAbsolutePath().toString();
    private static final String SENTENCE = "Set a timer for 47 minutes.\n";

    @TempDir
    static Path folder;

    private static Path classes;
    private static String jars;

    @BeforeAll
    static void compile() throws IOException {
        List<String> found = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (BROUGHT.stream().anyMatch(Path.of(entry).getFileName().toString()::startsWith)) {
                found.add(entry);
            }
        }
        assertEquals(BROUGHT.size(), found.size(), "one jar of each: " + found);
        jars = String.join(File.pathSeparator, found);
        classes = Files.createDirectories(folder.resolve("classes"));
        List<String> arguments = new ArrayList<>(List.of("-d", classes.toString(), "-p", jars, "-Xlint:-module,-incubating"));
        try (Stream<Path> files = Files.walk(SOURCES)) {
            files.filter(file -> file.toString().endsWith(".java")).map(Path::toString).forEach(arguments::add);
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertEquals(0, compiler.run(null, null, null, arguments.toArray(new String[0])));
    }

    @Test
    void runsOnTheClassPath() throws IOException {
        Outcome outcome = java("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-cp",
                classes + File.pathSeparator + jars, "embed.Embed");
        assertEquals(SENTENCE, outcome.out(), outcome.err());
        assertEquals(0, outcome.exitCode());
    }

    @Test
    void runsOnTheClassPathWithoutAnyFlag() throws IOException {
        Outcome outcome = java("-cp", classes + File.pathSeparator + jars, "embed.Embed");
        assertEquals(SENTENCE, outcome.out(), outcome.err());
        assertEquals(0, outcome.exitCode());
    }

    @Test
    void runsOnTheModulePath() throws IOException {
        Outcome outcome = java("--enable-native-access=io.github.funasrjava.kernels,io.github.funasrjava.weights", "-p",
                classes + File.pathSeparator + jars, "-m", "embed/embed.Embed");
        assertEquals(SENTENCE, outcome.out(), outcome.err());
        assertEquals(0, outcome.exitCode());
        assertTrue(outcome.err().lines().allMatch(line -> line.contains("incubator modules")), outcome.err());
    }

    private static Outcome java(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of(MODEL, EngineJar.ENGLISH.toString()));
        return EngineJar.finish(new ProcessBuilder(command).start());
    }
}
