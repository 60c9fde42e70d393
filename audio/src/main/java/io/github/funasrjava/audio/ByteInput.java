package io.github.funasrjava.audio;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Optional;

/**
 * The bytes of one input, buffered and counted against {@link AudioLimits#maxFileBytes()}. Regular files can seek; pipes,
 * devices and streams cannot. A file is never mapped, so that one that shrinks while it is read is an error and not a crash.
 */
final class ByteInput implements AutoCloseable {
    /** Size that is not known: a pipe, a device, a stream. */
    static final long UNKNOWN_SIZE = -1;

    private static final int BUFFER_BYTES = 1 << 16;

    private final String name;
    private ReadableByteChannel channel;
    private long size;
    private final long maxBytes;
    private final Optional<Watched> watched;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final ByteBuffer view = ByteBuffer.wrap(buffer);
    private int start;
    private int end;
    private long bufferPosition;
    private boolean ended;
    private final DecodeClock clock;

    /** A regular file as it was when it was opened. */
    private record Watched(Path path, long size, FileTime modified) {}

    private ByteInput(String name, ReadableByteChannel channel, long size, AudioLimits limits, Optional<Watched> watched) {
        this.name = name;
        this.channel = channel;
        this.size = size;
        this.maxBytes = limits.maxFileBytes();
        this.watched = watched;
        this.clock = new DecodeClock(name, limits.maxDecodeTime());
    }

    static ByteInput open(Path path, AudioLimits limits) {
        String name = path.toString();
        try {
            BasicFileAttributes a = Files.readAttributes(path, BasicFileAttributes.class);
            if (a.isDirectory()) {
                throw AudioException.directory(name);
            }
            if (!a.isRegularFile()) {
                return new ByteInput(name, Files.newByteChannel(path), UNKNOWN_SIZE, limits, Optional.empty());
            }
            if (a.size() > limits.maxFileBytes()) {
                throw AudioException.limit(name, "the file has " + a.size() + " bytes; at most " + limits.maxFileBytes()
                        + " are accepted (limit maxFileBytes)");
            }
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            return new ByteInput(name, channel, a.size(), limits, Optional.of(new Watched(path, a.size(), a.lastModifiedTime())));
        } catch (IOException e) {
            throw AudioException.of(name, e);
        }
    }

    static ByteInput of(InputStream stream, String name, AudioLimits limits) {
        return new ByteInput(name, Channels.newChannel(stream), UNKNOWN_SIZE, limits, Optional.empty());
    }

    /** What messages call this input. */
    String name() {
        return name;
    }

    /** Bytes of a regular file when it was opened, or {@link #UNKNOWN_SIZE}. */
    long size() {
        return size;
    }

    boolean seekable() {
        return size != UNKNOWN_SIZE;
    }

    /** Bytes from the beginning to the next byte read. */
    long position() {
        return bufferPosition + start;
    }

    /** The file behind this input, when it is a regular one. */
    Optional<Path> path() {
        return watched.map(Watched::path);
    }

    /** The time spent decoding this input; waiting for its bytes does not count. */
    DecodeClock clock() {
        return clock;
    }

    /** Reads at least one and up to {@code length} bytes; -1 at the end. */
    int read(byte[] into, int offset, int length) {
        if (start == end && !fill()) {
            return -1;
        }
        int n = Math.min(length, end - start);
        System.arraycopy(buffer, start, into, offset, n);
        start += n;
        return n;
    }

    /** Reads {@code length} bytes, fewer only at the end; the number read, possibly 0. */
    int readUpTo(byte[] into, int offset, int length) {
        int done = 0;
        while (done < length) {
            int n = read(into, offset + done, length - done);
            if (n < 0) {
                break;
            }
            done += n;
        }
        return done;
    }

    /** The next byte, 0 to 255, or -1 at the end. */
    int read() {
        return start == end && !fill() ? -1 : buffer[start++] & 0xff;
    }

    /** Makes the next {@code count} bytes (at most 65536) available to {@link #at}; false when the input ends before. */
    boolean ensure(int count) {
        while (end - start < count) {
            if (!fill()) {
                return false;
            }
        }
        return true;
    }

    /** The byte {@code index} places ahead, 0 to 255, which {@link #ensure} has made available. */
    int at(int index) {
        return buffer[start + index] & 0xff;
    }

    /** A copy of up to {@code count} (at most 65536) of the next bytes without consuming them; fewer only at the end. */
    byte[] peek(int count) {
        ensure(count);
        return Arrays.copyOfRange(buffer, start, start + Math.min(count, end - start));
    }

    /** Goes back to the beginning; false when this input cannot, because it has no seeking and more than its buffer was read. */
    boolean rewind() {
        if (bufferPosition == 0) {
            start = 0;
            return true;
        }
        if (seekable()) {
            seek(0);
        }
        return seekable();
    }

    /** Passes over {@code count} bytes, by seeking where that is possible; the number passed over, fewer only at the end. */
    long skip(long count) {
        long left = count;
        long inBuffer = Math.min(left, end - start);
        start += (int) inBuffer;
        left -= inBuffer;
        if (left > 0 && seekable()) {
            long n = Math.min(left, Math.max(0, size - position()));
            seek(position() + n);
            return count - left + n;
        }
        while (left > 0 && fill()) {
            int n = (int) Math.min(left, end - start);
            start += n;
            left -= n;
        }
        return count - left;
    }

    /** Continues at {@code position}; only for seekable inputs. */
    void seek(long position) {
        if (position >= bufferPosition && position <= bufferPosition + end) {
            start = (int) (position - bufferPosition);
            return;
        }
        try {
            ((SeekableByteChannel) channel).position(position);
        } catch (IOException e) {
            throw AudioException.of(name, e);
        }
        bufferPosition = position;
        start = 0;
        end = 0;
        ended = false;
    }

    /**
     * Copies a pipe into a private temporary file, so that it can seek; does nothing when it already can. The file has no name
     * any more while it is used (where the system allows that), so that nothing is left behind even by a crash.
     */
    void makeSeekable() {
        if (seekable()) {
            return;
        }
        if (!rewind()) {
            throw new IllegalStateException("a pipe can be spooled only from its beginning");
        }
        try {
            Path file = Files.createTempFile("funasr-audio", ".tmp");
            FileChannel copy = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
            try {
                long bytes = 0;
                while (ensure(1)) {
                    ByteBuffer block = ByteBuffer.wrap(buffer, start, end - start);
                    while (block.hasRemaining()) {
                        bytes += copy.write(block);
                    }
                    start = end;
                }
                copy.position(0);
                channel.close();
                channel = copy;
                size = bytes;
            } catch (IOException | RuntimeException e) {
                copy.close();
                throw e;
            }
        } catch (IOException e) {
            throw AudioException.of(name, e);
        }
        bufferPosition = 0;
        start = 0;
        end = 0;
        ended = false;
    }

    /**
     * Writes all bytes from the position on to {@code to}. For another thread than the one that decodes: the clock is not touched.
     *
     * @param progress told of every block
     */
    void transferTo(OutputStream to, Runnable progress) throws IOException {
        long done = position();
        to.write(buffer, start, end - start);
        done += end - start;
        start = end;
        ByteBuffer block = ByteBuffer.allocate(BUFFER_BYTES);
        while (!ended && channel.read(block) >= 0) {
            done += block.position();
            if (done > maxBytes) {
                throw AudioException.limit(name, "more than " + maxBytes + " bytes (limit maxFileBytes)");
            }
            to.write(block.array(), 0, block.position());
            block.clear();
            progress.run();
        }
    }

    private boolean fill() {
        if (ended) {
            return false;
        }
        if (end == buffer.length && start > 0) {
            System.arraycopy(buffer, start, buffer, 0, end - start);
            bufferPosition += start;
            end -= start;
            start = 0;
        }
        if (end == buffer.length) {
            return false;
        }
        view.limit(buffer.length).position(end);
        clock.pause();
        try {
            int n = channel.read(view);
            if (n < 0) {
                ended = true;
                return atEnd();
            }
            end += n;
        } catch (IOException e) {
            throw AudioException.of(name, e);
        } finally {
            clock.resume();
        }
        clock.check();
        if (bufferPosition + end > maxBytes) {
            throw AudioException.limit(name, "more than " + maxBytes + " bytes (limit maxFileBytes)");
        }
        return true;
    }

    private boolean atEnd() {
        long position = bufferPosition + end;
        if (seekable() && position < size) {
            throw new AudioException(AudioException.Kind.FILE_CHANGED, name + ": the file shrank from " + size + " to " + position
                    + " bytes while it was read; read it again when its writer has finished");
        }
        return false;
    }

    /** To be called after the last sample: a file that was rewritten meanwhile is an error, one that grew a warning. */
    void checkUnchanged(WarningLog warnings) {
        if (watched.isEmpty()) {
            return;
        }
        Watched before = watched.get();
        try {
            BasicFileAttributes now = Files.readAttributes(before.path(), BasicFileAttributes.class);
            if (now.size() < before.size()) {
                throw new AudioException(AudioException.Kind.FILE_CHANGED, name + ": the file shrank from " + before.size() + " to "
                        + now.size() + " bytes while it was read; read it again when its writer has finished");
            }
            if (now.size() > before.size()) {
                warnings.add(AudioWarning.Code.FILE_CHANGED, name + ": the file grew while it was read; only its first " + before.size()
                        + " bytes were used");
            } else if (!now.lastModifiedTime().equals(before.modified())) {
                throw new AudioException(AudioException.Kind.FILE_CHANGED,
                        name + ": the file was rewritten while it was read; read it again when its writer has finished");
            }
        } catch (IOException e) {
            // The open file was read to its end; that its name is gone since then takes nothing from the samples.
            warnings.add(AudioWarning.Code.FILE_CHANGED, name + ": the file was removed while it was read");
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw AudioException.of(name, e);
        }
    }
}
