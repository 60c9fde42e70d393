package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps two processes, or two threads, from converting into the same place at once. Released when the process dies. */
final class ConversionLock implements AutoCloseable {
    private static final long POLL_MS = 50;

    /**
     * Lock files that a thread of this process has open. A POSIX lock belongs to the process and ends when the process
     * closes any channel on the file, so that only one thread may open it; which one, only the whole process can know.
     */
    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    private final Path name;
    private final FileChannel channel;
    private final FileLock lock;

    /**
     * An open lock file. Whoever ends a conversion may remove the file while others wait at it: a lock on a file that
     * has no name any more excludes nobody.
     *
     * @param key device and inode where the file system has them
     */
    private record LockFile(FileChannel channel, Optional<Object> key) {
        /** The file under this name, made if it is not there; nothing when it was removed in between. */
        static Optional<LockFile> open(Path file) throws IOException {
            try {
                Files.createFile(file);
            } catch (FileAlreadyExistsException e) {
                // The usual case: in a cache the file stays, and here somebody else may be converting.
            }
            FileChannel channel = null;
            try {
                Optional<Object> before = keyOf(file);
                channel = FileChannel.open(file, StandardOpenOption.WRITE);
                LockFile opened = new LockFile(channel, before);
                if (opened.isStill(file)) {
                    return Optional.of(opened);
                }
            } catch (NoSuchFileException e) {
                // Removed since: the caller comes again.
            }
            ConversionLock.close(channel);
            return Optional.empty();
        }

        boolean isStill(Path file) throws IOException {
            try {
                return keyOf(file).equals(key);
            } catch (NoSuchFileException e) {
                return false;
            }
        }

        private static Optional<Object> keyOf(Path file) throws IOException {
            return Optional.ofNullable(Files.readAttributes(file, BasicFileAttributes.class).fileKey());
        }
    }

    private ConversionLock(Path name, FileChannel channel, FileLock lock) {
        this.name = name;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Waits for the lock.
     *
     * @param file lock file, made if it is not there and left in place
     * @param what what is being converted, for messages
     * @throws WeightsException {@link Kind#LOCKED} when somebody else held it all the time
     */
    static ConversionLock acquire(Path file, String what, Duration timeout, ProgressListener listener) {
        long deadline = System.nanoTime() + timeout.toNanos();
        boolean told = false;
        boolean mine = false;
        Optional<ConversionLock> acquired = Optional.empty();
        Optional<LockFile> opened = Optional.empty();
        Path name = file;
        try {
            name = file.toAbsolutePath().getParent().toRealPath().resolve(file.getFileName());
            while (true) {
                mine = mine || OPEN.add(name);
                if (mine) {
                    opened = opened.isPresent() ? opened : LockFile.open(file);
                    Optional<FileLock> lock = opened.isPresent() ? tryLock(opened.get().channel()) : Optional.empty();
                    if (lock.isPresent() && opened.get().isStill(file)) {
                        acquired = Optional.of(new ConversionLock(name, opened.get().channel(), lock.get()));
                        return acquired.get();
                    }
                    if (lock.isPresent()) {
                        opened.get().channel().close();
                        opened = Optional.empty();
                        continue;
                    }
                }
                if (System.nanoTime() - deadline > 0) {
                    throw new WeightsException(Kind.LOCKED, "Another process has been converting " + what + " for "
                            + timeout.toSeconds() + " s; wait for it, or remove " + file + " if there is none.");
                }
                if (!told) {
                    listener.message("Another process is converting " + what + "; waiting for it.");
                    told = true;
                }
                Thread.sleep(POLL_MS);
            }
        } catch (IOException e) {
            throw IoFaults.writing(file, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WeightsException(Kind.CANCELLED, "Waiting for the conversion of " + what + " was cancelled.", e);
        } finally {
            if (acquired.isEmpty()) {
                opened.ifPresent(one -> close(one.channel()));
                if (mine) {
                    OPEN.remove(name);
                }
            }
        }
    }

    private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock());
        } catch (OverlappingFileLockException e) {
            return Optional.empty(); // this class, loaded once more, has it
        }
    }

    private static void close(FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new WeightsException(Kind.IO, "Cannot close the lock file.", e);
            }
        }
    }

    @Override
    public void close() {
        try {
            lock.release();
            channel.close();
        } catch (IOException e) {
            throw new WeightsException(Kind.IO, "Cannot release the conversion lock.", e);
        } finally {
            OPEN.remove(name);
        }
    }
}
