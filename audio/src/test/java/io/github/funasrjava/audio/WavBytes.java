package io.github.funasrjava.audio;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes WAV files byte by byte, right ones and wrong ones. */
final class WavBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    static byte[] pcm16(int rate, int channels, short... samples) {
        return new WavBytes().riff("RIFF", 36 + samples.length * 2).format(1, channels, rate, 16).data(shorts(samples)).bytes();
    }

    static byte[] wav(int tag, int channels, int rate, int bits, byte[] data) {
        return new WavBytes().riff("RIFF", 36 + data.length).format(tag, channels, rate, bits).data(data).bytes();
    }

    WavBytes riff(String id, long size) {
        return ascii(id).u32(size).ascii("WAVE");
    }

    WavBytes format(int tag, int channels, int rate, int bits) {
        int align = channels * ((bits + 7) / 8);
        return formatFields(tag, channels, rate, align, bits);
    }

    WavBytes formatFields(int tag, int channels, long rate, int align, int bits) {
        return ascii("fmt ").u32(16).u16(tag).u16(channels).u32(rate).u32(rate * align).u16(align).u16(bits);
    }

    WavBytes extensible(int tag, int channels, int rate, int validBits, int containerBits) {
        int align = channels * containerBits / 8;
        return ascii("fmt ").u32(40).u16(0xfffe).u16(channels).u32(rate).u32((long) rate * align).u16(align).u16(containerBits)
                .u16(22).u16(validBits).u32(3).u16(tag).raw(0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71);
    }

    WavBytes data(byte[] data) {
        return chunk("data", data.length, data);
    }

    /** A chunk whose size field may lie; padded when its true length is odd. */
    WavBytes chunk(String id, long size, byte[] body) {
        ascii(id).u32(size).raw(body);
        return body.length % 2 == 1 ? raw(0) : this;
    }

    WavBytes ascii(String s) {
        return raw(s.getBytes(StandardCharsets.US_ASCII));
    }

    WavBytes u16(int v) {
        return raw(v, v >> 8);
    }

    WavBytes u32(long v) {
        return raw((int) v, (int) (v >> 8), (int) (v >> 16), (int) (v >> 24));
    }

    WavBytes raw(byte[] b) {
        out.writeBytes(b);
        return this;
    }

    WavBytes raw(int... b) {
        for (int v : b) {
            out.write(v);
        }
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    static byte[] shorts(short... samples) {
        ByteBuffer b = little(samples.length * 2);
        for (short s : samples) {
            b.putShort(s);
        }
        return b.array();
    }

    static byte[] floats(float... samples) {
        ByteBuffer b = little(samples.length * 4);
        for (float s : samples) {
            b.putFloat(s);
        }
        return b.array();
    }

    static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
