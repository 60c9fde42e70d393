package io.github.funasrjava.audio;

import java.io.ByteArrayOutputStream;

/** Writes Ogg pages, and puts the checksums of damaged ones right, so that the damage reaches the codec. */
final class OggBytes {
    private OggBytes() {}

    /** A page of up to 255 packets of less than 255 bytes each. */
    static byte[] page(int flags, long granule, int serial, int number, byte[]... packets) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {'O', 'g', 'g', 'S', 0, (byte) flags});
        little(out, granule, 8);
        little(out, serial, 4);
        little(out, number, 4);
        little(out, 0, 4);
        out.write(packets.length);
        for (byte[] packet : packets) {
            out.write(packet.length);
        }
        for (byte[] packet : packets) {
            out.writeBytes(packet);
        }
        return withChecksums(out.toByteArray());
    }

    private static void little(ByteArrayOutputStream out, long v, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (v >> 8 * i));
        }
    }

    static byte[] withChecksums(byte[] bytes) {
        byte[] b = bytes.clone();
        for (int p = 0; p + 27 <= b.length; p++) {
            if (b[p] == 'O' && b[p + 1] == 'g' && b[p + 2] == 'g' && b[p + 3] == 'S') {
                int segments = b[p + 26] & 0xff;
                int end = p + 27 + segments;
                for (int i = p + 27; i < p + 27 + segments && i < b.length; i++) {
                    end += b[i] & 0xff;
                }
                if (end <= b.length) {
                    sign(b, p, end);
                }
            }
        }
        return b;
    }

    private static void sign(byte[] b, int from, int to) {
        for (int i = 22; i < 26; i++) {
            b[from + i] = 0;
        }
        int crc = 0;
        for (int i = from; i < to; i++) {
            crc ^= (b[i] & 0xff) << 24;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc < 0 ? crc << 1 ^ 0x04c11db7 : crc << 1;
            }
        }
        for (int i = 0; i < 4; i++) {
            b[from + 22 + i] = (byte) (crc >> 8 * i);
        }
    }
}
