package io.github.funasrjava.audio;

import io.github.jaredmdobson.concentus.OpusException;
import io.github.jaredmdobson.concentus.OpusMSDecoder;
import io.github.jaredmdobson.concentus.OpusPacketInfo;

/**
 * Opus packets (RFC 6716) behind an {@code OpusHead} (RFC 7845), decoded by Concentus at 48 kHz. Where a damaged packet
 * overflows its fixed-point arithmetic, Concentus throws an {@code AssertionError} of its own, with or without {@code -ea}.
 */
final class OpusPackets implements PacketDecoder {
    private static final int RATE = 48_000;
    /** 120 ms, the longest packet. */
    private static final int MAX_FRAMES = 5760;
    private static final int HEAD_BYTES = 19;
    private static final int MAX_CHANNELS = 8;

    private final int channels;
    private final int preSkip;
    private final OpusMSDecoder decoder;
    private final short[] pcm;
    private final float[] output;

    /** @param head the identification header: magic, version, channels, pre-skip, rate, gain, mapping */
    OpusPackets(byte[] head, String name) {
        if (StreamHead.of(head) != StreamHead.OPUS || head.length < HEAD_BYTES || (head[8] & 0xf0) != 0) {
            throw AudioException.corrupt(name, "the Opus header is damaged or of an unknown version");
        }
        channels = head[9] & 0xff;
        preSkip = head[10] & 0xff | (head[11] & 0xff) << 8;
        int gain = (short) (head[16] & 0xff | head[17] << 8);
        int family = head[18] & 0xff;
        if (channels == 0 || (family == 0 && channels > 2)) {
            throw AudioException.corrupt(name, "the Opus header says " + channels + " channels");
        }
        if (channels > MAX_CHANNELS || (family != 0 && family != 1)) {
            throw AudioException.unsupported(name, "Opus with " + channels + " channels in mapping family " + family);
        }
        int streams = 1;
        int coupled = channels - 1;
        short[] mapping = {0, 1};
        if (family == 1) {
            if (head.length < 21 + channels) {
                throw AudioException.corrupt(name, "the Opus header ends inside its channel mapping");
            }
            streams = head[19] & 0xff;
            coupled = head[20] & 0xff;
            mapping = mapping(head, streams + coupled, name);
        }
        if (streams == 0 || coupled > streams || streams + coupled > 255) {
            throw AudioException.corrupt(name, "the Opus header says " + streams + " streams, " + coupled + " of them coupled");
        }
        try {
            decoder = OpusMSDecoder.create(RATE, channels, streams, coupled, mapping);
            decoder.setGain(gain);
        } catch (OpusException | RuntimeException | AssertionError e) {
            throw new AudioException(AudioException.Kind.CORRUPT, name + ": the Opus header is not accepted by the decoder", e);
        }
        pcm = new short[MAX_FRAMES * channels];
        output = new float[MAX_FRAMES * channels];
    }

    private static short[] mapping(byte[] head, int decoded, String name) {
        int[] order = ChannelOrder.opus(head[9]);
        short[] mapping = new short[order.length];
        for (int i = 0; i < order.length; i++) {
            mapping[i] = (short) (head[21 + order[i]] & 0xff);
            if (mapping[i] != 255 && mapping[i] >= decoded) {
                throw AudioException.corrupt(name, "the Opus channel mapping names a stream that does not exist");
            }
        }
        return mapping;
    }

    @Override
    public int preSkip() {
        return preSkip;
    }

    @Override
    public String coding() {
        return "Opus";
    }

    @Override
    public int sampleRateHz() {
        return RATE;
    }

    @Override
    public int channels() {
        return channels;
    }

    @Override
    public int decode(byte[] packet) {
        if (packet.length == 0) {
            return -1;
        }
        int n;
        try {
            n = decoder.decodeMultistream(packet, 0, packet.length, pcm, 0, MAX_FRAMES, 0);
        } catch (RuntimeException | AssertionError e) {
            return -1;
        }
        for (int i = 0; i < n * channels; i++) {
            output[i] = pcm[i] / 32768f;
        }
        return n <= 0 ? -1 : n;
    }

    @Override
    public float[] output() {
        return output;
    }

    @Override
    public int frames(byte[] packet) {
        if (packet.length == 0) {
            return 0;
        }
        try {
            return Math.clamp(OpusPacketInfo.getNumSamples(packet, 0, packet.length, RATE), 0, MAX_FRAMES);
        } catch (RuntimeException | AssertionError e) {
            return 0;
        }
    }
}
