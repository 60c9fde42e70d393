package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Row 9 of the reliability list, and every other kind of WAV that is right. */
class WavReaderTest {
    private static final short[] SHORTS = {0, 1, -1, 256, -256, 16384, -16384, 32767, -32768, 12345};
    private static final float[] FLOATS = scaled(SHORTS);

    private static float[] scaled(short[] s) {
        float[] x = new float[s.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = s[i] / 32768f;
        }
        return x;
    }

    @Test
    void readsPcm16ExactlyAsDividedBy32768() {
        Waveform w = Audio.read(WavBytes.pcm16(16000, 1, SHORTS));
        assertArrayEquals(FLOATS, w.samples());
        assertEquals(new SourceInfo("WAV (PCM 16 bit)", 16000, 1, 0), w.source());
        assertEquals(List.of(), w.warnings());
    }

    @Test
    void readsPcm8AsUnsignedAround128() {
        Waveform w = Audio.read(WavBytes.wav(1, 1, 16000, 8, new byte[] {(byte) 128, 0, (byte) 255, 64}));
        assertArrayEquals(new float[] {0, -1, 127 / 128f, -0.5f}, w.samples());
    }

    @Test
    void readsPcm24Exactly() {
        Waveform w = Audio.read(WavBytes.wav(1, 1, 16000, 24, new byte[] {1, 0, 0, -1, -1, -1, 0, 0, -128, -1, -1, 127}));
        assertArrayEquals(new float[] {1 / 8388608f, -1 / 8388608f, -1, 8388607 / 8388608f}, w.samples());
    }

    @Test
    void readsPcm32() {
        ByteBuffer b = WavBytes.little(12).putInt(Integer.MIN_VALUE).putInt(1 << 30).putInt(-256);
        assertArrayEquals(new float[] {-1, 0.5f, (float) (-256 / 2147483648.0)}, Audio.read(WavBytes.wav(1, 1, 16000, 32, b.array())).samples());
    }

    @Test
    void readsFloat32AndFloat64() {
        assertArrayEquals(FLOATS, Audio.read(WavBytes.wav(3, 1, 16000, 32, WavBytes.floats(FLOATS))).samples());
        ByteBuffer b = WavBytes.little(FLOATS.length * 8);
        for (float x : FLOATS) {
            b.putDouble(x);
        }
        assertArrayEquals(FLOATS, Audio.read(WavBytes.wav(3, 1, 16000, 64, b.array())).samples());
    }

    @Test
    void readsAlawAndMulawAsG711Says() {
        // Largest, smallest and middle codes with their values from the tables of ITU-T G.711, scaled to 16 bit.
        byte[] a = {(byte) 0xd5, 0x55, (byte) 0xaa, 0x2a, (byte) 0x80, (byte) 0xd4};
        assertArrayEquals(scaled(new short[] {8, -8, 32256, -32256, 5504, 24}), Audio.read(WavBytes.wav(6, 1, 16000, 8, a)).samples());
        byte[] u = {(byte) 0xff, 0x7f, (byte) 0x80, 0x00, (byte) 0xf0, (byte) 0xfe};
        assertArrayEquals(scaled(new short[] {0, 0, 32124, -32124, 120, 8}), Audio.read(WavBytes.wav(7, 1, 16000, 8, u)).samples());
    }

    @Test
    void readsExtensibleOfEveryKind() {
        byte[] pcm = new WavBytes().riff("RIFF", 0).extensible(1, 1, 16000, 16, 16).data(WavBytes.shorts(SHORTS)).bytes();
        assertArrayEquals(FLOATS, Audio.read(pcm).samples());
        byte[] floats = new WavBytes().riff("RIFF", 0).extensible(3, 1, 16000, 32, 32).data(WavBytes.floats(FLOATS)).bytes();
        assertArrayEquals(FLOATS, Audio.read(floats).samples());
        byte[] in32 = new WavBytes().riff("RIFF", 0).extensible(1, 1, 16000, 24, 32)
                .data(WavBytes.little(8).putInt(0x40000000).putInt(-0x40000000).array()).bytes();
        assertArrayEquals(new float[] {0.5f, -0.5f}, Audio.read(in32).samples());
    }

    @Test
    void readsTwelveBitsInTwoBytesAndTwentyInThree() {
        byte[] twelve = new WavBytes().riff("RIFF", 0).formatFields(1, 1, 16000, 2, 12).data(WavBytes.shorts(SHORTS)).bytes();
        assertArrayEquals(FLOATS, Audio.read(twelve).samples());
        byte[] twenty = new WavBytes().riff("RIFF", 0).formatFields(1, 1, 16000, 3, 20).data(new byte[] {0, 0, 64}).bytes();
        assertArrayEquals(new float[] {0.5f}, Audio.read(twenty).samples());
    }

    @Test
    void readsRf64WithItsLongSizes() {
        byte[] data = WavBytes.shorts(SHORTS);
        byte[] bytes = new WavBytes().riff("RF64", 0xffffffffL).ascii("ds64").u32(28).u32(100).u32(0).u32(data.length).u32(0)
                .u32(SHORTS.length).u32(0).u32(0).format(1, 1, 16000, 16).chunk("data", 0xffffffffL, data)
                .chunk("LIST", 4, new byte[] {1, 2, 3, 4}).bytes();
        Waveform w = Audio.read(bytes);
        assertArrayEquals(FLOATS, w.samples());
        assertEquals(List.of(), w.warnings());
        assertEquals("RF64 (PCM 16 bit)", w.source().format());
    }

    @Test
    void skipsUnknownChunksBeforeAndAfterTheData() {
        byte[] bytes = new WavBytes().riff("RIFF", 0).chunk("bext", 7, new byte[7]).chunk("LIST", 4, "INFO".getBytes())
                .format(1, 1, 16000, 16).chunk("fact", 4, new byte[4]).chunk("id3 ", 3, new byte[3]).data(WavBytes.shorts(SHORTS))
                .chunk("LIST", 5, new byte[5]).ascii("junk").bytes();
        Waveform w = Audio.read(bytes);
        assertArrayEquals(FLOATS, w.samples());
        assertEquals(List.of(), w.warnings());
    }

    @Test
    void skipsOddChunkWithoutItsPaddingByte() {
        byte[] bytes = new WavBytes().riff("RIFF", 0).ascii("junk").u32(3).raw(9, 9, 9).format(1, 1, 16000, 16)
                .data(WavBytes.shorts(SHORTS)).bytes();
        assertArrayEquals(FLOATS, Audio.read(bytes).samples());
    }

    @Test
    void takesTheMeanOfAllChannelsOrTheOneAskedFor() {
        byte[] bytes = WavBytes.pcm16(16000, 2, (short) 1000, (short) 3000, (short) -500, (short) 0);
        assertArrayEquals(new float[] {2000 / 32768f, -250 / 32768f}, Audio.read(bytes).samples());
        assertArrayEquals(new float[] {1000 / 32768f, -500 / 32768f}, Audio.read(bytes, AudioOptions.DEFAULT.withChannel(1)).samples());
        assertArrayEquals(new float[] {3000 / 32768f, 0}, Audio.read(bytes, AudioOptions.DEFAULT.withChannel(2)).samples());
        AudioException e = Audio.refused(AudioException.Kind.UNSUPPORTED, () -> Audio.read(bytes, AudioOptions.DEFAULT.withChannel(3)));
        assertTrue(e.getMessage().contains("channel 3"), e.getMessage());
    }

    @Test
    void acceptsEveryRateFrom4To384Kilohertz() {
        for (int rate : new int[] {4000, 7999, 8000, 11025, 16001, 22050, 32000, 44056, 44100, 48000, 88200, 96000, 192000, 384000}) {
            for (Resampling kind : Resampling.values()) {
                Waveform w = Audio.read(WavBytes.pcm16(rate, 1, new short[rate / 10]), AudioOptions.DEFAULT.withResampling(kind));
                assertEquals((rate / 10 * 16000L + rate - 1) / rate, w.samples().length, rate + " Hz");
            }
        }
    }

    @Test
    void readsRawSamplesOfTheGivenLayout() {
        AudioOptions raw = AudioOptions.DEFAULT.withRaw(RawFormat.parse("s16le@16000"));
        Waveform w = Audio.read(WavBytes.shorts(SHORTS), raw);
        assertArrayEquals(FLOATS, w.samples());
        assertEquals("raw (PCM 16 bit)", w.source().format());
        assertEquals(new RawFormat(SampleEncoding.F32LE, 48000, 2), RawFormat.parse("F32LE@48000x2"));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> RawFormat.parse("s16@fast"));
        assertTrue(e.getMessage().contains("s16le") && e.getMessage().contains("s16@fast"), e.getMessage());
    }
}
