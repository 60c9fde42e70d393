package io.github.funasrjava.audio;

import java.util.Optional;

/**
 * The four bytes before every frame of MPEG-1, MPEG-2 and MPEG-2.5 audio, layers I to III (ISO 11172-3, 13818-3). Frames of
 * free format (no bit rate given) are not recognised.
 *
 * @param version 1, 2, or 3 for the inofficial 2.5
 * @param layer 1 to 3
 * @param crc whether two bytes of checksum follow
 */
record MpegHeader(int version, int layer, int sampleRateHz, int channels, int frameBytes, boolean crc) implements FrameHeader {
    /** Bytes of the header itself. */
    static final int BYTES = 4;

    private static final int[] RATES = {44100, 48000, 32000};
    /** Bit rates in kbit/s by layer for MPEG-1, then for layer I and for layers II and III of MPEG-2. */
    private static final int[][] KBITS = {
        {32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
        {32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
        {32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
        {32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
        {8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}};

    static Optional<MpegHeader> parse(int b0, int b1, int b2, int b3) {
        if (b0 != 0xff || (b1 & 0xe0) != 0xe0) {
            return Optional.empty();
        }
        int versionBits = b1 >> 3 & 3;
        int layer = 4 - (b1 >> 1 & 3);
        int rateIndex = b2 >> 4;
        int frequency = b2 >> 2 & 3;
        if (versionBits == 1 || layer == 4 || rateIndex == 0 || rateIndex == 15 || frequency == 3) {
            return Optional.empty();
        }
        int version = versionBits == 3 ? 1 : versionBits == 2 ? 2 : 3;
        int hz = RATES[frequency] >> version - 1;
        int row = version == 1 ? layer - 1 : layer == 1 ? 3 : 4;
        int bitrate = KBITS[row][rateIndex - 1] * 1000;
        int padding = b2 >> 1 & 1;
        int bytes = switch (layer) {
            case 1 -> (12 * bitrate / hz + padding) * 4;
            case 2 -> 144 * bitrate / hz + padding;
            default -> (version == 1 ? 144 : 72) * bitrate / hz + padding;
        };
        int channels = b3 >> 6 == 3 ? 1 : 2;
        return Optional.of(new MpegHeader(version, layer, hz, channels, bytes, (b1 & 1) == 0));
    }

    /** Samples per channel. */
    int samplesPerFrame() {
        return layer == 1 ? 384 : layer == 2 || version == 1 ? 1152 : 576;
    }

    /** Bytes between the header and the main data of layer III. */
    int sideInfoBytes() {
        return version == 1 ? (channels == 1 ? 17 : 32) : (channels == 1 ? 9 : 17);
    }

    @Override
    public boolean continues(FrameHeader other) {
        return other instanceof MpegHeader h && h.version == version && h.layer == layer && h.sampleRateHz == sampleRateHz;
    }
}
