package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;

/** Keeps two processes, or two threads, from converting into the same place at once. Released when the process dies. */
final class ConversionLock implements AutoCloseable {
    private static final long POLL_MS = 50;

    private final FileChannel channel;
    private final FileLock lock;

    private ConversionLock(FileChannel channel, FileLock lock) {
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
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            while (true) {
                Optional<FileLock> lock = tryLock(channel);
                if (lock.isPresent()) {
                    return new ConversionLock(channel, lock.get());
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
            close(channel);
            throw IoFaults.writing(file, e);
        } catch (InterruptedException e) {
            close(channel);
            Thread.currentThread().interrupt();
            throw new WeightsException(Kind.CANCELLED, "Waiting for the conversion of " + what + " was cancelled.", e);
        } catch (WeightsException e) {
            close(channel);
            throw e;
        }
    }

    private static Optional<FileLock> tryLock(FileChannel channel) throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock());
        } catch (OverlappingFileLockException e) {
            return Optional.empty(); // another thread of this process has it
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
        }
    }
}
