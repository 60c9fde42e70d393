package io.github.funasrjava.audio;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;

/**
 * Why an input gave no samples. The message is one sentence for the person at the keyboard: which input, what is wrong
 * with it, where, and what to do; {@link #kind()} is for programs.
 */
public final class AudioException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The cause in one word. {@link #LIMIT} and {@link #TIME_LIMIT} are limits of ours, all others faults of the input. */
    public enum Kind {
        /** The input has no bytes at all. */
        EMPTY,
        /** The content is of a known or unknown kind that is not audio. */
        NOT_AUDIO,
        /** Audio, but of an encoding that cannot be read here; the message says what would read it. */
        UNSUPPORTED,
        /** The format was recognised, its structure contradicts itself. */
        CORRUPT,
        /** The container is sound and holds no audio stream. */
        NO_AUDIO_STREAM,
        /** There is an audio stream, and it has no samples. */
        NO_SAMPLES,
        /** A bound of {@link AudioLimits} was reached. */
        LIMIT,
        /** Decoding took longer than {@link AudioLimits#maxDecodeTime()}. */
        TIME_LIMIT,
        /** There is no such file. */
        NOT_FOUND,
        /** The file may not be read. */
        NO_PERMISSION,
        /** A directory, a loop of symbolic links, or something else that cannot be read as a file. */
        NOT_A_FILE,
        /** The file shrank or was rewritten while it was read. */
        FILE_CHANGED,
        /** The optional decoder library or program for this format is not installed. */
        DECODER_MISSING,
        /** The thread was interrupted. */
        INTERRUPTED,
        /** The operating system reported a fault. */
        IO
    }

    private final Kind kind;

    AudioException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    AudioException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** The cause in one word. */
    public Kind kind() {
        return kind;
    }

    static AudioException corrupt(String name, String what) {
        return new AudioException(Kind.CORRUPT, name + ": " + what);
    }

    static AudioException unsupported(String name, String what) {
        return new AudioException(Kind.UNSUPPORTED, name + ": " + what);
    }

    static AudioException limit(String name, String what) {
        return new AudioException(Kind.LIMIT, name + ": " + what);
    }

    /** The reason why {@code name} could not be opened or read, as one of our kinds. */
    static AudioException of(String name, IOException e) {
        if (e instanceof NoSuchFileException || e instanceof FileNotFoundException) {
            return new AudioException(Kind.NOT_FOUND, name + ": no such file", e);
        }
        if (e instanceof AccessDeniedException) {
            return new AudioException(Kind.NO_PERMISSION, name + ": no permission to read this file", e);
        }
        if (e instanceof ClosedByInterruptException) {
            return new AudioException(Kind.INTERRUPTED, name + ": reading was interrupted", e);
        }
        String reason = e instanceof FileSystemException f && f.getReason() != null ? f.getReason() : e.getMessage();
        if (e instanceof FileSystemLoopException || (reason != null && reason.contains("symbolic links"))) {
            return new AudioException(Kind.NOT_A_FILE, name + ": the symbolic link points back to itself", e);
        }
        if (reason != null && reason.toLowerCase(Locale.ROOT).contains("is a directory")) {
            return directory(name);
        }
        return new AudioException(Kind.IO, name + ": cannot be read: " + (reason == null ? e.getClass().getSimpleName() : reason), e);
    }

    static AudioException directory(String name) {
        return new AudioException(Kind.NOT_A_FILE, name + ": is a directory; name an audio file in it");
    }
}
