package io.github.funasrjava.weights;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The golden directory that the environment names; tests that need it are skipped with a sentence when it is not there. */
final class Golden {
    private Golden() {}

    static Path directory(String name) {
        String root = System.getenv("FUNASR_GOLDEN");
        Assumptions.assumeTrue(root != null && !root.isBlank(), "FUNASR_GOLDEN does not name the golden directory");
        Path directory = Path.of(root, name);
        Assumptions.assumeTrue(Files.isDirectory(directory), directory + " does not exist");
        return directory;
    }
}
