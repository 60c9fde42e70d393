package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.audio.AudioException.Kind;
import io.github.funasrjava.audio.AudioWarning.Code;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows 1 to 8 and 10 to 15 of the reliability list: what is wrong with a WAV file, and what must come of it. */
class MalformedWavTest {
    private static final short[] SHORTS = {100, 200, 300, 400};
    private static final float[] FLOATS = {100 / 32768f, 200 / 32768f, 300 / 32768f, 400 / 32768f};

    @Test
    void row01RefusesAnEmptyFile() {
        Audio.refused(Kind.EMPTY, "empty", new byte[0]);
    }

    @Test
    void row02NamesWhatIsNotAudio() {
        Audio.refused(Kind.NOT_AUDIO, "text", "Dear Sir or Madam,\nthis is no recording.".getBytes(StandardCharsets.UTF_8));
        Audio.refused(Kind.NOT_AUDIO, "text", "您好，这不是录音。".getBytes(StandardCharsets.UTF_8));
        Audio.refused(Kind.NOT_AUDIO, "text", "\ufeffthis is UTF-16".getBytes(StandardCharsets.UTF_16LE));
        Audio.refused(Kind.NOT_AUDIO, "PDF", "%PDF-1.7\n%âãÏÓ".getBytes(StandardCharsets.ISO_8859_1));
        Audio.refused(Kind.NOT_AUDIO, "zip", new byte[] {'P', 'K', 3, 4, 20, 0, 0, 0});
        Audio.refused(Kind.NOT_AUDIO, "HTML", "<!DOCTYPE html><title>404</title>".getBytes(StandardCharsets.UTF_8));
        Audio.refused(Kind.NOT_AUDIO, "JSON", "{\"error\": 404}".getBytes(StandardCharsets.UTF_8));
        Audio.refused(Kind.NOT_AUDIO, "PNG", new byte[] {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10});
        Audio.refused(Kind.NOT_AUDIO, "ELF", new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
        Audio.refused(Kind.NOT_AUDIO, "git lfs pull",
                "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n".getBytes(StandardCharsets.UTF_8));
        Audio.refused(Kind.NOT_AUDIO, "zero bytes", new byte[5000]);
        Audio.refused(Kind.NOT_AUDIO, "unknown format", new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
        Audio.refused(Kind.NOT_AUDIO, "not WAVE", new WavBytes().ascii("RIFF").u32(100).ascii("ACON").raw(new byte[90]).bytes());
    }

    @Test
    void row03RefusesAHeaderWithoutSamples() {
        Audio.refused(Kind.NO_SAMPLES, "no audio samples", WavBytes.pcm16(16000, 1));
        byte[] tagged = new WavBytes().riff("RIFF", 36 + 12).format(1, 1, 16000, 16).data(new byte[0]).chunk("LIST", 4, "INFO".getBytes()).bytes();
        Audio.refused(Kind.NO_SAMPLES, "empty", tagged);
        Audio.refused(Kind.NO_SAMPLES, "without a 'data' chunk", new WavBytes().riff("RIFF", 28).format(1, 1, 16000, 16).bytes());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 0xffffffffL, 0x7ffff000L, 0x80000000L})
    void row04ReadsStreamedWavToItsEnd(long openSize) {
        for (long riffSize : new long[] {0, 36, 0xffffffffL, 0x7ffff024L}) {
            byte[] bytes = new WavBytes().riff("RIFF", riffSize).format(1, 1, 16000, 16).chunk("data", openSize, WavBytes.shorts(SHORTS)).bytes();
            Waveform w = Audio.read(bytes);
            assertArrayEquals(FLOATS, w.samples());
            assertEquals(List.of(Code.STREAMED_SIZE), Audio.codes(w));
        }
    }

    @Test
    void row04ReadsRf64WhoseSizesWereNeverFilledInToItsEnd() {
        WavBytes header = new WavBytes().riff("RF64", 0xffffffffL).ascii("ds64").u32(28).raw(new byte[28]).format(1, 1, 16000, 16);
        Waveform w = Audio.read(header.chunk("data", 0xffffffffL, WavBytes.shorts(SHORTS)).bytes());
        assertArrayEquals(FLOATS, w.samples());
        assertEquals(List.of(Code.STREAMED_SIZE), Audio.codes(w));
        byte[] closed = new WavBytes().riff("RF64", 0xffffffffL).ascii("ds64").u32(28).u32(90).raw(new byte[24])
                .format(1, 1, 16000, 16).chunk("data", 0xffffffffL, new byte[0]).chunk("LIST", 4, "INFO".getBytes()).bytes();
        Audio.refused(Kind.NO_SAMPLES, "no audio samples", closed);
    }

    @ParameterizedTest
    @ValueSource(longs = {0xffffffffL, 0x7ffff000L, 0x80000000L})
    void row04DoesNotCutAStreamedFileAtTheSizeThatStandsForUnknown(long openSize, @TempDir Path directory) throws IOException {
        byte[] header = new WavBytes().riff("RIFF", 0xffffffffL).format(1, 1, 16000, 16).ascii("data").u32(openSize).bytes();
        long seconds = openSize / 32000 + 3600;
        Path streamed = sparse(directory.resolve("streamed.wav"), header, seconds * 32000, new byte[0]);
        try (AudioStream stream = AudioReader.open(streamed, AudioOptions.DEFAULT)) {
            assertEquals(seconds * 1000, stream.source().durationMs());
            assertEquals(Code.STREAMED_SIZE, stream.warnings().getFirst().code());
        }
    }

    @Test
    void row04BelievesALargeSizeBehindWhichAnotherChunkBegins(@TempDir Path directory) throws IOException {
        byte[] header = new WavBytes().riff("RIFF", 0).format(1, 1, 16000, 16).ascii("data").u32(0x80000000L).bytes();
        byte[] list = new WavBytes().chunk("LIST", 4, "INFO".getBytes()).bytes();
        try (AudioStream stream = AudioReader.open(sparse(directory.resolve("large.wav"), header, 0x80000000L, list), AudioOptions.DEFAULT)) {
            assertEquals(0x80000000L / 32, stream.source().durationMs());
            assertEquals(List.of(), stream.warnings());
        }
    }

    /** A file with a hole of zeros in it, which takes no room on the disk. */
    private static Path sparse(Path file, byte[] header, long zeros, byte[] tail) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(ByteBuffer.wrap(header));
            byte[] last = tail.length > 0 ? tail : new byte[1];
            channel.write(ByteBuffer.wrap(last), header.length + zeros - (tail.length > 0 ? 0 : 1));
        }
        return file;
    }

    @Test
    void row05DecodesWhatIsThereOfATruncatedFile() {
        byte[] bytes = new WavBytes().riff("RIFF", 1036).format(1, 1, 16000, 16).chunk("data", 1000, WavBytes.shorts(SHORTS)).bytes();
        Waveform w = Audio.read(bytes);
        assertArrayEquals(FLOATS, w.samples());
        assertEquals(List.of(Code.TRUNCATED_INPUT), Audio.codes(w));
        assertTrue(w.warnings().getFirst().message().contains("1000 bytes"), w.warnings().toString());
    }

    @Test
    void row06DropsAnOddByteWithAWarning() {
        byte[] bytes = new WavBytes().riff("RIFF", 0).format(1, 1, 16000, 16).ascii("data").u32(9).raw(WavBytes.shorts(SHORTS)).raw(7).bytes();
        Waveform w = Audio.read(bytes);
        assertArrayEquals(FLOATS, w.samples());
        assertEquals(List.of(Code.PARTIAL_FRAME), Audio.codes(w));
    }

    @Test
    void row07RefusesChunkLengthsThatLeaveTheFile() {
        for (long size : new long[] {0xffffffffL, 0x80000000L, 0x7fffffffL, 1000, 0xfffffff0L}) {
            byte[] list = new WavBytes().riff("RIFF", 36).chunk("LIST", size, new byte[4]).format(1, 1, 16000, 16).data(WavBytes.shorts(SHORTS)).bytes();
            AudioException e = assertThrows(AudioException.class, () -> Audio.read(list));
            assertTrue(e.kind() == Kind.CORRUPT || e.kind() == Kind.LIMIT, e.kind() + ": " + e.getMessage());
            assertTrue(e.getMessage().contains("LIST") && e.getMessage().contains(Long.toString(size)), e.getMessage());
            Audio.refused(Kind.CORRUPT, "'fmt '", new WavBytes().riff("RIFF", 36).chunk("fmt ", size, new byte[16]).bytes());
        }
        byte[] longSizes = new WavBytes().riff("RF64", 0xffffffffL).ascii("ds64").u32(28).raw(new byte[8]).u32(0).u32(0x80000000L)
                .raw(new byte[12]).format(1, 1, 16000, 16).data(WavBytes.shorts(SHORTS)).bytes();
        Audio.refused(Kind.CORRUPT, "2^63", longSizes);
    }

    @Test
    void row07RefusesAChunkThatEndsInTheMiddleOfAnother() {
        byte[] bytes = new WavBytes().riff("RIFF", 36).chunk("LIST", 20, new byte[4]).format(1, 1, 16000, 16).data(WavBytes.shorts(SHORTS)).bytes();
        Audio.refused(Kind.CORRUPT, bytes);
    }

    @Test
    void row08SkipsOddChunksWithAndWithoutPadding() {
        for (boolean padded : new boolean[] {true, false}) {
            WavBytes b = new WavBytes().riff("RIFF", 0).ascii("LIST").u32(5).raw(1, 2, 3, 4, 5);
            byte[] bytes = (padded ? b.raw(0) : b).format(1, 1, 16000, 16).data(WavBytes.shorts(SHORTS)).chunk("bext", 3, new byte[3]).bytes();
            assertArrayEquals(FLOATS, Audio.read(bytes).samples());
        }
    }

    @Test
    void row09NamesTheCodingThatItCannotRead() {
        Audio.refused(Kind.UNSUPPORTED, "Microsoft ADPCM", WavBytes.wav(2, 1, 16000, 4, new byte[10]));
        Audio.refused(Kind.UNSUPPORTED, "0x1234", WavBytes.wav(0x1234, 1, 16000, 16, new byte[10]));
        Audio.refused(Kind.UNSUPPORTED, "float samples of 16 bits", WavBytes.wav(3, 1, 16000, 16, new byte[10]));
        Audio.refused(Kind.UNSUPPORTED, "PCM samples of 64 bits", WavBytes.wav(1, 1, 16000, 64, new byte[16]));
    }

    @Test
    void row10RefusesZerosInTheFormat() {
        byte[] data = WavBytes.shorts(SHORTS);
        Audio.refused(Kind.CORRUPT, "0 channels", new WavBytes().riff("RIFF", 0).formatFields(1, 0, 16000, 2, 16).data(data).bytes());
        Audio.refused(Kind.CORRUPT, "0 bits", new WavBytes().riff("RIFF", 0).formatFields(1, 1, 16000, 2, 0).data(data).bytes());
        Audio.refused(Kind.CORRUPT, "0 bytes per frame", new WavBytes().riff("RIFF", 0).formatFields(1, 1, 16000, 0, 16).data(data).bytes());
        Audio.refused(Kind.CORRUPT, "per frame", new WavBytes().riff("RIFF", 0).formatFields(1, 2, 16000, 3, 16).data(data).bytes());
        Audio.refused(Kind.CORRUPT, "24 bits per sample in 2", new WavBytes().riff("RIFF", 0).formatFields(1, 1, 16000, 2, 24).data(data).bytes());
    }

    @Test
    void row11RefusesMoreChannelsThanTheLimit() {
        Audio.refused(Kind.LIMIT, "maxChannels", WavBytes.wav(1, 65535, 16000, 8, new byte[65535]));
        Audio.refused(Kind.LIMIT, "maxChannels", WavBytes.wav(1, 33, 16000, 16, new byte[66]));
        assertEquals(1, Audio.read(WavBytes.wav(1, 32, 16000, 16, new byte[64])).samples().length);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3999, 384001, 655350, 0x80000000L, 0xffffffffL})
    void row12RefusesRatesOutside4To384Kilohertz(long rate) {
        byte[] bytes = new WavBytes().riff("RIFF", 0).formatFields(1, 1, rate, 2, 16).data(WavBytes.shorts(SHORTS)).bytes();
        Audio.refused(Kind.CORRUPT, "sample rate " + rate + " Hz", bytes);
    }

    @Test
    void row12RefusesARateOfZero() {
        Audio.refused(Kind.CORRUPT, "0 Hz", new WavBytes().riff("RIFF", 0).formatFields(1, 1, 0, 2, 16).data(new byte[4]).bytes());
    }

    @Test
    void row13ReplacesWhatIsNoNumberByZeroAndCountsIt() {
        float[] x = {0.5f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e30f, -0.5f};
        Waveform w = Audio.read(WavBytes.wav(3, 1, 16000, 32, WavBytes.floats(x)));
        assertArrayEquals(new float[] {0.5f, 0, 0, 0, 0, -0.5f}, w.samples());
        assertEquals(4, Audio.count(w, Code.NON_FINITE_SAMPLES));
        for (int rate : new int[] {8000, 44100}) {
            for (float s : Audio.read(WavBytes.wav(3, 2, rate, 32, WavBytes.floats(x))).samples()) {
                assertTrue(Float.isFinite(s));
            }
        }
    }

    @Test
    void row13KeepsLoudFloatSamplesAndSaysSo() {
        Waveform w = Audio.read(WavBytes.wav(3, 1, 16000, 32, WavBytes.floats(20000f, 0.1f)));
        assertArrayEquals(new float[] {20000f, 0.1f}, w.samples());
        assertEquals(List.of(Code.OUT_OF_RANGE_SAMPLES), Audio.codes(w));
    }

    @Test
    void row14PassesClippingDirectCurrentAndSilenceOnAsTheyAre() {
        short[][] inputs = new short[3][1600];
        Arrays.fill(inputs[0], (short) 12000);
        for (int i = 0; i < 1600; i++) {
            inputs[1][i] = i / 20 % 2 == 0 ? Short.MAX_VALUE : Short.MIN_VALUE;
        }
        for (short[] x : inputs) {
            Waveform w = Audio.read(WavBytes.pcm16(16000, 1, x));
            assertEquals(List.of(), w.warnings());
            assertEquals(x[0] / 32768f, w.samples()[0]);
            assertEquals(x[1599] / 32768f, w.samples()[1599]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 384, 399, 1600})
    void row15DeliversEverySampleOfAShortInput(int count) {
        assertEquals(count, Audio.read(WavBytes.pcm16(16000, 1, new short[count])).samples().length);
        for (Resampling kind : Resampling.values()) {
            AudioOptions options = AudioOptions.DEFAULT.withResampling(kind);
            assertEquals(count * 2, Audio.read(WavBytes.pcm16(8000, 1, new short[count]), options).samples().length);
            assertEquals((count * 160 + 440) / 441, Audio.read(WavBytes.pcm16(44100, 1, new short[count]), options).samples().length);
        }
    }

    @Test
    void refusesAHeaderCutAnywhere() {
        byte[] whole = WavBytes.pcm16(16000, 1, SHORTS);
        for (int length = 1; length < 44; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            AudioException e = assertThrows(AudioException.class, () -> Audio.read(cut));
            assertTrue(e.kind() != Kind.IO && e.kind() != Kind.LIMIT, e.kind() + " at length " + cut.length);
        }
    }

    @Test
    void refusesSamplesBeforeTheirFormat() {
        Audio.refused(Kind.CORRUPT, "before any 'fmt '",
                new WavBytes().riff("RIFF", 0).data(WavBytes.shorts(SHORTS)).format(1, 1, 16000, 16).bytes());
    }
}
