package io.github.funasrjava.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where tokenizer files come from: a directory, or the resources of a jar. A lambda over
 * {@code Class.getResourceAsStream} is enough.
 */
@FunctionalInterface
public interface TokenizerFiles {
    /** No published tokenizer file comes near this size (the largest, tokenizer.json, has 11.4 MB). */
    int MAX_FILE_BYTES = 64 << 20;

    /**
     * Opens a file.
     *
     * @param name file name without a folder, such as {@code vocab.json}
     * @return the stream, which the caller closes; empty when there is no such file
     * @throws IOException when the file is there but cannot be opened
     */
    Optional<InputStream> open(String name) throws IOException;

    /** The files of a directory. */
    static TokenizerFiles directory(Path directory) {
        return new TokenizerFiles() {
            @Override
            public Optional<InputStream> open(String name) throws IOException {
                Path file = directory.resolve(name);
                return Files.isRegularFile(file) ? Optional.of(Files.newInputStream(file)) : Optional.empty();
            }

            @Override
            public String toString() {
                return directory.toString();
            }
        };
    }

    /**
     * Reads a whole file.
     *
     * @throws TokenizerException {@code MISSING_FILE} when it cannot be read, {@code FILE_TOO_LARGE} above
     *     {@link #MAX_FILE_BYTES}
     */
    default Optional<byte[]> read(String name) {
        try {
            Optional<InputStream> opened = open(name);
            if (opened.isEmpty()) {
                return Optional.empty();
            }
            try (InputStream in = opened.get()) {
                byte[] bytes = in.readNBytes(MAX_FILE_BYTES + 1);
                if (bytes.length > MAX_FILE_BYTES) {
                    throw new TokenizerException(TokenizerException.Kind.FILE_TOO_LARGE,
                            name + " is larger than " + (MAX_FILE_BYTES >> 20)
                                    + " MiB; no tokenizer file of this model family is, so it is not the right file");
                }
                return Optional.of(bytes);
            }
        } catch (IOException e) {
            throw new TokenizerException(TokenizerException.Kind.MISSING_FILE,
                    name + " cannot be read: " + e.getMessage(), e);
        }
    }
}
