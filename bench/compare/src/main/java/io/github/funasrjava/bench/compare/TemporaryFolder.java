package io.github.funasrjava.bench.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A folder that is gone when it is closed, or when the program is interrupted. */
final class TemporaryFolder implements AutoCloseable {
    private final Path path;
    private final Thread atExit = Thread.ofPlatform().unstarted(this::delete);

    TemporaryFolder() throws IOException {
        path = Files.createTempDirectory("fun-asr-compare-");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    Path path() {
        return path;
    }

    @Override
    public void close() {
        delete();
    }

    private synchronized void delete() {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> files = Files.list(path)) {
            List<Path> found = files.toList();
            for (Path file : found) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot remove the temporary folder " + path + "; remove it by hand.", e);
        }
    }
}
