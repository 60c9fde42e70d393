package io.github.funasrjava.audio;

import com.jcraft.jogg.Packet;
import com.jcraft.jorbis.Block;
import com.jcraft.jorbis.Comment;
import com.jcraft.jorbis.DspState;
import com.jcraft.jorbis.Info;
import java.util.Arrays;

/** Vorbis packets (Vorbis I specification), decoded by jorbis after its headers were checked. */
final class VorbisPackets implements PacketDecoder {
    private static final int ID_BYTES = 30;
    /** jorbis misreads the channel coupling of three, five, six and seven channels. */
    private static final int MAX_CHANNELS = 2;
    /** An empty comment header: the file's own may hold pictures, and jorbis sizes arrays by its unchecked lengths. */
    private static final byte[] NO_COMMENTS = {3, 'v', 'o', 'r', 'b', 'i', 's', 0, 0, 0, 0, 0, 0, 0, 0, 1};

    private final int rate;
    private final int channels;
    private final int longBlock;
    private final DspState state = new DspState();
    private final Block block = new Block(state);
    private final float[][][] pcm = new float[1][][];
    private final int[] index;
    private float[] output = new float[0];

    /**
     * @param id the identification header
     * @param setup the setup header, the third packet
     */
    VorbisPackets(byte[] id, byte[] setup, AudioLimits limits, String name) {
        if (StreamHead.of(id) != StreamHead.VORBIS || id.length < ID_BYTES || !header(setup, 5)) {
            throw AudioException.corrupt(name, "the Vorbis headers are damaged");
        }
        channels = id[11] & 0xff;
        long hz = id[12] & 0xff | (id[13] & 0xff) << 8 | (id[14] & 0xff) << 16 | (id[15] & 0xffL) << 24;
        int shortBits = id[28] & 15;
        int longBits = id[28] >> 4 & 15;
        if (id[7] != 0 || id[8] != 0 || id[9] != 0 || id[10] != 0 || shortBits < 6 || longBits > 13 || shortBits > longBits) {
            throw AudioException.corrupt(name, "the Vorbis identification header contradicts itself");
        }
        limits.checkChannels(name, channels);
        if (channels > MAX_CHANNELS) {
            throw AudioException.unsupported(name, "Vorbis with " + channels + " channels");
        }
        limits.checkRate(name, hz);
        rate = (int) hz;
        longBlock = 1 << longBits;
        index = new int[channels];
        VorbisSetup.check(setup, channels * longBlock / 2, name);
        Info info = new Info();
        Comment comment = new Comment();
        info.init();
        comment.init();
        try {
            boolean accepted = info.synthesis_headerin(comment, packet(id, 0)) == 0
                    && info.synthesis_headerin(comment, packet(NO_COMMENTS, 1)) == 0
                    && info.synthesis_headerin(comment, packet(setup, 2)) == 0
                    && state.synthesis_init(info) == 0;
            if (!accepted) {
                throw AudioException.corrupt(name, "the Vorbis headers are not accepted by the decoder");
            }
            block.init(state);
        } catch (AudioException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new AudioException(AudioException.Kind.CORRUPT, name + ": the Vorbis headers are not accepted by the decoder", e);
        }
    }

    private static boolean header(byte[] packet, int type) {
        if (packet.length < 7 || packet[0] != type) {
            return false;
        }
        for (int i = 1; i < 7; i++) {
            if (packet[i] != NO_COMMENTS[i]) {
                return false;
            }
        }
        return true;
    }

    private static Packet packet(byte[] bytes, long number) {
        Packet p = new Packet();
        p.packet_base = bytes;
        p.bytes = bytes.length;
        p.b_o_s = number == 0 ? 1 : 0;
        p.granulepos = -1;
        p.packetno = number;
        return p;
    }

    @Override
    public String coding() {
        return "Vorbis";
    }

    @Override
    public int sampleRateHz() {
        return rate;
    }

    @Override
    public int channels() {
        return channels;
    }

    @Override
    public int decode(byte[] bytes) {
        if (bytes.length == 0) {
            return 0;
        }
        int total = 0;
        try {
            if (block.synthesis(packet(bytes, 3)) != 0) {
                return -1;
            }
            state.synthesis_blockin(block);
            int n;
            while ((n = state.synthesis_pcmout(pcm, index)) > 0 && total + n <= longBlock) {
                take(total, n);
                total += n;
                state.synthesis_read(n);
            }
        } catch (RuntimeException e) {
            return total > 0 ? total : -1;
        }
        return total;
    }

    private void take(int at, int n) {
        if (output.length < (at + n) * channels) {
            output = Arrays.copyOf(output, longBlock * channels);
        }
        for (int c = 0; c < channels; c++) {
            float[] from = pcm[0][c];
            int first = index[c];
            for (int i = 0, p = at * channels + c; i < n; i++, p += channels) {
                output[p] = from[first + i];
            }
        }
    }

    @Override
    public float[] output() {
        return output;
    }
}
