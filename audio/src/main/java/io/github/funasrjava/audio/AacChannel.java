package io.github.funasrjava.audio;

import io.github.funasrjava.audio.BitReader.Damage;
import java.util.Arrays;
import net.sourceforge.jaad.aac.huffman.Huffman;
import net.sourceforge.jaad.aac.syntax.BitStream;
import net.sourceforge.jaad.aac.syntax.ICSInfo;

/**
 * One channel of one AAC-LC access unit (ISO 14496-3, 4.4.2.7): sections, scale factors, pulses and the quantised spectrum.
 * Huffman codes and band tables are JAAD's.
 */
final class AacChannel {
    static final int LINES = 1024;
    static final int NOISE = 13;
    static final int OUT_OF_PHASE = 14;
    static final int IN_PHASE = 15;
    static final int SHORT_WINDOW = 128;

    private static final int MAX_BANDS = 8 * 16;
    private static final int RESERVED_CODEBOOK = 12;
    private static final int FIRST_PAIR_CODEBOOK = 5;
    private static final int SCALE_OFFSET = 100;
    private static final int NOISE_OFFSET = 90;
    private static final int NOISE_FIRST = 256;
    private static final int DELTA_OFFSET = 60;
    private static final int MAX_QUANTISED = 8191;
    private static final int INTERLEAVE = 4;
    private static final float[] FOUR_THIRDS = new float[MAX_QUANTISED + 1];

    static {
        for (int i = 0; i < FOUR_THIRDS.length; i++) {
            FOUR_THIRDS[i] = (float) Math.pow(i, 4.0 / 3);
        }
    }

    private final ICSInfo info;
    private final int[] codebook = new int[MAX_BANDS];
    private final int[] factor = new int[MAX_BANDS];
    private final int[] quantised = new int[LINES];
    private final float[] spectrum = new float[LINES];
    private AacTns shaping = AacTns.none();

    /** Reads the channel behind its window information. */
    AacChannel(BitStream in, ICSInfo info, int globalGain) throws Damage {
        this.info = info;
        checkInfo(info);
        sections(in);
        factors(in, globalGain);
        boolean pulses = in.readBool();
        int[] pulse = pulses ? pulses(in) : new int[0];
        if (in.readBool()) {
            shaping = AacTns.read(in, info);
        }
        if (in.readBool()) {
            throw new Damage("gain control in AAC-LC");
        }
        quantised(in);
        for (int i = 0; i < pulse.length; i += 2) {
            int line = pulse[i];
            quantised[line] += quantised[line] > 0 ? pulse[i + 1] : -pulse[i + 1];
        }
        dequantise();
    }

    private static void checkInfo(ICSInfo info) throws Damage {
        if (info.getMaxSFB() > info.getSWBCount()) {
            throw new Damage("scale factor bands");
        }
    }

    ICSInfo info() {
        return info;
    }

    /** The spectrum, 1024 lines or eight times 128; to be changed in place by the stereo tools. */
    float[] spectrum() {
        return spectrum;
    }

    int bands() {
        return info.getMaxSFB();
    }

    int codebook(int group, int band) {
        return codebook[group * bands() + band];
    }

    int factor(int group, int band) {
        return factor[group * bands() + band];
    }

    void shape(int rateIndex) {
        shaping.apply(spectrum, info, rateIndex);
    }

    private void sections(BitStream in) throws Damage {
        int lengthBits = info.isEightShortFrame() ? 3 : 5;
        int escape = (1 << lengthBits) - 1;
        for (int g = 0; g < info.getWindowGroupCount(); g++) {
            for (int band = 0; band < bands();) {
                int book = in.readBits(4);
                int length = 0;
                int part = escape;
                while (part == escape) {
                    part = in.readBits(lengthBits);
                    length += part;
                }
                if (book == RESERVED_CODEBOOK || length == 0 || length > bands() - band) {
                    throw new Damage("section");
                }
                Arrays.fill(codebook, g * bands() + band, g * bands() + band + length, book);
                band += length;
            }
        }
    }

    private void factors(BitStream in, int globalGain) throws Damage {
        int gain = globalGain;
        int position = 0;
        int noise = globalGain - NOISE_OFFSET;
        boolean firstNoise = true;
        for (int i = 0; i < info.getWindowGroupCount() * bands(); i++) {
            switch (codebook[i]) {
                case 0 -> factor[i] = 0;
                case OUT_OF_PHASE, IN_PHASE -> factor[i] = position += delta(in);
                case NOISE -> {
                    noise += firstNoise ? in.readBits(9) - NOISE_FIRST : delta(in);
                    firstNoise = false;
                    factor[i] = noise;
                }
                default -> {
                    factor[i] = gain += delta(in);
                    if (gain < 0 || gain > 255) {
                        throw new Damage("scale factor");
                    }
                }
            }
        }
    }

    private static int delta(BitStream in) {
        return Huffman.decodeScaleFactor(in) - DELTA_OFFSET;
    }

    /** Pairs of line and amplitude. */
    private int[] pulses(BitStream in) throws Damage {
        int count = in.readBits(2) + 1;
        int start = in.readBits(6);
        if (info.isEightShortFrame() || start >= info.getSWBCount()) {
            throw new Damage("pulses");
        }
        int[] pulse = new int[2 * count];
        int line = info.getSWBOffsets()[start];
        for (int i = 0; i < count; i++) {
            line += in.readBits(5);
            if (line >= LINES) {
                throw new Damage("pulses");
            }
            pulse[2 * i] = line;
            pulse[2 * i + 1] = in.readBits(4);
        }
        return pulse;
    }

    private void quantised(BitStream in) throws Damage {
        int[] offsets = info.getSWBOffsets();
        int[] values = new int[INTERLEAVE];
        int window = 0;
        for (int g = 0; g < info.getWindowGroupCount(); g++) {
            int windows = info.getWindowGroupLength(g);
            for (int band = 0; band < bands(); band++) {
                int book = codebook(g, band);
                if (book == 0 || book >= NOISE) {
                    continue;
                }
                int step = book < FIRST_PAIR_CODEBOOK ? 4 : 2;
                for (int w = window; w < window + windows; w++) {
                    for (int line = offsets[band]; line < offsets[band + 1]; line += step) {
                        Huffman.decodeSpectralData(in, book, values, 0);
                        System.arraycopy(values, 0, quantised, w * SHORT_WINDOW + line, step);
                    }
                }
            }
            window += windows;
        }
    }

    private void dequantise() throws Damage {
        int[] offsets = info.getSWBOffsets();
        int window = 0;
        for (int g = 0; g < info.getWindowGroupCount(); g++) {
            for (int w = window; w < window + info.getWindowGroupLength(g); w++) {
                for (int band = 0; band < bands(); band++) {
                    int book = codebook(g, band);
                    if (book == 0 || book >= NOISE) {
                        continue;
                    }
                    float scale = (float) Math.pow(2, 0.25 * (factor(g, band) - SCALE_OFFSET));
                    for (int line = w * SHORT_WINDOW + offsets[band]; line < w * SHORT_WINDOW + offsets[band + 1]; line++) {
                        int q = quantised[line];
                        if (q < -MAX_QUANTISED || q > MAX_QUANTISED) {
                            throw new Damage("spectral value");
                        }
                        spectrum[line] = q < 0 ? -FOUR_THIRDS[-q] * scale : FOUR_THIRDS[q] * scale;
                    }
                }
            }
            window += info.getWindowGroupLength(g);
        }
    }
}
