package io.github.funasrjava.audio;

import java.util.function.IntSupplier;

/** Reads bits, most significant first, and keeps the CRC-16 of the bytes it took (polynomial x^16 + x^15 + x^2 + 1). */
final class BitReader {
    private static final int[] CRC16 = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            int crc = i << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x8005 : crc << 1;
            }
            CRC16[i] = crc & 0xffff;
        }
    }

    /** The bytes ended, or what was read makes no sense. Carries no stack trace: it is how damage is found, not a failure. */
    static final class Damage extends Exception {
        private static final long serialVersionUID = 1L;

        Damage(String what) {
            super(what, null, false, false);
        }
    }

    private final IntSupplier bytes;
    private long cache;
    private int cached;
    private int crc;

    /** @param bytes yields the next byte, 0 to 255, or -1 at the end */
    BitReader(IntSupplier bytes) {
        this.bytes = bytes;
    }

    /** Forgets all bits taken but not used, and begins a new checksum. */
    void reset() {
        cache = 0;
        cached = 0;
        crc = 0;
    }

    /** Reads {@code count} bits, 0 to 32, unsigned. */
    long bits(int count) throws Damage {
        while (cached < count) {
            load();
        }
        cached -= count;
        return cache >>> cached & (1L << count) - 1;
    }

    /** Reads {@code count} bits, 1 to 33, in two's complement. */
    long signed(int count) throws Damage {
        long value = count == 33 ? bits(1) << 32 | bits(32) : bits(count);
        return value << 64 - count >> 64 - count;
    }

    /** Counts the zero bits before the next one bit, and takes both. */
    int unary() throws Damage {
        int zeros = 0;
        while (true) {
            if (cached == 0) {
                load();
            }
            long rest = cache & (1L << cached) - 1;
            if (rest != 0) {
                int lead = Long.numberOfLeadingZeros(rest) - (64 - cached);
                cached -= lead + 1;
                return zeros + lead;
            }
            zeros += cached;
            cached = 0;
            if (zeros > 1 << 24) {
                throw new Damage("a run of zero bits without end");
            }
        }
    }

    /** Drops the bits up to the next byte. */
    void align() {
        cached -= cached % 8;
    }

    /** The checksum of all bytes read since {@link #reset}; only when byte aligned and nothing is cached. */
    int crc16() {
        return crc;
    }

    private void load() throws Damage {
        int b = bytes.getAsInt();
        if (b < 0) {
            throw new Damage("the bytes end inside a frame");
        }
        crc = (crc << 8 & 0xff00) ^ CRC16[crc >> 8 ^ b];
        cache = cache << 8 | b;
        cached += 8;
    }
}
