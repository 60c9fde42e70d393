package io.github.funasrjava.audio;

import io.github.funasrjava.audio.BitReader.Damage;
import java.util.ArrayList;
import java.util.List;
import net.sourceforge.jaad.aac.Decoder;
import net.sourceforge.jaad.aac.DecoderConfig;
import net.sourceforge.jaad.aac.filterbank.FilterBank;
import net.sourceforge.jaad.aac.syntax.BitStream;
import net.sourceforge.jaad.aac.syntax.ICSInfo;
import net.sourceforge.jaad.mp4.MP4Exception;

/**
 * AAC-LC access units. Huffman codes, band tables and the filter bank are JAAD's; the rest is here, because its frame decoder
 * leaves temporal noise shaping out, its MP4 parser loops for ever on truncated files, and both report to the log.
 */
final class AacPackets implements PacketDecoder {
    /** Samples per access unit and channel. */
    static final int FRAME = AacChannel.LINES;

    private static final float SCALE = 1 / 32768f;
    private static final int SINGLE = 0;
    private static final int PAIR = 1;
    private static final int LOW_FREQUENCY = 3;
    private static final int DATA = 4;
    private static final int FILL = 6;
    private static final int END = 7;
    private static final int SBR_DATA = 13;
    private static final int SBR_DATA_CRC = 14;

    private final AacConfig config;
    private final DecoderConfig jaad;
    private final FilterBank filterBank = new FilterBank(false);
    private final AacStereo stereo = new AacStereo();
    private final int[] order;
    private final float[][] overlap;
    private final int[] previousShape;
    private final float[] time = new float[FRAME];
    private final float[] output;
    private boolean bandReplication;

    AacPackets(AacConfig config, AudioLimits limits, String name) {
        this.config = config;
        limits.checkChannels(name, config.channels());
        limits.checkRate(name, config.sampleRateHz());
        order = ChannelOrder.aac(config.channels());
        overlap = new float[config.channels()][FRAME];
        previousShape = new int[config.channels()];
        output = new float[FRAME * config.channels()];
        try {
            jaad = Decoder.create(config.bytes()).getConfig();
        } catch (MP4Exception | RuntimeException e) {
            throw new AudioException(AudioException.Kind.CORRUPT, name + ": the AAC configuration is not accepted by the decoder", e);
        }
    }

    @Override
    public String coding() {
        return "AAC";
    }

    @Override
    public int sampleRateHz() {
        return config.sampleRateHz();
    }

    @Override
    public int channels() {
        return config.channels();
    }

    AacConfig config() {
        return config;
    }

    /** Refuses HE-AAC whose configuration hides that it is: the first access unit shows it. */
    static void requirePlain(AacConfig config, byte[] firstUnit, AudioLimits limits, String name) {
        AacPackets trial = new AacPackets(config, limits, name);
        trial.decode(firstUnit);
        if (trial.bandReplication) {
            throw AacConfig.heAac(name);
        }
    }

    @Override
    public int decode(byte[] packet) {
        try {
            List<AacChannel> channels = parse(BitStream.open(packet));
            if (channels.size() != config.channels()) {
                return -1;
            }
            for (int c = 0; c < order.length; c++) {
                synthesise(channels.get(order[c]), c);
            }
            return FRAME;
        } catch (Damage | RuntimeException e) {
            return -1;
        }
    }

    /** The channels of a raw data block in the order in which they come, their stereo tools already undone. */
    private List<AacChannel> parse(BitStream in) throws Damage {
        List<AacChannel> channels = new ArrayList<>();
        while (true) {
            int element = in.readBits(3);
            switch (element) {
                case SINGLE, LOW_FREQUENCY -> {
                    in.skipBits(4);
                    AacChannel c = channel(in);
                    stereo.noise(c);
                    channels.add(c);
                }
                case PAIR -> pair(in, channels);
                case DATA -> data(in);
                case FILL -> fill(in);
                case END -> {
                    return channels;
                }
                default -> throw new Damage("element " + element);
            }
            if (channels.size() > config.channels()) {
                throw new Damage("more channels than the configuration says");
            }
        }
    }

    private AacChannel channel(BitStream in) throws Damage {
        int gain = in.readBits(8);
        return new AacChannel(in, windows(in), gain);
    }

    private ICSInfo windows(BitStream in) throws Damage {
        ICSInfo info = new ICSInfo(jaad);
        if (in.peekBits(1) != 0) {
            throw new Damage("reserved bit");
        }
        info.decode(in, false);
        return info;
    }

    private void pair(BitStream in, List<AacChannel> channels) throws Damage {
        in.skipBits(4);
        if (!in.readBool()) {
            AacChannel left = channel(in);
            AacChannel right = channel(in);
            stereo.noise(left);
            stereo.noise(right);
            channels.add(left);
            channels.add(right);
            return;
        }
        ICSInfo info = windows(in);
        if (info.getMaxSFB() > info.getSWBCount()) {
            throw new Damage("scale factor bands");
        }
        int mask = in.readBits(2);
        if (mask == 3) {
            throw new Damage("stereo mask");
        }
        boolean[] used = new boolean[mask == 0 ? 0 : info.getWindowGroupCount() * info.getMaxSFB()];
        for (int i = 0; i < used.length; i++) {
            used[i] = mask == 2 || in.readBool();
        }
        AacChannel left = new AacChannel(in, info, gain(in));
        AacChannel right = new AacChannel(in, info, gain(in));
        stereo.noise(left);
        stereo.noise(right);
        AacStereo.pair(left, right, new AacStereo.MidSide(used));
        channels.add(left);
        channels.add(right);
    }

    private static int gain(BitStream in) {
        return in.readBits(8);
    }

    private static void data(BitStream in) {
        in.skipBits(4);
        boolean aligned = in.readBool();
        int count = in.readBits(8);
        count += count == 255 ? in.readBits(8) : 0;
        if (aligned) {
            in.byteAlign();
        }
        skipBytes(in, count);
    }

    private void fill(BitStream in) {
        int count = in.readBits(4);
        count += count == 15 ? in.readBits(8) - 1 : 0;
        if (count > 0) {
            int type = in.peekBits(4);
            bandReplication |= type == SBR_DATA || type == SBR_DATA_CRC;
            skipBytes(in, count);
        }
    }

    private static void skipBytes(BitStream in, int count) {
        for (int i = 0; i < count; i++) {
            in.readBits(8);
        }
    }

    private void synthesise(AacChannel channel, int c) {
        channel.shape(config.rateIndex());
        int shape = channel.info().getWindowShape(ICSInfo.CURRENT);
        filterBank.process(channel.info().getWindowSequence(), shape, previousShape[c], channel.spectrum(), time, overlap[c]);
        previousShape[c] = shape;
        for (int i = 0, p = c; i < FRAME; i++, p += config.channels()) {
            output[p] = time[i] * SCALE;
        }
    }

    @Override
    public float[] output() {
        return output;
    }

    @Override
    public int frames(byte[] packet) {
        return FRAME;
    }
}
