package io.github.funasrjava.audio;

/**
 * Brings the channels of codecs with an order of their own into that of WAV files (front left, front right, centre, low
 * frequency, back, side), so that a channel number means the same in every format.
 */
final class ChannelOrder {
    private static final int[][] AAC = {
        {}, {0}, {0, 1}, {1, 2, 0}, {1, 2, 0, 3}, {1, 2, 0, 3, 4}, {1, 2, 0, 5, 3, 4}, {}, {3, 4, 0, 7, 5, 6, 1, 2}};
    private static final int[][] OPUS = {
        {}, {0}, {0, 1}, {0, 2, 1}, {0, 1, 2, 3}, {0, 2, 1, 3, 4}, {0, 2, 1, 5, 3, 4}, {0, 2, 1, 6, 5, 3, 4}, {0, 2, 1, 7, 5, 6, 3, 4}};

    private ChannelOrder() {}

    /** For each WAV channel the place of that channel among AAC's elements (ISO 14496-3, table 1.19). */
    static int[] aac(int channels) {
        return AAC[channels].clone();
    }

    /** For each WAV channel its place in an Opus stream (RFC 7845, 5.1.1.2). */
    static int[] opus(int channels) {
        return OPUS[channels].clone();
    }
}
