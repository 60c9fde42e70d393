package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.cli.EngineJar.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** README does what it says. */
class ReadmeIT {
    private final String readme = read(EngineJar.ROOT.resolve("README.md"));

    @Test
    void firstCommandPrintsWhatReadmeSays() {
        Matcher command = Pattern.compile("java -jar cli/target/engine\\.jar (transcribe \\S+)\\n```\\n+It prints:\\n+```\\n(.+)\\n```").matcher(readme);
        assertTrue(command.find(), "README shows the first command and its output");
        Outcome outcome = EngineJar.run(command.group(1).split(" "));
        assertEquals(command.group(2) + "\n", outcome.out());
        assertEquals(0, outcome.exitCode());
    }

    @Test
    void embeddingProgramIsTheOneThatIsTested() {
        String program = read(EngineJar.ROOT.resolve("examples/embed/src/main/java/embed/Embed.java"));
        assertTrue(readme.contains(program.substring(program.indexOf("import"))), "README shows examples/embed as it is");
        assertEquals(15, program.lines().count(), "lines, as promised");
    }

    @Test
    void readmeIsShort() {
        assertTrue(readme.lines().count() < 150);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
