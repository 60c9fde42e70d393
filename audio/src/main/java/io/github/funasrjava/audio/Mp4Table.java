package io.github.funasrjava.audio;

/** A table of big-endian integers in a file, read in order through a small window: a day of AAC has four million entries. */
final class Mp4Table {
    private static final int WINDOW_ENTRIES = 2048;

    private final ByteInput input;
    private final long from;
    private final int entryBytes;
    private final long count;
    private final byte[] window;
    private long windowStart;
    private int windowCount;

    /** @param count entries, which must lie within {@code box} behind its first {@code offset} bytes */
    Mp4Table(ByteInput input, Mp4Box box, int offset, long count, int entryBytes) {
        if (count * entryBytes > box.size() - offset) {
            throw AudioException.corrupt(input.name(), "the '" + box.type() + "' box at byte " + box.start() + " claims " + count
                    + " entries and has room for " + Math.max(0, (box.size() - offset) / entryBytes));
        }
        this.input = input;
        this.from = box.from() + offset;
        this.entryBytes = entryBytes;
        this.count = count;
        this.window = new byte[WINDOW_ENTRIES * entryBytes];
    }

    long count() {
        return count;
    }

    /** {@code bytes} of entry {@code index} from {@code offset} on, as an unsigned integer. */
    long value(long index, int offset, int bytes) {
        if (index < windowStart || index >= windowStart + windowCount) {
            input.seek(from + index * entryBytes);
            int wanted = (int) Math.min(WINDOW_ENTRIES, count - index);
            int got = input.readUpTo(window, 0, wanted * entryBytes);
            windowStart = index;
            windowCount = got / entryBytes;
            if (windowCount == 0) {
                throw AudioException.corrupt(input.name(), "the file ends inside one of its tables");
            }
        }
        int p = (int) (index - windowStart) * entryBytes + offset;
        return EbmlReader.integer(window, p, p + bytes);
    }
}
