package io.github.funasrjava.tokenizer;

import static io.github.funasrjava.tokenizer.TokenizerException.Kind.DUPLICATE;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.ID_OUT_OF_RANGE;

import java.util.Arrays;

/**
 * A vocabulary: bytes of an id, id of bytes. All bytes stand in one array and the look-up is an open hash table over
 * them, because start-up pays for every object: 151,643 small arrays cost more than reading the file.
 */
final class TokenTable {
    /** Ids above this are refused; real vocabularies end at 151,936 rows. */
    static final int MAX_ID = (1 << 20) - 1;

    private final byte[] blob;
    private final int[] start;
    private final int[] length;
    private final int[] slots;
    private final int size;
    private final int count;

    private TokenTable(Builder builder) {
        size = builder.maxId + 1;
        count = builder.count;
        blob = builder.blob;
        start = builder.start;
        length = builder.length;
        slots = new int[Integer.highestOneBit(Math.max(count, 1)) * 4];
        for (int id = 0; id < size; id++) {
            if (length[id] > 0) {
                insert(id, builder.fileName);
            }
        }
    }

    private void insert(int id, String fileName) {
        int slot = hash(blob, start[id], start[id] + length[id]) & slots.length - 1;
        while (slots[slot] != 0) {
            int other = slots[slot] - 1;
            if (equal(other, blob, start[id], start[id] + length[id])) {
                throw new TokenizerException(DUPLICATE,
                        fileName + " has the same token under the ids " + other + " and " + id);
            }
            slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = id + 1;
    }

    /** Highest id + 1. */
    int size() {
        return size;
    }

    /** Number of ids in use. */
    int count() {
        return count;
    }

    /** Whether the id names a token (possibly an empty one). */
    boolean contains(int id) {
        return id >= 0 && id < size && length[id] >= 0;
    }

    /** Length in bytes, or -1 for an unused id. */
    int lengthOf(int id) {
        return id < size ? length[id] : -1;
    }

    /** A copy of the token's bytes; empty for an unused id. */
    byte[] bytes(int id) {
        return contains(id) ? Arrays.copyOfRange(blob, start[id], start[id] + length[id]) : new byte[0];
    }

    /** The id of {@code bytes[from, to)}, or -1. */
    int find(byte[] bytes, int from, int to) {
        int slot = hash(bytes, from, to) & slots.length - 1;
        while (slots[slot] != 0) {
            int id = slots[slot] - 1;
            if (equal(id, bytes, from, to)) {
                return id;
            }
            slot = slot + 1 & slots.length - 1;
        }
        return -1;
    }

    private boolean equal(int id, byte[] bytes, int from, int to) {
        return length[id] == to - from && Arrays.equals(blob, start[id], start[id] + length[id], bytes, from, to);
    }

    private static int hash(byte[] bytes, int from, int to) {
        int h = to - from;
        for (int i = from; i < to; i++) {
            h = (h ^ bytes[i] & 0xFF) * 0x01000193;
        }
        return h ^ h >>> 15;
    }

    /** Collects tokens in any order of ids. */
    static final class Builder {
        private final String fileName;
        private byte[] blob;
        private int used;
        private int[] start;
        private int[] length;
        private int maxId = -1;
        private int count;

        /**
         * @param fileName for messages
         * @param expectedBytes a guess of all tokens' bytes together, such as half the file
         */
        Builder(String fileName, int expectedBytes) {
            this.fileName = fileName;
            blob = new byte[Math.max(64, expectedBytes)];
            start = new int[1024];
            length = new int[1024];
            Arrays.fill(length, -1);
        }

        /** Appends one byte to the token that the next {@link #end} names. */
        void append(int b) {
            if (used == blob.length) {
                blob = Arrays.copyOf(blob, used + (used >> 1));
            }
            blob[used++] = (byte) b;
        }

        /** Position to hand to {@link #end}. */
        int begin() {
            return used;
        }

        /** Gives the bytes appended since {@code begin} an id. */
        void end(int begin, long id) {
            if (id < 0 || id > MAX_ID) {
                throw new TokenizerException(ID_OUT_OF_RANGE,
                        fileName + " has the id " + id + "; ids run from 0 to " + MAX_ID);
            }
            int i = (int) id;
            if (i >= start.length) {
                int old = start.length;
                int grown = Math.max(i + 1, old * 2);
                start = Arrays.copyOf(start, grown);
                length = Arrays.copyOf(length, grown);
                Arrays.fill(length, old, grown, -1);
            }
            if (length[i] >= 0) {
                throw new TokenizerException(DUPLICATE, fileName + " has the id " + id + " twice");
            }
            start[i] = begin;
            length[i] = used - begin;
            maxId = Math.max(maxId, i);
            count++;
        }

        TokenTable build() {
            return new TokenTable(this);
        }
    }
}
