package io.github.funasrjava.audio;

import io.github.funasrjava.audio.BitReader.Damage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Element headers and values of EBML (RFC 8794), either from the input or from an element held in memory. */
final class EbmlReader {
    /** The size of an element whose writer did not know it. */
    static final long UNKNOWN_SIZE = -1;

    /** An element's identity and the number of bytes that follow its header. */
    record Element(int id, long size) {}

    private EbmlReader() {}

    /** Reads an element header from the input. */
    static Element element(ByteInput input) throws Damage {
        int first = input.read();
        int idBytes = first < 0 ? 0 : Integer.numberOfLeadingZeros(first) - 23;
        if (idBytes < 1 || idBytes > 4 || !input.ensure(idBytes)) {
            throw new Damage("element identity");
        }
        int id = first;
        for (int i = 1; i < idBytes; i++) {
            id = id << 8 | input.read();
        }
        int lead = input.at(0);
        int sizeBytes = lead == 0 ? 0 : Integer.numberOfLeadingZeros(lead) - 23;
        if (sizeBytes == 0 || !input.ensure(sizeBytes)) {
            throw new Damage("element size");
        }
        long size = lead & (1 << 8 - sizeBytes) - 1;
        boolean open = size == (1 << 8 - sizeBytes) - 1;
        for (int i = 1; i < sizeBytes; i++) {
            int b = input.at(i);
            open &= b == 0xff;
            size = size << 8 | b;
        }
        input.skip(sizeBytes);
        return new Element(id, open ? UNKNOWN_SIZE : size);
    }

    /** A walk over the children of an element in memory. */
    static final class Children {
        private final byte[] bytes;
        private final int end;
        private int next;
        private int id;
        private int from;

        Children(byte[] bytes) {
            this(bytes, 0, bytes.length);
        }

        private Children(byte[] bytes, int from, int end) {
            this.bytes = bytes;
            this.next = from;
            this.end = end;
        }

        /** Goes to the next child; false behind the last. */
        boolean next() throws Damage {
            if (next >= end) {
                return false;
            }
            int idBytes = length(4);
            id = (int) value(idBytes, false);
            int sizeBytes = length(8);
            long size = value(sizeBytes, true);
            if (size > end - next) {
                throw new Damage("element beyond its parent");
            }
            from = next;
            next += (int) size;
            return true;
        }

        private int length(int most) throws Damage {
            int n = next >= end || bytes[next] == 0 ? 9 : Integer.numberOfLeadingZeros(bytes[next] & 0xff) - 23;
            if (n > most || n > end - next) {
                throw new Damage("number beyond its parent");
            }
            return n;
        }

        private long value(int n, boolean withoutMarker) {
            long v = withoutMarker ? bytes[next] & (1 << 8 - n) - 1 : bytes[next] & 0xff;
            for (int i = 1; i < n; i++) {
                v = v << 8 | bytes[next + i] & 0xff;
            }
            next += n;
            return v;
        }

        int id() {
            return id;
        }

        Children children() {
            return new Children(bytes, from, next);
        }

        byte[] binary() {
            return Arrays.copyOfRange(bytes, from, next);
        }

        String text() {
            int to = from;
            while (to < next && bytes[to] != 0) {
                to++;
            }
            return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
        }

        /** The value as an unsigned integer of up to 8 bytes. */
        long unsigned() {
            return integer(bytes, from, next);
        }
    }

    /** A big-endian integer from {@code from} to {@code to}; the last eight bytes count. */
    static long integer(byte[] b, int from, int to) {
        long v = 0;
        for (int i = from; i < to; i++) {
            v = v << 8 | b[i] & 0xff;
        }
        return v;
    }
}
