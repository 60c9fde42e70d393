package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.funasrjava.audio.AudioException.Kind;
import io.github.funasrjava.audio.AudioWarning.Code;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rows 23 to 26 of the reliability list: files that change, are no files, or have difficult names, and pipes that break. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class UnreadableInputTest {
    private static final byte[] SECOND = WavBytes.pcm16(16000, 1, new short[16000]);

    @TempDir
    private Path dir;

    private static AudioException refused(Kind kind, String inMessage, Path file) {
        AudioException e = Audio.refused(kind, () -> AudioReader.read(file, AudioOptions.DEFAULT));
        assertTrue(e.getMessage().contains(inMessage), e.getMessage());
        assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
        return e;
    }

    private static void run(String... command) throws IOException, InterruptedException {
        assumeTrue(Path.of("/bin/sh").toFile().exists(), "needs a POSIX system");
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), String.join(" ", command));
    }

    @Test
    void row23ReportsAFileThatShrinksWhileItIsRead() throws IOException {
        Path file = Files.write(dir.resolve("a.wav"), WavBytes.pcm16(16000, 1, new short[1 << 20]));
        try (AudioStream stream = AudioReader.open(file, AudioOptions.DEFAULT)) {
            stream.read(new float[100], 0, 100);
            try (FileChannel c = FileChannel.open(file, StandardOpenOption.WRITE)) {
                c.truncate(300_000);
            }
            Audio.refused(Kind.FILE_CHANGED, () -> drain(stream));
        }
    }

    @Test
    void row23ReportsAFileThatIsRewrittenWhileItIsRead() throws IOException {
        Path file = Files.write(dir.resolve("a.wav"), SECOND);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_000L));
        try (AudioStream stream = AudioReader.open(file, AudioOptions.DEFAULT)) {
            Files.write(file, SECOND);
            Audio.refused(Kind.FILE_CHANGED, () -> drain(stream));
        }
    }

    @Test
    void row23SaysWhenAFileGrowsOrGoesWhileItIsRead() throws IOException {
        Path file = Files.write(dir.resolve("a.wav"), SECOND);
        try (AudioStream stream = AudioReader.open(file, AudioOptions.DEFAULT)) {
            Files.write(file, new byte[100], StandardOpenOption.APPEND);
            drain(stream);
            assertEquals(List.of(Code.FILE_CHANGED), stream.warnings().stream().map(AudioWarning::code).toList());
        }
        try (AudioStream stream = AudioReader.open(file, AudioOptions.DEFAULT)) {
            Files.delete(file);
            drain(stream);
            assertEquals(16000, stream.samplesRead());
        }
    }

    private static void drain(AudioStream stream) {
        float[] block = new float[1000];
        while (stream.read(block, 0, block.length) >= 0) {
            assertTrue(Float.isFinite(block[0]));
        }
    }

    @Test
    void row24SaysThatAFileIsMissing() {
        refused(Kind.NOT_FOUND, "no such file", dir.resolve("nothing.wav"));
    }

    @Test
    void row24SaysThatADirectoryIsOne() {
        refused(Kind.NOT_A_FILE, "is a directory", dir);
    }

    @Test
    void row24SaysThatASymbolicLinkIsALoop() throws IOException {
        Path link = dir.resolve("loop.wav");
        Files.createSymbolicLink(link, link);
        refused(Kind.NOT_A_FILE, "symbolic link", link);
    }

    @Test
    void row24SaysThatPermissionIsMissing() throws IOException {
        AudioException mapped = AudioException.of("a.wav", new AccessDeniedException("a.wav"));
        assertEquals(Kind.NO_PERMISSION, mapped.kind());
        Path file = Files.write(dir.resolve("closed.wav"), SECOND);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        assumeTrue(!Files.isReadable(file), "running as a user who may read everything: the file system's refusal not tried");
        refused(Kind.NO_PERMISSION, "permission", file);
    }

    @Test
    void row24ReadsAFifo() throws Exception {
        Path fifo = dir.resolve("fifo.wav");
        run("mkfifo", fifo.toString());
        Process writer = new ProcessBuilder("sh", "-c", "cat > \"$0\"", fifo.toString()).start();
        try (OutputStream out = writer.getOutputStream()) {
            out.write(SECOND);
        }
        assertEquals(16000, AudioReader.read(fifo, AudioOptions.DEFAULT).samples().length);
        Process silent = new ProcessBuilder("sh", "-c", ": > \"$0\"", fifo.toString()).start();
        refused(Kind.EMPTY, "empty", fifo);
        silent.waitFor();
    }

    @Test
    void row24EndsOnEndlessDevices() {
        Path zero = Path.of("/dev/zero");
        assumeTrue(Files.exists(zero), "this system has no /dev/zero");
        refused(Kind.NOT_AUDIO, "zero bytes", zero);
        AudioOptions raw = AudioOptions.DEFAULT.withRaw(RawFormat.parse("s16le@16000"))
                .withLimits(AudioLimits.DEFAULT.withMaxDecodedSeconds(60));
        AudioException e = Audio.refused(Kind.LIMIT, () -> AudioReader.read(zero, raw));
        assertTrue(e.getMessage().contains("maxDecodedSeconds"), e.getMessage());
        AudioOptions bytes = raw.withLimits(AudioLimits.DEFAULT.withMaxFileBytes(1 << 20));
        e = Audio.refused(Kind.LIMIT, () -> AudioReader.read(zero, bytes));
        assertTrue(e.getMessage().contains("maxFileBytes"), e.getMessage());
        e = Audio.refused(Kind.LIMIT, () -> AudioReader.read(zero, raw.withLimits(AudioLimits.DEFAULT.withMaxWaveformSeconds(60))));
        assertTrue(e.getMessage().contains("maxWaveformSeconds"), e.getMessage());
    }

    @Test
    void row24EndsOnChunksThatNeverEnd() {
        byte[] start = new WavBytes().riff("RIFF", 0xffffffffL).bytes();
        byte[] chunk = new WavBytes().ascii("junk").u32(0).bytes();
        AudioLimits small = new AudioLimits(1 << 30, 10, 10, 1, 4000, 384000, 1 << 20, Duration.ofSeconds(10));
        AudioException e = Audio.refused(Kind.LIMIT,
                () -> AudioReader.read(repeating(start, chunk), "pipe", AudioOptions.DEFAULT.withLimits(small)));
        assertTrue(e.getMessage().contains("maxHeaderBytes"), e.getMessage());
    }

    private static InputStream repeating(byte[] start, byte[] unit) {
        return new InputStream() {
            private long at;

            @Override
            public int read() {
                long i = at++;
                return (i < start.length ? start[(int) i] : unit[(int) ((i - start.length) % unit.length)]) & 0xff;
            }
        };
    }

    @Test
    void row25ReadsPathsWithSpacesEmojiAndALeadingMinus() throws IOException {
        for (String name : List.of("two words.wav", "-n.wav", "--", "quote'\"$(id).wav", "会议🎤.wav", "line\nbreak.wav")) {
            try {
                Path file = Files.write(dir.resolve(name), SECOND);
                assertEquals(16000, AudioReader.read(file, AudioOptions.DEFAULT).samples().length, name);
            } catch (InvalidPathException e) {
                assumeTrue(name.chars().allMatch(c -> c < 128), "the locale cannot express " + name);
                throw e;
            }
        }
    }

    @Test
    void row25ReadsANameThatIsNotUtf8() throws Exception {
        Path source = Files.write(dir.resolve("a.wav"), SECOND);
        run("sh", "-c", "cp \"$0\" \"$(dirname \"$0\")/$(printf 'b\\377\\376.wav')\"", source.toString());
        int found = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(dir, "b*")) {
            for (Path entry : entries) {
                assertEquals(16000, AudioReader.read(entry, AudioOptions.DEFAULT).samples().length);
                found++;
            }
        }
        assertEquals(1, found);
    }

    @Test
    void row26TreatsAPipeThatBreaksAsItsEndAndSaysSo() {
        for (int bytes : new int[] {44 + 2000, 44 + 2001}) {
            Waveform w = Audio.read(Arrays.copyOf(SECOND, bytes));
            assertEquals(1000, w.samples().length);
            assertTrue(Audio.codes(w).contains(Code.TRUNCATED_INPUT));
        }
    }

    @Test
    void row26ReportsAFaultOfTheSystemAsOne() {
        InputStream broken = new InputStream() {
            private final ByteBuffer bytes = ByteBuffer.wrap(SECOND, 0, 1000);

            @Override
            public int read() throws IOException {
                if (!bytes.hasRemaining()) {
                    throw new IOException("connection reset");
                }
                return bytes.get() & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                into[offset] = (byte) read();
                return 1;
            }
        };
        AudioException e = Audio.refused(Kind.IO, () -> AudioReader.read(broken, "pipe", AudioOptions.DEFAULT));
        assertTrue(e.getMessage().contains("connection reset"), e.getMessage());
    }

    @Test
    void closesTheStreamThatItWasGiven() {
        boolean[] closed = new boolean[2];
        for (int i = 0; i < 2; i++) {
            int which = i;
            byte[] bytes = i == 0 ? SECOND : "no audio".getBytes();
            InputStream in = new ByteArrayInputStream(bytes) {
                @Override
                public void close() {
                    closed[which] = true;
                }
            };
            if (i == 0) {
                AudioReader.read(in, "input", AudioOptions.DEFAULT);
            } else {
                assertThrows(AudioException.class, () -> AudioReader.read(in, "input", AudioOptions.DEFAULT));
            }
        }
        assertArrayEquals(new boolean[] {true, true}, closed);
    }
}
