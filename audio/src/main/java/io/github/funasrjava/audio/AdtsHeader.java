package io.github.funasrjava.audio;

import java.util.Optional;

/**
 * The seven bytes (nine with a checksum) before every frame of an AAC stream in ADTS (ISO 13818-7).
 *
 * @param objectType 1 main, 2 LC, 3 SSR, 4 LTP
 * @param rateIndex index into {@link AacConfig#SAMPLE_RATES}
 * @param channelConfig number of channels, 7 for 8 of them, 0 when the frame itself says
 * @param frameBytes header included
 * @param headerBytes 7 or 9
 * @param blocks raw data blocks in the frame
 */
record AdtsHeader(int objectType, int rateIndex, int channelConfig, int frameBytes, int headerBytes, int blocks)
        implements FrameHeader {
    /** Bytes needed for {@link #parse}. */
    static final int BYTES = 7;

    static Optional<AdtsHeader> parse(int b0, int b1, int b2, int b3, int b4, int b5, int b6) {
        if (b0 != 0xff || (b1 & 0xf6) != 0xf0) {
            return Optional.empty();
        }
        int rateIndex = b2 >> 2 & 15;
        int header = (b1 & 1) == 1 ? 7 : 9;
        int bytes = (b3 & 3) << 11 | b4 << 3 | b5 >> 5;
        if (rateIndex > 12 || bytes <= header) {
            return Optional.empty();
        }
        return Optional.of(new AdtsHeader((b2 >> 6) + 1, rateIndex, (b2 & 1) << 2 | b3 >> 6, bytes, header, (b6 & 3) + 1));
    }

    @Override
    public boolean continues(FrameHeader other) {
        return other instanceof AdtsHeader h && h.objectType == objectType && h.rateIndex == rateIndex
                && h.channelConfig == channelConfig;
    }
}
