package io.github.funasrjava.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/** Puts a finished result where it is wanted: all of it or nothing, and an error when that fails. */
final class ResultWriter {
    private ResultWriter() {}

    /** Writes to standard output. */
    static void write(OutputStream out, byte[] result) {
        try {
            out.write(result);
            out.flush();
        } catch (IOException e) {
            throw new OutputException("The result could not be written to standard output: " + reason(e) + ".", e);
        }
    }

    /**
     * Writes a file by way of a temporary one beside it, so that an old file stays whole until the new one is. Devices
     * and pipes are written directly.
     */
    static void write(Path file, byte[] result) {
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                if (Files.isDirectory(file)) {
                    throw new FileSystemException(file.toString(), null, "it is a directory");
                }
                Files.write(file, result, StandardOpenOption.WRITE);
                return;
            }
            requireFolder(file);
            Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
            Path temporary = TemporaryName.beside(target);
            try {
                Files.write(temporary, result);
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            throw new OutputException("The result could not be written to " + file + ": " + reason(e) + ".", e);
        }
    }

    /** Refuses a file whose folder is not there. */
    static void requireFolder(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new FileSystemException(file.toString(), null, "the folder " + folder + " does not exist");
        }
    }

    /** Why no file can have this name where it is to lie, its length for the most part; the folder need not be there yet. */
    static Optional<String> unusableName(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        while (folder != null && !Files.isDirectory(folder)) {
            folder = folder.getParent();
        }
        if (folder == null) {
            return Optional.empty();
        }
        try {
            Files.readAttributes(folder.resolve(file.getFileName()), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException | AccessDeniedException e) {
            // Not the name's fault.
        } catch (IOException e) {
            return Optional.of(reason(e));
        }
        return Optional.empty();
    }

    static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException n -> "it does not exist";
            case AccessDeniedException a -> "permission denied";
            case FileSystemException f when f.getReason() != null -> f.getReason();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }
}
