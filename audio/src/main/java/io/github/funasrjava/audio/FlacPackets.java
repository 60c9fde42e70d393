package io.github.funasrjava.audio;

import io.github.funasrjava.audio.BitReader.Damage;
import io.github.funasrjava.audio.FlacFrame.StreamInfo;

/** FLAC frames as packets of an Ogg stream (RFC 9639, section 10.1). */
final class FlacPackets implements PacketDecoder {
    private static final int HEAD_BYTES = 17 + StreamInfo.BYTES;

    private final StreamInfo info;
    private final FlacFrame decoder;
    private final float[] output;
    private byte[] packet = new byte[0];
    private int at;

    /** @param head the first packet: 0x7F FLAC, version, header count, fLaC, stream information */
    FlacPackets(byte[] head, AudioLimits limits, String name) {
        if (StreamHead.of(head) != StreamHead.FLAC || head.length < HEAD_BYTES) {
            throw AudioException.corrupt(name, "the header of FLAC in Ogg is damaged");
        }
        info = StreamInfo.parse(head, 17, name);
        limits.checkChannels(name, info.channels());
        limits.checkRate(name, info.sampleRateHz());
        decoder = new FlacFrame(info, new BitReader(() -> at == packet.length ? -1 : packet[at++] & 0xff));
        output = new float[info.maxBlock() * info.channels()];
    }

    /** Whether a packet is metadata: frames begin with a byte of ones, metadata blocks do not. */
    static boolean isMetadata(byte[] packet) {
        return packet.length > 0 && packet[0] != (byte) 0xff;
    }

    @Override
    public String coding() {
        return "FLAC (" + info.bits() + " bit)";
    }

    @Override
    public int sampleRateHz() {
        return info.sampleRateHz();
    }

    @Override
    public int channels() {
        return info.channels();
    }

    @Override
    public int decode(byte[] bytes) {
        packet = bytes;
        at = 0;
        try {
            FlacFrame.Header header = FlacFrame.header(bytes, info);
            decoder.decode(header, output);
            return header.blockSize();
        } catch (Damage e) {
            return -1;
        }
    }

    @Override
    public float[] output() {
        return output;
    }

    @Override
    public int frames(byte[] bytes) {
        try {
            return FlacFrame.header(bytes, info).blockSize();
        } catch (Damage e) {
            return 0;
        }
    }
}
