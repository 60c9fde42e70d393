package io.github.funasrjava.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.funasrjava.audio.AudioException.Kind;
import io.github.funasrjava.audio.AudioWarning.Code;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Containers of a few kilobytes that are put together as no writer does it, to exhaust the memory or the patience of a reader. */
class HostileContainerTest {
    private static final byte[] OPUS_SILENCE = {(byte) 0xf8, (byte) 0xff, (byte) 0xfe};

    @Test
    void row21RefusesAnOggPageThatUnfoldsBeyondMeasure() {
        byte[] head = join(new byte[] {0x7f, 'F', 'L', 'A', 'C', 1, 0, 0, 0}, new FlacBytes().header(65535, 0).bytes());
        // Eight channels: 255 packets would be half a gigabyte.
        head[9 + 8 + 12] |= 7 << 1;
        byte[] frame = new FlacBytes().frame(65535, 0, 8, f -> {
            for (int c = 0; c < 8; c++) {
                f.put(0, 8).put(0, 16);
            }
        }).bytes();
        byte[][] packets = new byte[255][];
        Arrays.fill(packets, frame);
        byte[][] few = Arrays.copyOf(packets, 3);
        assertEquals(3 * 65535, Audio.read(join(OggBytes.page(2, 0, 1, 0, head), OggBytes.page(4, 3 * 65535, 1, 1, few))).samples().length);
        byte[] bomb = join(OggBytes.page(2, 0, 1, 0, head), OggBytes.page(4, 255 * 65535, 1, 1, packets));
        Audio.refused(Kind.LIMIT, "one Ogg page", bomb);
    }

    @Test
    void row21RefusesAFragmentWhoseEmptySamplesHaveNoEnd() {
        byte[] run = box("trun", new byte[4], big((1 << 19) + 1, 4));
        Audio.refused(Kind.CORRUPT, "claims 524289 samples", fragmented(run, run));
        Audio.refused(Kind.CORRUPT, "could be decoded", fragmented(box("trun", new byte[4], big(3, 4))));
    }

    private static byte[] fragmented(byte[]... runs) {
        byte[] config = join(new byte[4], new byte[] {3, 25, 0, 0, 0, 4, 17, 0x40, 0x15}, new byte[11], new byte[] {5, 2, 0x14, 0x08});
        byte[] tables = box("stbl", box("stsd", new byte[4], big(1, 4), box("mp4a", new byte[28], box("esds", config))),
                box("stsc", new byte[8]), box("stsz", new byte[12]), box("stts", new byte[8]), box("stco", new byte[8]));
        byte[] media = box("mdia", box("mdhd", new byte[12], big(16000, 4), new byte[8]),
                box("hdlr", new byte[8], ascii("soun"), new byte[13]), box("minf", tables));
        byte[] track = box("trak", box("tkhd", new byte[12], big(1, 4), new byte[68]), media);
        byte[] movie = box("moov", box("mvhd", new byte[12], big(1000, 4), new byte[84]), track,
                box("mvex", box("trex", new byte[4], big(1, 4), big(1, 4), big(1024, 4), new byte[8])));
        return join(box("ftyp", ascii("isom"), new byte[4]), movie,
                box("moof", box("traf", box("tfhd", new byte[4], big(1, 4)), join(runs))));
    }

    @Test
    void goesOnBehindABlockGroupOfSeveralBlocks() {
        byte[] good = element(0xa0, block(1, 0));
        byte[] broken = element(0xa0, block(1, 20), block(5, 0), block(1, 256));
        Waveform w = Audio.read(webm(good, broken, element(0xa0, block(1, 40))));
        assertEquals(List.of(Code.LOST_FRAMES), Audio.codes(w).stream().filter(Code.LOST_FRAMES::equals).toList());
        assertEquals(3 * 320, w.samples().length);
    }

    @Test
    void leavingOutAPartOfEveryPacketTakesLinearTime() {
        int packets = 300_000;
        long[] delivered = new long[1];
        BoundedRun.one(() -> {
            PacketSource source = new Drops(packets);
            float[] block = new float[16];
            int n;
            while ((n = source.read(block, block.length)) >= 0) {
                delivered[0] += n;
            }
        });
        assertEquals(packets, delivered[0]);
    }

    /** Packets of two frames, of which the second is padding, as DiscardPadding may say of every block of a WebM file. */
    private static final class Drops extends PacketSource {
        private int left;

        Drops(int packets) {
            left = packets;
        }

        @Override
        protected boolean decodeMore() {
            append(new float[2], 2);
            drop(decodedFrames() - 1, decodedFrames());
            return left-- > 0;
        }

        @Override
        public String format() {
            return "drops";
        }

        @Override
        public int sampleRateHz() {
            return 16_000;
        }

        @Override
        public int channels() {
            return 1;
        }
    }

    private static byte[] webm(byte[]... cluster) {
        byte[] head = join(ascii("OpusHead"), new byte[] {1, 1, 0, 0, (byte) 0x80, (byte) 0xbb, 0, 0, 0, 0, 0});
        byte[] track = element(0xae, element(0xd7, new byte[] {1}), element(0x83, new byte[] {2}), element(0x86, ascii("A_OPUS")),
                join(new byte[] {0x63, (byte) 0xa2, (byte) (0x80 | head.length)}, head));
        return join(big(0x1a45dfa3L, 4), new byte[] {(byte) 0x80}, big(0x18538067L, 4), big(0x01ffffffffffffffL, 8),
                big(0x1654ae6bL, 4), sized(track), big(0x1f43b675L, 4), big(0x01ffffffffffffffL, 8), element(0xe7, new byte[] {0}), join(cluster));
    }

    private static byte[] block(int track, int time) {
        return element(0xa1, join(new byte[] {(byte) (0x80 | track)}, big(time, 2), new byte[] {0}, OPUS_SILENCE));
    }

    private static byte[] element(int id, byte[]... content) {
        return join(big(id, 1), sized(join(content)));
    }

    private static byte[] sized(byte[] content) {
        return join(big(0x10000000L | content.length, 4), content);
    }

    private static byte[] box(String type, byte[]... content) {
        byte[] body = join(content);
        return join(big(body.length + 8, 4), ascii(type), body);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] big(long value, int bytes) {
        byte[] b = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            b[i] = (byte) (value >> 8 * (bytes - 1 - i));
        }
        return b;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
