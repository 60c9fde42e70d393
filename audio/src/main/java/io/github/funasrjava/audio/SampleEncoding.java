package io.github.funasrjava.audio;

/**
 * How one uncompressed sample is written. Integers are scaled by their full range (int16 by 32768), so that decoding is
 * exact and equal to the reference's.
 */
public enum SampleEncoding {
    /** Unsigned 8 bit, 128 is silence. */
    U8(1, "PCM 8 bit"),
    /** Signed 8 bit. */
    S8(1, "PCM 8 bit signed"),
    /** Signed 16 bit, little endian. */
    S16LE(2, "PCM 16 bit"),
    /** Signed 16 bit, big endian. */
    S16BE(2, "PCM 16 bit big endian"),
    /** Signed 24 bit, little endian. */
    S24LE(3, "PCM 24 bit"),
    /** Signed 32 bit, little endian. */
    S32LE(4, "PCM 32 bit"),
    /** IEEE float, little endian. */
    F32LE(4, "float 32 bit"),
    /** IEEE double, little endian. */
    F64LE(8, "float 64 bit"),
    /** G.711 A-law. */
    ALAW(1, "A-law"),
    /** G.711 mu-law. */
    MULAW(1, "µ-law");

    private static final float[] ALAW_VALUES = new float[256];
    private static final float[] MULAW_VALUES = new float[256];

    static {
        for (int i = 0; i < 256; i++) {
            ALAW_VALUES[i] = alaw(i) / 32768f;
            MULAW_VALUES[i] = mulaw(i) / 32768f;
        }
    }

    private final int bytes;
    private final String label;

    SampleEncoding(int bytes, String label) {
        this.bytes = bytes;
        this.label = label;
    }

    /** Bytes per sample. */
    public int bytes() {
        return bytes;
    }

    String label() {
        return label;
    }

    /** Decodes {@code count} samples from {@code in} at {@code offset} to the beginning of {@code out}. */
    void decode(byte[] in, int offset, int count, float[] out) {
        int p = offset;
        switch (this) {
            case U8 -> {
                for (int i = 0; i < count; i++) {
                    out[i] = ((in[p++] & 0xff) - 128) / 128f;
                }
            }
            case S8 -> {
                for (int i = 0; i < count; i++) {
                    out[i] = in[p++] / 128f;
                }
            }
            case S16LE -> {
                for (int i = 0; i < count; i++, p += 2) {
                    out[i] = (short) (in[p] & 0xff | in[p + 1] << 8) / 32768f;
                }
            }
            case S16BE -> {
                for (int i = 0; i < count; i++, p += 2) {
                    out[i] = (short) (in[p + 1] & 0xff | in[p] << 8) / 32768f;
                }
            }
            case S24LE -> {
                for (int i = 0; i < count; i++, p += 3) {
                    out[i] = (in[p] & 0xff | (in[p + 1] & 0xff) << 8 | in[p + 2] << 16) / 8388608f;
                }
            }
            case S32LE -> {
                for (int i = 0; i < count; i++, p += 4) {
                    out[i] = (float) (int32(in, p) / 2147483648.0);
                }
            }
            case F32LE -> {
                for (int i = 0; i < count; i++, p += 4) {
                    out[i] = Float.intBitsToFloat(int32(in, p));
                }
            }
            case F64LE -> {
                for (int i = 0; i < count; i++, p += 8) {
                    long bits = int32(in, p) & 0xffffffffL | (long) int32(in, p + 4) << 32;
                    out[i] = (float) Double.longBitsToDouble(bits);
                }
            }
            case ALAW -> {
                for (int i = 0; i < count; i++) {
                    out[i] = ALAW_VALUES[in[p++] & 0xff];
                }
            }
            case MULAW -> {
                for (int i = 0; i < count; i++) {
                    out[i] = MULAW_VALUES[in[p++] & 0xff];
                }
            }
        }
    }

    private static int int32(byte[] b, int p) {
        return b[p] & 0xff | (b[p + 1] & 0xff) << 8 | (b[p + 2] & 0xff) << 16 | b[p + 3] << 24;
    }

    /** ITU-T G.711, A-law to 16 bit linear: 13 bit value left-aligned, even bits inverted on the line. */
    private static int alaw(int code) {
        int c = code ^ 0x55;
        int segment = c >> 4 & 7;
        int mantissa = (c & 15) << 4;
        int magnitude = segment == 0 ? mantissa + 8 : mantissa + 0x108 << segment - 1;
        return (c & 0x80) != 0 ? magnitude : -magnitude;
    }

    /** ITU-T G.711, mu-law to 16 bit linear: 14 bit value left-aligned, all bits inverted on the line, bias 33 * 4. */
    private static int mulaw(int code) {
        int c = ~code;
        int magnitude = (((c & 15) << 3) + 132 << (c >> 4 & 7)) - 132;
        return (c & 0x80) != 0 ? -magnitude : magnitude;
    }
}
