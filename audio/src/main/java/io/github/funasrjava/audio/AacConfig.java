package io.github.funasrjava.audio;

/**
 * An AudioSpecificConfig (ISO 14496-3, 1.6.2.1), accepted only for what the decoder library was proved on: AAC-LC with
 * frames of 1024 and a standard channel layout.
 */
record AacConfig(int sampleRateHz, int rateIndex, int channels, byte[] bytes) {
    /** Sample rates by index. */
    static final int[] SAMPLE_RATES = {96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350};

    private static final int LC = 2;
    private static final int SBR = 5;
    private static final int PS = 29;
    private static final int SBR_EXTENSION = 0x2b7;

    static AacConfig parse(byte[] b, String name) {
        Bits bits = new Bits(b, name);
        int type = objectType(bits);
        int rateIndex = bits.read(4);
        if (rateIndex >= SAMPLE_RATES.length) {
            throw AudioException.unsupported(name, "AAC with a sample rate of its own");
        }
        int channelConfig = bits.read(4);
        if (type == SBR || type == PS) {
            throw heAac(name);
        }
        if (type != LC) {
            throw AudioException.unsupported(name, "AAC of object type " + type + " (only LC is decoded here)");
        }
        if (channelConfig == 0 || channelConfig > 7) {
            throw AudioException.unsupported(name, "AAC with a channel layout of its own");
        }
        if (bits.read(1) == 1) {
            throw AudioException.unsupported(name, "AAC with frames of 960 samples");
        }
        if (bits.read(1) == 1) {
            bits.read(14);
        }
        bits.read(1);
        if (bits.left() >= 17 && bits.read(11) == SBR_EXTENSION && objectType(bits) == SBR && bits.read(1) == 1) {
            throw heAac(name);
        }
        return new AacConfig(SAMPLE_RATES[rateIndex], rateIndex, channelConfig == 7 ? 8 : channelConfig, b);
    }

    /** The configuration that an ADTS header stands for. */
    static AacConfig of(AdtsHeader h, String name) {
        int bits = h.objectType() << 11 | h.rateIndex() << 7 | h.channelConfig() << 3;
        return parse(new byte[] {(byte) (bits >> 8), (byte) bits}, name);
    }

    static AudioException heAac(String name) {
        return AudioException.unsupported(name, "HE-AAC (AAC with spectral band replication)");
    }

    private static int objectType(Bits bits) {
        int type = bits.read(5);
        return type == 31 ? 32 + bits.read(6) : type;
    }

    private static final class Bits {
        private final byte[] bytes;
        private final String name;
        private int at;

        Bits(byte[] bytes, String name) {
            this.bytes = bytes;
            this.name = name;
        }

        int left() {
            return bytes.length * 8 - at;
        }

        int read(int count) {
            if (count > left()) {
                throw AudioException.corrupt(name, "the AAC configuration ends too early");
            }
            int v = 0;
            for (int i = 0; i < count; i++, at++) {
                v = v << 1 | bytes[at >> 3] >> 7 - (at & 7) & 1;
            }
            return v;
        }
    }
}
