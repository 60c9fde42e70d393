package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/RELIABILITY.md names tests that exist. */
class ReliabilityDocumentTest {
    private static final Pattern NAMED = Pattern.compile("`(\\w+)\\.(\\w+)(…?)`");

    @Test
    void everyCaseHasItsTests() throws IOException {
        Map<String, String> sources = testSources();
        List<String> missing = new ArrayList<>();
        int cases = 0;
        for (String line : Files.readAllLines(EngineJar.ROOT.resolve("docs/RELIABILITY.md"))) {
            if (!line.matches("\\| \\d+ \\|.*")) {
                continue;
            }
            cases++;
            int named = 0;
            for (Matcher test = NAMED.matcher(line); test.find(); named++) {
                if (!sources.getOrDefault(test.group(1), "").contains(" " + test.group(2) + (test.group(3).isEmpty() ? "(" : ""))) {
                    missing.add(test.group());
                }
            }
            assertTrue(named > 0, "no test: " + line);
        }
        assertEquals(List.of(), missing);
        assertTrue(cases > 30, cases + " cases");
    }

    /** The text of every test class of the project by its simple name. */
    private static Map<String, String> testSources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        try (Stream<Path> modules = Files.list(EngineJar.ROOT)) {
            for (Path tests : modules.map(module -> module.resolve("src/test/java")).filter(Files::isDirectory).toList()) {
                try (Stream<Path> files = Files.walk(tests)) {
                    for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                        sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
                    }
                }
            }
        }
        return sources;
    }
}
