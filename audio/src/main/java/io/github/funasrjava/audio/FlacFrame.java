package io.github.funasrjava.audio;

import io.github.funasrjava.audio.BitReader.Damage;
import java.util.Arrays;

/**
 * Decodes single FLAC frames (RFC 9639). Written here because the available library prints to standard output on legal
 * escape-coded residuals and sizes arrays by unchecked numbers from the file.
 */
final class FlacFrame {
    /** Longest frame header: sync 2, codes 2, number 7, block size 2, rate 2, CRC 1. */
    static final int MAX_HEADER_BYTES = 16;

    private static final int[] RATES = {0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000};
    private static final int[] SAMPLE_BITS = {0, 8, 12, -1, 16, 20, 24, 32};
    private static final int LEFT_SIDE = 8;
    private static final int SIDE_RIGHT = 9;
    private static final int MID_SIDE = 10;
    private static final int MAX_LPC_ORDER = 32;

    /** What STREAMINFO says about every frame. */
    record StreamInfo(int minBlock, int maxBlock, int sampleRateHz, int channels, int bits, long totalSamples) {
        /** Bytes of the block without its header. */
        static final int BYTES = 34;

        static StreamInfo parse(byte[] b, int p, String name) {
            int min = (b[p] & 0xff) << 8 | b[p + 1] & 0xff;
            int max = (b[p + 2] & 0xff) << 8 | b[p + 3] & 0xff;
            int rate = (b[p + 10] & 0xff) << 12 | (b[p + 11] & 0xff) << 4 | (b[p + 12] & 0xff) >> 4;
            int channels = (b[p + 12] >> 1 & 7) + 1;
            int bits = ((b[p + 12] & 1) << 4 | (b[p + 13] & 0xff) >> 4) + 1;
            long total = (b[p + 13] & 15L) << 32 | (b[p + 14] & 0xffL) << 24 | (b[p + 15] & 0xff) << 16 | (b[p + 16] & 0xff) << 8
                    | b[p + 17] & 0xff;
            if (max < 16 || min > max || bits < 4) {
                throw AudioException.corrupt(name, "the FLAC stream information contradicts itself");
            }
            return new StreamInfo(min, max, rate, channels, bits, total);
        }
    }

    /** A frame header that passed its checksum; {@code firstSample} is the position of the frame in the stream. */
    record Header(int blockSize, int assignment, long firstSample, int bytes) {}

    private final StreamInfo info;
    private final BitReader bits;
    private final long[][] samples;
    private final int[] coefficients = new int[MAX_LPC_ORDER];

    FlacFrame(StreamInfo info, BitReader bits) {
        this.info = info;
        this.bits = bits;
        this.samples = new long[info.channels()][info.maxBlock()];
    }

    /**
     * Reads a frame header from the beginning of {@code b}.
     *
     * @throws Damage when there is none, its checksum is wrong, or it does not fit the stream information
     */
    static Header header(byte[] b, StreamInfo info) throws Damage {
        if (b.length < 6 || b[0] != (byte) 0xff || (b[1] & 0xfe) != 0xf8 || (b[3] & 1) != 0) {
            throw new Damage("no frame header");
        }
        int p = 4;
        int extra = Integer.numberOfLeadingZeros(~b[p] << 24);
        if (extra == 1 || extra > 7) {
            throw new Damage("frame number");
        }
        long number = extra == 0 ? b[p] : b[p] & 0x3f >> extra - 1;
        p++;
        for (int i = 1; i < extra; i++, p++) {
            if (p >= b.length || (b[p] & 0xc0) != 0x80) {
                throw new Damage("frame number");
            }
            number = number << 6 | b[p] & 0x3f;
        }
        int blockCode = (b[2] & 0xff) >> 4;
        int rateCode = b[2] & 15;
        int after = p + (blockCode == 6 ? 1 : blockCode == 7 ? 2 : 0) + (rateCode == 12 ? 1 : rateCode > 12 ? 2 : 0);
        if (blockCode == 0 || rateCode == 15 || after >= b.length || crc8(b, after) != (b[after] & 0xff)) {
            throw new Damage("frame header checksum");
        }
        int block = switch (blockCode) {
            case 1 -> 192;
            case 2, 3, 4, 5 -> 576 << blockCode - 2;
            case 6 -> (b[p++] & 0xff) + 1;
            case 7 -> ((b[p++] & 0xff) << 8 | b[p++] & 0xff) + 1;
            default -> 256 << blockCode - 8;
        };
        int rate = switch (rateCode) {
            case 0 -> info.sampleRateHz();
            case 12 -> (b[p] & 0xff) * 1000;
            case 13, 14 -> ((b[p] & 0xff) << 8 | b[p + 1] & 0xff) * (rateCode == 14 ? 10 : 1);
            default -> RATES[rateCode];
        };
        int assignment = (b[3] & 0xff) >> 4;
        int channels = assignment < 8 ? assignment + 1 : 2;
        int sampleBits = SAMPLE_BITS[b[3] >> 1 & 7];
        if (assignment > MID_SIDE || channels != info.channels() || block > info.maxBlock() || rate != info.sampleRateHz()
                || (sampleBits != 0 && sampleBits != info.bits())) {
            throw new Damage("frame header of another stream");
        }
        boolean variable = (b[1] & 1) == 1;
        long first = variable ? number : number * (info.minBlock() == info.maxBlock() ? info.maxBlock() : block);
        return new Header(block, assignment, first, after + 1);
    }

    private static int crc8(byte[] b, int length) {
        int crc = 0;
        for (int i = 0; i < length; i++) {
            crc ^= b[i] & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x80) != 0 ? (crc << 1 ^ 7) & 0xff : crc << 1;
            }
        }
        return crc;
    }

    /** Decodes the frame whose header is the next thing in the bits, into interleaved samples in [-1, 1). */
    void decode(Header h, float[] interleaved) throws Damage {
        bits.reset();
        for (int i = 0; i < h.bytes(); i++) {
            bits.bits(8);
        }
        for (int c = 0; c < info.channels(); c++) {
            boolean side = c == 1 && (h.assignment() == LEFT_SIDE || h.assignment() == MID_SIDE)
                    || c == 0 && h.assignment() == SIDE_RIGHT;
            subframe(samples[c], h.blockSize(), info.bits() + (side ? 1 : 0));
        }
        bits.align();
        int expected = bits.crc16();
        if (bits.bits(16) != expected) {
            throw new Damage("frame checksum");
        }
        undoStereo(h);
        float scale = (float) (1.0 / (1L << info.bits() - 1));
        for (int c = 0; c < info.channels(); c++) {
            for (int i = 0, p = c; i < h.blockSize(); i++, p += info.channels()) {
                interleaved[p] = samples[c][i] * scale;
            }
        }
    }

    private void undoStereo(Header h) {
        if (h.assignment() < LEFT_SIDE) {
            return;
        }
        long[] a = samples[0];
        long[] b = samples[1];
        for (int i = 0; i < h.blockSize(); i++) {
            switch (h.assignment()) {
                case LEFT_SIDE -> b[i] = a[i] - b[i];
                case SIDE_RIGHT -> a[i] += b[i];
                default -> {
                    long mid = a[i] << 1 | b[i] & 1;
                    long side = b[i];
                    a[i] = mid + side >> 1;
                    b[i] = mid - side >> 1;
                }
            }
        }
    }

    private void subframe(long[] x, int n, int sampleBits) throws Damage {
        if (bits.bits(1) != 0) {
            throw new Damage("subframe padding");
        }
        int type = (int) bits.bits(6);
        int wasted = bits.bits(1) == 0 ? 0 : bits.unary() + 1;
        int width = sampleBits - wasted;
        if (width < 1) {
            throw new Damage("wasted bits");
        }
        if (type == 0) {
            Arrays.fill(x, 0, n, bits.signed(width));
        } else if (type == 1) {
            for (int i = 0; i < n; i++) {
                x[i] = bits.signed(width);
            }
        } else if (type >= 8 && type <= 12) {
            fixed(x, n, width, type - 8);
        } else if (type >= 32) {
            linear(x, n, width, type - 31);
        } else {
            throw new Damage("reserved subframe type");
        }
        for (int i = 0; wasted > 0 && i < n; i++) {
            x[i] <<= wasted;
        }
    }

    private void fixed(long[] x, int n, int width, int order) throws Damage {
        warmUp(x, n, width, order);
        residual(x, n, order);
        for (int i = order; i < n; i++) {
            x[i] += switch (order) {
                case 0 -> 0;
                case 1 -> x[i - 1];
                case 2 -> 2 * x[i - 1] - x[i - 2];
                case 3 -> 3 * (x[i - 1] - x[i - 2]) + x[i - 3];
                default -> 4 * (x[i - 1] + x[i - 3]) - 6 * x[i - 2] - x[i - 4];
            };
        }
    }

    private void linear(long[] x, int n, int width, int order) throws Damage {
        warmUp(x, n, width, order);
        int precision = (int) bits.bits(4) + 1;
        int shift = (int) bits.signed(5);
        if (precision == 16 || shift < 0) {
            throw new Damage("prediction coefficients");
        }
        for (int i = 0; i < order; i++) {
            coefficients[i] = (int) bits.signed(precision);
        }
        residual(x, n, order);
        for (int i = order; i < n; i++) {
            long sum = 0;
            for (int k = 0; k < order; k++) {
                sum += coefficients[k] * x[i - 1 - k];
            }
            x[i] += sum >> shift;
        }
    }

    private void warmUp(long[] x, int n, int width, int order) throws Damage {
        if (order > n) {
            throw new Damage("prediction order beyond the block");
        }
        for (int i = 0; i < order; i++) {
            x[i] = bits.signed(width);
        }
    }

    /** Rice-coded residuals in 2^k partitions, from {@code x[order]} on. */
    private void residual(long[] x, int n, int order) throws Damage {
        int method = (int) bits.bits(2);
        if (method > 1) {
            throw new Damage("residual coding method");
        }
        int parameterBits = method == 0 ? 4 : 5;
        int partitionOrder = (int) bits.bits(4);
        int length = n >> partitionOrder;
        if (length << partitionOrder != n || length < order) {
            throw new Damage("residual partitions");
        }
        int i = order;
        for (int part = 1; part <= 1 << partitionOrder; part++) {
            int parameter = (int) bits.bits(parameterBits);
            int end = part * length;
            if (parameter == (1 << parameterBits) - 1) {
                int raw = (int) bits.bits(5);
                for (; i < end; i++) {
                    x[i] = raw == 0 ? 0 : bits.signed(raw);
                }
            } else {
                for (; i < end; i++) {
                    long folded = (long) bits.unary() << parameter | bits.bits(parameter);
                    x[i] = folded >>> 1 ^ -(folded & 1);
                }
            }
        }
    }
}
