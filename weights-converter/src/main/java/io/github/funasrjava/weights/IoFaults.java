package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** Turns the operating system's answers into sentences. */
final class IoFaults {
    private IoFaults() {}

    /** Reading {@code path} failed. */
    static WeightsException reading(Path path, IOException e) {
        String where = path.toString();
        if (e instanceof ClosedByInterruptException) {
            return new WeightsException(Kind.CANCELLED, "Reading " + where + " was cancelled.", e);
        }
        if (e instanceof NoSuchFileException || e instanceof NotDirectoryException) {
            return new WeightsException(Kind.MISSING, where + " does not exist.", e);
        }
        if (e instanceof AccessDeniedException) {
            return new WeightsException(Kind.IO, "No permission to read " + where + ".", e);
        }
        if (e instanceof FileSystemLoopException || String.valueOf(e.getMessage()).contains("symbolic links")) {
            return new WeightsException(Kind.IO, where + " is a loop of symbolic links.", e);
        }
        if (Files.isDirectory(path)) {
            return new WeightsException(Kind.IO, where + " is a directory, not a file.", e);
        }
        return new WeightsException(Kind.IO, "Cannot read " + where + ": " + reason(e) + ".", e);
    }

    /** The JVM reports a page of a mapped converted file that is no longer there. */
    static WeightsException cut(String source, InternalError e) {
        return new WeightsException(Kind.CHANGED, source + " was cut while it was being read; convert the published model again.", e);
    }

    /** Writing {@code path} failed. */
    static WeightsException writing(Path path, IOException e) {
        String where = path.toString();
        String reason = reason(e);
        if (e instanceof ClosedByInterruptException) {
            return new WeightsException(Kind.CANCELLED, "Writing " + where + " was cancelled.", e);
        }
        if (e instanceof AccessDeniedException) {
            return new WeightsException(Kind.IO,
                    "No permission to write " + where + "; choose another folder with --out or XDG_CACHE_HOME.", e);
        }
        if (reason.contains("No space left") || reason.contains("quota")) {
            return new WeightsException(Kind.IO, "No space left to write " + where
                    + "; free some, or choose another folder with --out or XDG_CACHE_HOME.", e);
        }
        if (reason.contains("Read-only file system")) {
            return new WeightsException(Kind.IO,
                    where + " is on a read-only file system; choose another folder with --out or XDG_CACHE_HOME.", e);
        }
        return new WeightsException(Kind.IO, "Cannot write " + where + ": " + reason + ".", e);
    }

    private static String reason(IOException e) {
        String message = e.getMessage();
        return Messages.plain(message == null || message.isBlank() ? e.getClass().getSimpleName() : message);
    }
}
