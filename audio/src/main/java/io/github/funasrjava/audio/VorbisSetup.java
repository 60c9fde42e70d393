package io.github.funasrjava.audio;

/**
 * Reads a Vorbis setup header up to its residues only to check its numbers, before the decoder library sizes tables by them
 * (Vorbis I specification, sections 3.2, 4.2.4, 6, 7 and 8; the bound on codebooks is the reference decoder's own).
 */
final class VorbisSetup {
    private static final int CODEBOOK_SYNC = 0x564342;
    private static final int MAX_CODEBOOK_BITS = 24;
    private static final int MAX_PARTITION_VALUES = 1 << 20;

    private final byte[] packet;
    private final String name;
    private long bit;
    private int[] dimensions = new int[0];
    private int[] entries = new int[0];

    private VorbisSetup(byte[] packet, String name) {
        this.packet = packet;
        this.name = name;
        this.bit = 7 * 8;
    }

    /**
     * @param residueFrames the most values that a residue may cover: channels times half the long block
     * @throws AudioException when a number is impossible or would need tables out of all proportion
     */
    static void check(byte[] packet, int residueFrames, String name) {
        VorbisSetup s = new VorbisSetup(packet, name);
        s.codebooks();
        for (int n = s.bits(6) + 1; n > 0; n--) {
            s.require(s.bits(16) == 0, "time transform");
        }
        for (int n = s.bits(6) + 1; n > 0; n--) {
            s.floor();
        }
        for (int n = s.bits(6) + 1; n > 0; n--) {
            s.residue(residueFrames);
        }
    }

    private void codebooks() {
        int count = bits(8) + 1;
        dimensions = new int[count];
        entries = new int[count];
        for (int i = 0; i < count; i++) {
            require(bits(24) == CODEBOOK_SYNC, "codebook");
            dimensions[i] = bits(16);
            entries[i] = bits(24);
            require(dimensions[i] > 0 && entries[i] > 0 && width(dimensions[i]) + width(entries[i]) <= MAX_CODEBOOK_BITS, "codebook size");
            codeLengths(entries[i]);
            values(dimensions[i], entries[i]);
        }
    }

    private void codeLengths(int count) {
        if (bits(1) == 1) {
            int length = bits(5) + 1;
            for (int i = 0; i < count; length++) {
                int run = bits(width(count - i));
                require(run <= count - i && length <= 32, "code lengths");
                i += run;
            }
            return;
        }
        boolean sparse = bits(1) == 1;
        for (int i = 0; i < count; i++) {
            if (!sparse || bits(1) == 1) {
                bits(5);
            }
        }
    }

    private void values(int dimension, int count) {
        int type = bits(4);
        require(type <= 2, "codebook look-up");
        if (type > 0) {
            skip(64);
            int width = bits(4) + 1;
            bits(1);
            long values = type == 2 ? (long) count * dimension : root(count, dimension);
            skip(values * width);
        }
    }

    /** The greatest integer whose {@code power}-th power does not exceed {@code value}. */
    private static long root(int value, int power) {
        long r = (long) Math.floor(Math.pow(value, 1.0 / power)) + 1;
        while (Math.pow(r, power) > value) {
            r--;
        }
        return r;
    }

    private void floor() {
        int type = bits(16);
        require(type <= 1, "floor type");
        if (type == 0) {
            int order = bits(8);
            int rate = bits(16);
            int barkMap = bits(16);
            require(order > 0 && rate > 0 && barkMap > 0, "floor");
            bits(14);
            for (int n = bits(4) + 1; n > 0; n--) {
                book(bits(8));
            }
            return;
        }
        int[] partition = new int[bits(5)];
        int classes = 0;
        for (int i = 0; i < partition.length; i++) {
            partition[i] = bits(4);
            classes = Math.max(classes, partition[i] + 1);
        }
        int[] size = new int[classes];
        for (int c = 0; c < classes; c++) {
            size[c] = bits(3) + 1;
            int subclasses = bits(2);
            if (subclasses > 0) {
                book(bits(8));
            }
            for (int k = 0; k < 1 << subclasses; k++) {
                int b = bits(8) - 1;
                require(b < entries.length, "floor codebook");
            }
        }
        bits(2);
        int range = bits(4);
        for (int p : partition) {
            skip((long) size[p] * range);
        }
    }

    private void residue(int residueFrames) {
        require(bits(16) <= 2, "residue type");
        int begin = bits(24);
        int end = bits(24);
        bits(24);
        int classes = bits(6) + 1;
        int phrase = book(bits(8));
        require(begin <= end && end <= residueFrames, "residue range");
        require(Math.pow(classes, dimensions[phrase]) <= MAX_PARTITION_VALUES, "residue partitions");
        int books = 0;
        for (int i = 0; i < classes; i++) {
            int cascade = bits(3);
            cascade |= bits(1) == 1 ? bits(5) << 3 : 0;
            books += Integer.bitCount(cascade);
        }
        for (; books > 0; books--) {
            book(bits(8));
        }
    }

    private int book(int index) {
        require(index < entries.length, "codebook number");
        return index;
    }

    private static int width(int value) {
        return 32 - Integer.numberOfLeadingZeros(value);
    }

    /** Reads {@code count} bits, 0 to 24, least significant first. */
    private int bits(int count) {
        int value = 0;
        require(bit + count <= packet.length * 8L, "length");
        for (int i = 0; i < count; i++, bit++) {
            value |= (packet[(int) (bit >> 3)] >> (int) (bit & 7) & 1) << i;
        }
        return value;
    }

    private void skip(long count) {
        bit += count;
        require(bit <= packet.length * 8L, "length");
    }

    private void require(boolean condition, String what) {
        if (!condition) {
            throw AudioException.corrupt(name, "the Vorbis setup header is damaged (" + what + ")");
        }
    }
}
