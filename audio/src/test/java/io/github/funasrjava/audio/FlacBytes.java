package io.github.funasrjava.audio;

import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;

/** Writes FLAC bit by bit: what encoders no longer write but files contain, and frames that expand without measure. */
final class FlacBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int pending;
    private int bits;

    /** A mono 16 bit file header for blocks of one size at 16 kHz. */
    FlacBytes header(int blockSize, long totalSamples) {
        out.writeBytes(new byte[] {'f', 'L', 'a', 'C'});
        put(0x80, 8).put(34, 24).put(blockSize, 16).put(blockSize, 16).put(0, 24).put(0, 24);
        put(16000, 20).put(0, 3).put(15, 5).put(totalSamples >>> 32, 4).put(totalSamples & 0xffffffffL, 32);
        for (int i = 0; i < 16; i++) {
            put(0, 8);
        }
        return this;
    }

    /** One frame of a subframe written by {@code subframe}; its number must be below 2^31. */
    FlacBytes frame(int blockSize, long number, Consumer<FlacBytes> subframe) {
        return frame(blockSize, number, 1, subframe);
    }

    /** One frame of several channels, all of them written by {@code subframes}. */
    FlacBytes frame(int blockSize, long number, int channels, Consumer<FlacBytes> subframes) {
        int start = out.size();
        put(0xfff8, 16).put(7, 4).put(5, 4).put(channels - 1, 4).put(4, 3).put(0, 1);
        utf8(number);
        put(blockSize - 1, 16);
        put(crc(start, 8, 0x07), 8);
        subframes.accept(this);
        while (bits != 0) {
            put(0, 1);
        }
        put(crc(start, 16, 0x8005), 16);
        return this;
    }

    private void utf8(long v) {
        if (v < 0x80) {
            put(v, 8);
        } else if (v < 0x800) {
            put(0xc0 | v >> 6, 8).put(0x80 | v & 63, 8);
        } else if (v < 0x10000) {
            put(0xe0 | v >> 12, 8).put(0x80 | v >> 6 & 63, 8).put(0x80 | v & 63, 8);
        } else {
            put(0xf0 | v >> 18, 8).put(0x80 | v >> 12 & 63, 8).put(0x80 | v >> 6 & 63, 8).put(0x80 | v & 63, 8);
        }
    }

    FlacBytes put(long value, int count) {
        for (int i = count - 1; i >= 0; i--) {
            pending = pending << 1 | (int) (value >> i & 1);
            if (++bits == 8) {
                out.write(pending);
                pending = 0;
                bits = 0;
            }
        }
        return this;
    }

    private int crc(int from, int width, int polynomial) {
        byte[] b = out.toByteArray();
        int crc = 0;
        int top = 1 << width - 1;
        for (int i = from; i < b.length; i++) {
            crc ^= (b[i] & 0xff) << width - 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = ((crc & top) != 0 ? crc << 1 ^ polynomial : crc << 1) & (top << 1) - 1;
            }
        }
        return crc;
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
