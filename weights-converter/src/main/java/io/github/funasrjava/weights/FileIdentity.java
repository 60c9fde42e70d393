package io.github.funasrjava.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;

/**
 * Which file a path named when it was opened. A mapped file that somebody cuts kills native code that reads it, so
 * whoever keeps a mapping asks {@link #unchanged} before each use.
 *
 * @param path the file
 * @param size its length in bytes
 * @param fileKey device and inode where the file system has them
 */
record FileIdentity(Path path, long size, Optional<Object> fileKey) {
    /** The regular file that {@code path} names now; directories, pipes and devices are refused before they are opened. */
    static FileIdentity of(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (!attributes.isRegularFile()) {
            throw new WeightsException(WeightsException.Kind.IO,
                    path + " is " + (attributes.isDirectory() ? "a directory" : "a pipe or a device") + ", not a file.");
        }
        return new FileIdentity(path, attributes.size(), Optional.ofNullable(attributes.fileKey()));
    }

    /** Whether the path still names the same file with the same length. */
    boolean unchanged() {
        try {
            FileIdentity now = of(path);
            return now.size == size && Objects.equals(now.fileKey, fileKey);
        } catch (IOException | WeightsException e) {
            return false; // gone, unreadable or no file any more: not what was opened
        }
    }
}
