package io.github.funasrjava.tokenizer;

/**
 * The printable alphabet in which byte-level BPE files write bytes (as GPT-2 does): printable Latin-1 characters
 * stand for themselves, the 68 other bytes for U+0100 and up, in increasing order.
 */
final class ByteAlphabet {
    /** All characters of the alphabet are below this. */
    static final int CHARS = 0x100 + 68;

    private static final short[] BYTE_OF_CHAR = new short[CHARS];

    static {
        java.util.Arrays.fill(BYTE_OF_CHAR, (short) -1);
        int next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean printable = b >= '!' && b <= '~' || b >= 0xA1 && b != 0xAD;
            BYTE_OF_CHAR[printable ? b : next++] = (short) b;
        }
    }

    private ByteAlphabet() {}

    /** The byte that a character stands for, or -1 when it is not in the alphabet. */
    static int byteOf(int character) {
        return character < CHARS ? BYTE_OF_CHAR[character] : -1;
    }
}
