package io.github.funasrjava.audio;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Reads Ogg pages (RFC 3533), checks them, and joins their segments to packets. */
final class OggReader {
    private static final int HEADER_BYTES = 27;
    /** Longer packets (a picture in a comment header) lose their end; no packet of sound is nearly as long. */
    private static final int MAX_PACKET_BYTES = 1 << 20;
    private static final int MAX_LOOK_AHEAD = 1 << 16;
    private static final int CONTINUED = 1;
    private static final int BEGIN = 2;
    private static final int END = 4;
    private static final int[] CRC = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            int crc = i << 24;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc < 0 ? crc << 1 ^ 0x04c11db7 : crc << 1;
            }
            CRC[i] = crc;
        }
    }

    /**
     * The packets that end on one page.
     *
     * @param granule the position after the last of them, -1 when none ends here
     * @param begin whether the page begins a logical stream
     * @param end whether it ends one
     * @param gap whether pages are missing before it
     */
    record Page(int serial, long granule, boolean begin, boolean end, boolean gap, List<byte[]> packets) {}

    private final ByteInput input;
    private final WarningLog warnings;
    private final ByteArrayOutputStream partial = new ByteArrayOutputStream();
    private boolean followed;
    private int serial;
    private long sequence = -1;
    private boolean partialValid;
    private long junk;

    OggReader(ByteInput input, WarningLog warnings) {
        this.input = input;
        this.warnings = warnings;
    }

    /** From now on only pages of this logical stream, and beginnings of others, are returned. */
    void follow(int logicalStream) {
        serial = logicalStream;
        followed = true;
        sequence = -1;
        partial.reset();
        partialValid = false;
    }

    /** The next page; empty at the end. */
    Optional<Page> next() {
        while (true) {
            if (!input.ensure(HEADER_BYTES)) {
                endJunk(input.ensure(1));
                return Optional.empty();
            }
            if (input.at(0) != 'O' || input.at(1) != 'g' || input.at(2) != 'g' || input.at(3) != 'S' || input.at(4) != 0) {
                skipJunk(1);
                continue;
            }
            int segments = input.at(26);
            int header = HEADER_BYTES + segments;
            int length = header;
            if (input.ensure(header)) {
                for (int i = 0; i < segments; i++) {
                    length += input.at(HEADER_BYTES + i);
                }
            }
            if (!input.ensure(length)) {
                warnings.add(AudioWarning.Code.TRUNCATED_INPUT, input.name() + ": the input ends in the middle of an Ogg page");
                return Optional.empty();
            }
            byte[] page = input.peek(length);
            boolean intact = intact(page);
            if (!intact && !pageFollows(length)) {
                skipJunk(4);
                continue;
            }
            input.skip(length);
            // A page of the right length with a wrong checksum has a second of sound and a few wrong bytes in it.
            endJunk(!intact);
            int pageSerial = int32(page, 14);
            boolean begin = (page[5] & BEGIN) != 0;
            if (!followed || pageSerial == serial || begin) {
                return Optional.of(page(page, header, pageSerial, begin));
            }
        }
    }

    private boolean pageFollows(int at) {
        if (at + 4 > MAX_LOOK_AHEAD || !input.ensure(at + 4)) {
            return !input.ensure(at + 1);
        }
        return input.at(at) == 'O' && input.at(at + 1) == 'g' && input.at(at + 2) == 'g' && input.at(at + 3) == 'S';
    }

    private Page page(byte[] page, int header, int pageSerial, boolean begin) {
        boolean ours = followed && pageSerial == serial;
        long number = int32(page, 18) & 0xffffffffL;
        boolean gap = ours && sequence >= 0 && number != sequence + 1;
        List<byte[]> packets = new ArrayList<>();
        boolean foreign = followed && !ours;
        ByteArrayOutputStream current = foreign ? new ByteArrayOutputStream() : partial;
        boolean continued = (page[5] & CONTINUED) != 0;
        boolean valid = continued ? partialValid && !gap && !foreign : true;
        if (!continued || !valid) {
            current.reset();
        }
        int p = header;
        for (int i = HEADER_BYTES; i < header; i++) {
            int n = page[i] & 0xff;
            current.write(page, p, Math.min(n, MAX_PACKET_BYTES - current.size()));
            p += n;
            if (n < 255) {
                if (valid) {
                    packets.add(current.toByteArray());
                }
                current.reset();
                valid = true;
            }
        }
        if (!foreign) {
            partialValid = valid && (page[header - 1] & 0xff) == 255 && header > HEADER_BYTES;
            sequence = number;
        }
        long granule = int32(page, 6) & 0xffffffffL | (long) int32(page, 10) << 32;
        return new Page(pageSerial, granule, begin, (page[5] & END) != 0, gap, packets);
    }

    private void skipJunk(int bytes) {
        junk += bytes;
        input.skip(bytes);
    }

    private void endJunk(boolean more) {
        if (junk > 0 || more) {
            warnings.add(AudioWarning.Code.LOST_FRAMES, input.name() + ": Ogg pages are damaged");
            junk = 0;
        }
    }

    private static boolean intact(byte[] page) {
        int expected = int32(page, 22);
        byte[] b = page;
        if (expected != 0) {
            b = page.clone();
            Arrays.fill(b, 22, 26, (byte) 0);
        }
        int crc = 0;
        for (byte x : b) {
            crc = crc << 8 ^ CRC[crc >>> 24 ^ x & 0xff];
        }
        return crc == expected;
    }

    private static int int32(byte[] b, int p) {
        return b[p] & 0xff | (b[p + 1] & 0xff) << 8 | (b[p + 2] & 0xff) << 16 | b[p + 3] << 24;
    }
}
