package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row 42 of the reliability list: tokenizer files whose merges do not make the vocabulary. */
class TokenizerCheckTest {
    private static final Path MODEL = Path.of("src/test/resources/golden/tiny-nano-ctc/model");

    @TempDir
    Path folder;

    @Test
    void row42RefusesSwappedMergesBeforeConverting() throws IOException {
        Path model = folder.resolve("model");
        copy(model);
        Path merges = model.resolve("Qwen3-0.6B/merges.txt");
        List<String> lines = Files.readAllLines(merges);
        Collections.swap(lines, 5, 6);
        Files.write(merges, lines);
        Path cache = folder.resolve("cache");
        ModelException refused = assertThrows(ModelException.class,
                () -> Transcriber.open(model, EngineOptions.DEFAULT.withCacheDir(cache)).close());
        assertTrue(refused.getMessage().contains("merges.txt"), refused.getMessage());
        try (Stream<Path> files = Files.walk(cache)) {
            assertEquals(List.of(), files.filter(file -> file.endsWith("model.safetensors")).toList());
        }
    }

    private static void copy(Path model) throws IOException {
        try (Stream<Path> files = Files.walk(MODEL)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path to = model.resolve(MODEL.relativize(file).toString());
                Files.createDirectories(to.getParent());
                Files.copy(file, to);
            }
        }
    }
}
