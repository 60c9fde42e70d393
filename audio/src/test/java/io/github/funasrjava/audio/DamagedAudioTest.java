package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.audio.AudioException.Kind;
import io.github.funasrjava.audio.AudioWarning.Code;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows 19 to 22 and 26 of the reliability list: compressed files with tags, junk, damage, no sound, or far too much of it. */
class DamagedAudioTest {

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] p : parts) {
            out.writeBytes(p);
        }
        return out.toByteArray();
    }

    private static Set<Code> codes(Encoded.Pcm pcm) {
        return Set.copyOf(pcm.warnings().stream().map(AudioWarning::code).toList());
    }

    private static byte[] id3(int size) {
        byte[] tag = new byte[10 + size];
        System.arraycopy(new byte[] {'I', 'D', '3', 4, 0, 0, (byte) (size >> 21 & 127), (byte) (size >> 14 & 127),
            (byte) (size >> 7 & 127), (byte) (size & 127)}, 0, tag, 0, 10);
        // What a picture may contain: the sync pattern of a frame.
        Arrays.fill(tag, 10, tag.length, (byte) 0xff);
        return tag;
    }

    @Test
    void row19ReadsMp3BehindATenMegabytePicture() {
        byte[] mp3 = Encoded.bytes("mp3-lame-vbr-16k.mp3");
        Encoded.Pcm pcm = Encoded.decode(join(id3(10 << 20), id3(5), mp3, new byte[] {'T', 'A', 'G'}, new byte[125]));
        assertArrayEquals(Encoded.decode(mp3).samples(), pcm.samples());
        assertEquals(List.of(), pcm.warnings());
        Audio.refused(Kind.LIMIT, "maxHeaderBytes", join(id3(70 << 20), mp3));
        Audio.refused(Kind.NO_SAMPLES, "ID3", id3(1000));
    }

    @Test
    void row19SkipsJunkBeforeTheFirstFrame() {
        byte[] mp3 = Encoded.bytes("mp3-without-info.mp3");
        byte[] junk = new byte[5000];
        for (int i = 0; i < junk.length; i++) {
            junk[i] = (byte) (i * 7919 >> 3);
        }
        Encoded.Pcm pcm = Encoded.decode(join(junk, mp3));
        assertArrayEquals(Encoded.decode(mp3).samples(), pcm.samples());
        assertEquals(Set.of(Code.JUNK_SKIPPED), codes(pcm));
        assertArrayEquals(pcm.samples(), Encoded.decode(join(new byte[3000], mp3)).samples());
    }

    @Test
    void row19ReadsVariableBitRateWithoutItsIndex() {
        byte[] mp3 = Encoded.bytes("mp3-lame-vbr-16k.mp3");
        MpegHeader info = MpegHeader.parse(mp3[0] & 0xff, mp3[1] & 0xff, mp3[2] & 0xff, mp3[3] & 0xff).orElseThrow();
        Encoded.Pcm bare = Encoded.decode(Arrays.copyOfRange(mp3, info.frameBytes(), mp3.length));
        Encoded.Pcm whole = Encoded.decode(mp3);
        // Without the index the encoder's delay is not known and stays in: 1105 samples of LAME at this rate.
        int delay = 1105;
        assertArrayEquals(whole.samples(), Arrays.copyOfRange(bare.samples(), delay, delay + whole.frames()));
    }

    @Test
    void row19DropsATruncatedLastFrameAndSaysSo() {
        byte[] mp3 = Encoded.bytes("mp3-without-info.mp3");
        Encoded.Pcm pcm = Encoded.decode(Arrays.copyOf(mp3, mp3.length - 10));
        Encoded.Pcm whole = Encoded.decode(mp3);
        assertEquals(Set.of(Code.TRUNCATED_INPUT), codes(pcm));
        assertArrayEquals(Arrays.copyOf(whole.samples(), whole.samples().length - 1152), pcm.samples());
    }

    /** Damage 40 bytes in the middle: the rest stays where it was in time, and strict mode refuses. */
    @ParameterizedTest
    @ValueSource(strings = {"mp3-without-info.mp3", "flac-16bit.flac", "flac-in-ogg.oga", "vorbis-mono-16k.ogg", "opus-silk.opus",
        "opus.webm", "aac-faststart-16k.m4a", "aac-adts.aac"})
    void row20KeepsTimesTrueAcrossDamage(String name) {
        byte[] original = Encoded.bytes(name);
        byte[] damaged = original.clone();
        for (int i = 0; i < 40; i++) {
            damaged[damaged.length / 2 + i] ^= (byte) (0xa5 + 31 * i);
        }
        Encoded.Pcm whole = Encoded.decode(original);
        Encoded.Pcm pcm = Encoded.decode(damaged);
        assertEquals(whole.frames(), pcm.frames(), "frames");
        int tenth = whole.samples().length / 10;
        float[] end = Arrays.copyOfRange(whole.samples(), 9 * tenth, 10 * tenth);
        float[] endAfterDamage = Arrays.copyOfRange(pcm.samples(), 9 * tenth, 10 * tenth);
        double error = 0;
        for (int i = 0; i < end.length; i++) {
            error += Math.pow(end[i] - endAfterDamage[i], 2);
        }
        assertTrue(Signals.decibels(error / end.length / Signals.power(end, 0, end.length)) < -20, "the end has moved");
        for (float x : pcm.samples()) {
            assertTrue(Float.isFinite(x));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mp3-without-info.mp3", "flac-16bit.flac", "flac-in-ogg.oga", "vorbis-mono-16k.ogg", "opus-silk.opus",
        "opus.webm", "aac-faststart-16k.m4a", "aac-adts.aac"})
    void row20FlagsAHoleAndStrictRefusesIt(String name) {
        byte[] b = Encoded.bytes(name);
        byte[] damaged = join(Arrays.copyOf(b, b.length / 2), new byte[700], Arrays.copyOfRange(b, b.length / 2 + 300, b.length));
        Encoded.Pcm pcm = Encoded.decode(damaged);
        assertTrue(pcm.frames() > Encoded.decode(b).frames() / 4, pcm.frames() + " frames");
        assertFalse(pcm.warnings().isEmpty(), "damage goes unsaid");
        AudioException e = Audio.refused(Kind.CORRUPT, () -> Audio.read(damaged, Audio.OWN.withStrict(true)));
        assertTrue(e.getMessage().contains("strict"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"mp3-without-info.mp3", "flac-16bit.flac", "flac-in-ogg.oga", "vorbis-stereo.ogg", "opus-celt-stereo.opus",
        "opus.webm", "aac-faststart-16k.m4a", "aac-fragmented.mp4", "aac-adts.aac"})
    void row26TreatsAnyTruncationAsTheEndAndSaysSo(String name) {
        byte[] original = Encoded.bytes(name);
        for (int percent = 1; percent < 100; percent += 7) {
            byte[] cut = Arrays.copyOf(original, original.length * percent / 100);
            try {
                Encoded.Pcm pcm = Encoded.decode(cut);
                assertTrue(pcm.frames() >= 0);
                boolean atBoundary = pcm.warnings().isEmpty();
                assertFalse(atBoundary && name.endsWith("flac"), "truncation at " + percent + " % goes unsaid");
            } catch (AudioException e) {
                assertTrue(Set.of(Kind.CORRUPT, Kind.NOT_AUDIO, Kind.NO_SAMPLES, Kind.EMPTY).contains(e.kind()), e.kind() + ": " + e.getMessage());
                assertTrue(percent < 60, "nothing decoded of " + percent + " %: " + e.getMessage());
            }
        }
    }

    @Test
    void row21StopsABombAtTheLengthLimit() {
        // 65535 samples of a constant in 14 bytes: ten hours in 120 kB.
        FlacBytes bomb = new FlacBytes().header(65535, 0);
        for (int i = 0; i < 9000; i++) {
            bomb.frame(65535, i, f -> f.put(0, 8).put(0, 16));
        }
        byte[] bytes = bomb.bytes();
        assertTrue(bytes.length < 150_000, bytes.length + " bytes");
        AudioOptions options = Audio.OWN.withLimits(AudioLimits.DEFAULT.withMaxDecodedSeconds(600));
        AudioException e = Audio.refused(Kind.LIMIT, () -> Audio.read(bytes, options));
        assertTrue(e.getMessage().contains("maxDecodedSeconds"), e.getMessage());
        try (AudioStream s = AudioReader.open(new ByteArrayInputStream(bytes), "bomb", options)) {
            assertThrows(AudioException.class, () -> drain(s));
            assertTrue(s.samplesRead() <= 600 * 16000L, s.samplesRead() + " samples");
        }
    }

    private static long drain(AudioStream s) {
        float[] block = new float[16000];
        long n = 0;
        int got;
        while ((got = s.read(block, 0, block.length)) >= 0) {
            n += got;
        }
        return n;
    }

    @Test
    void row22SaysThatAVideoHasNoSound() {
        Audio.refused(Kind.NO_AUDIO_STREAM, "no audio stream", Encoded.bytes("video-only.mp4"));
        Audio.refused(Kind.NO_AUDIO_STREAM, "no audio stream", Encoded.bytes("video-only.webm"));
        byte[] theora = OggBytes.page(2, 0, 7, 0, "\u0080theora and so on".getBytes(StandardCharsets.ISO_8859_1));
        byte[] more = OggBytes.page(0, 0, 7, 1, new byte[100]);
        Audio.refused(Kind.NO_AUDIO_STREAM, "Theora", join(theora, more, more));
    }

    @Test
    void readsEscapeCodedFlacWithoutAWordOnStandardOutput() {
        int[] values = {100, -100, 32767, -32768, 0, 1, -1, 5, 6, 7, 8, 9, 10, 11, 12, -13};
        // Fixed predictor of order 0, one partition whose parameter 15 says: plain numbers of 17 bits follow.
        byte[] bytes = new FlacBytes().header(16, 16).frame(16, 0, f -> {
            f.put(8 << 1, 8).put(0, 2).put(0, 4).put(15, 4).put(17, 5);
            for (int v : values) {
                f.put(v & 0x1ffff, 17);
            }
        }).bytes();
        float[] expected = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            expected[i] = values[i] / 32768f;
        }
        assertArrayEquals(expected, Encoded.decode(bytes).samples());
    }

    @Test
    void joinsChainedOggStreams() {
        for (String name : List.of("opus-silk.opus", "vorbis-mono-16k.ogg")) {
            byte[] one = Encoded.bytes(name);
            float[] single = Encoded.decode(one).samples();
            Encoded.Pcm twice = Encoded.decode(join(one, one));
            assertEquals(List.of(), twice.warnings());
            assertArrayEquals(single, Arrays.copyOf(twice.samples(), single.length));
            assertArrayEquals(single, Arrays.copyOfRange(twice.samples(), single.length, 2 * single.length));
        }
    }

    @Test
    void readsMp4FromAPipeAsFromAFile() {
        byte[] moovAtEnd = Encoded.bytes("aac.m4a");
        assertEquals(57330, Encoded.decode(moovAtEnd).frames());
    }

    /** The tag that iTunes writes instead of an edit list, put into a file whose edit list is hidden. */
    @Test
    void trimsWhatTheITunesTagSays() {
        byte[] file = Encoded.bytes("aac.m4a");
        byte[] text = " 00000000 00000400 00000000 0000000000003039 00000000".getBytes(StandardCharsets.US_ASCII);
        byte[] entry = box("----", join(box("mean", join(new byte[4], "com.apple.iTunes".getBytes(StandardCharsets.US_ASCII))),
                box("name", join(new byte[4], "iTunSMPB".getBytes(StandardCharsets.US_ASCII))), box("data", join(new byte[8], text))));
        byte[] tags = box("udta", box("meta", join(new byte[4], box("ilst", entry))));
        int moov = indexOf(file, "moov") - 4;
        byte[] head = Arrays.copyOf(file, moov);
        byte[] content = Arrays.copyOfRange(file, moov + 8, file.length);
        for (String hidden : List.of("edts", "udta")) {
            int at = indexOf(content, hidden);
            if (at > 0) {
                System.arraycopy("free".getBytes(StandardCharsets.US_ASCII), 0, content, at, 4);
            }
        }
        Encoded.Pcm pcm = Encoded.decode(join(head, box("moov", join(content, tags))));
        Encoded.Pcm whole = Encoded.decode(file);
        assertEquals(0x3039 + 1024, pcm.frames(), "to within a frame of AAC");
        assertArrayEquals(Arrays.copyOf(whole.samples(), pcm.samples().length), pcm.samples());
    }

    private static byte[] box(String type, byte[] content) {
        return join(ByteBuffer.allocate(4).putInt(8 + content.length).array(), type.getBytes(StandardCharsets.US_ASCII), content);
    }

    private static int indexOf(byte[] b, String ascii) {
        return new String(b, StandardCharsets.ISO_8859_1).indexOf(ascii);
    }

    /** Hours of every format through the stream, with the heap looked at in the middle. */
    @ParameterizedTest
    @ValueSource(strings = {"mp3-without-info.mp3", "aac-adts.aac", "opus-silk.opus", "vorbis-mono-16k.ogg"})
    void row16DecodesLongInputsInBoundedMemory(String name) {
        byte[] unit = Encoded.bytes(name);
        long repeats = 150;
        InputStream endless = new InputStream() {
            private long at;

            @Override
            public int read() {
                return at == repeats * unit.length ? -1 : unit[(int) (at++ % unit.length)] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                int p = (int) (at % unit.length);
                int n = (int) Math.min(Math.min(length, unit.length - p), repeats * unit.length - at);
                System.arraycopy(unit, p, into, offset, n);
                at += n;
                return n == 0 ? -1 : n;
            }
        };
        float[] block = new float[16000];
        long used = 0;
        long samples = 0;
        try (AudioStream s = AudioReader.open(endless, name, Audio.OWN)) {
            int got;
            for (int i = 0; (got = s.read(block, 0, block.length)) >= 0; i++) {
                samples += got;
                if (i == 20) {
                    used = usedHeap();
                }
            }
            assertTrue(usedHeap() - used < 8 << 20, (usedHeap() - used >> 20) + " MB more at the end");
        }
        assertTrue(samples > repeats * 16000 * 1.2, samples + " samples");
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
