package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The entries of a zip archive as {@code torch.save} writes it: all stored uncompressed under one top folder, found
 * through the central directory (zip64 included). Every size and offset is checked against the file and against the
 * other records before it is used; entries may not overlap.
 */
final class TorchZip {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int LOCAL = 0x04034b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int END = 0x06054b50;
    private static final int END64 = 0x06064b50;
    private static final int END64_LOCATOR = 0x07064b50;
    private static final int END_BYTES = 22;
    private static final int MAX_COMMENT = 65_535;
    private static final int MAX_ENTRIES = 65_536;
    private static final int MAX_NAME_BYTES = 1024;
    private static final int ZIP64_EXTRA = 1;
    private static final long SATURATED = 0xFFFF_FFFFL;
    private static final int FLAG_ENCRYPTED = 1;
    private static final int FLAG_DESCRIPTOR = 8;

    private final MemorySegment file;
    private final String source;
    private final Map<String, Entry> entries = new HashMap<>();
    private String top = "";
    private long directoryStart;
    private long directoryBytes;

    /** Where an entry lies: its header's and its data's first byte, and its length. */
    private record Entry(String name, long header, long data, long size) {}

    private TorchZip(MemorySegment file, String source) {
        this.file = file;
        this.source = source;
    }

    /** Reads the directory of a whole archive in memory; {@code source} names it in messages. */
    static TorchZip read(MemorySegment file, String source) {
        TorchZip zip = new TorchZip(file, source);
        zip.readDirectory(zip.findEnd());
        zip.refuseOverlap();
        return zip;
    }

    /** The bytes of entry {@code name} below the top folder, or empty if there is none. */
    Optional<MemorySegment> entry(String name) {
        return Optional.ofNullable(entries.get(top + name)).map(e -> file.asSlice(e.data, e.size));
    }

    /** The central directory: names, sizes and checksums of all entries. */
    MemorySegment directory() {
        return file.asSlice(directoryStart, directoryBytes);
    }

    private long findEnd() {
        long size = file.byteSize();
        long lowest = Math.max(0, size - END_BYTES - MAX_COMMENT);
        for (long at = size - END_BYTES; at >= lowest; at--) {
            if (file.get(INT, at) == END && at + END_BYTES + u16(at + 20) == size) {
                return at;
            }
        }
        throw malformed("has no end record of a zip archive; the file was probably not downloaded completely");
    }

    private void readDirectory(long end) {
        long count = u16(end + 10);
        directoryBytes = u32(end + 12);
        directoryStart = u32(end + 16);
        long after = end;
        if (u16(end + 4) != 0 || u16(end + 6) != 0 || u16(end + 8) != count) {
            throw malformed("is one part of a split zip archive");
        }
        if (end >= 20 && file.get(INT, end - 20) == END64_LOCATOR) {
            long record = file.get(LONG, end - 20 + 8);
            if (record < 0 || record > end - 20 - 56 || file.get(INT, record) != END64) {
                throw malformed("has a zip64 locator that points to no zip64 record");
            }
            long count64 = file.get(LONG, record + 32);
            long bytes64 = file.get(LONG, record + 40);
            long start64 = file.get(LONG, record + 48);
            agree(count, 0xFFFF, count64, "number of entries");
            agree(directoryBytes, SATURATED, bytes64, "directory size");
            agree(directoryStart, SATURATED, start64, "directory offset");
            count = count64;
            directoryBytes = bytes64;
            directoryStart = start64;
            after = record;
        }
        if (directoryStart < 0 || directoryBytes < 0 || directoryStart > after || directoryBytes != after - directoryStart) {
            throw malformed("has a zip directory that does not end where its end record begins");
        }
        if (count < 0 || count > MAX_ENTRIES) {
            throw new WeightsException(Kind.LIMIT, source + " has " + Long.toUnsignedString(count)
                    + " zip entries; the limit is " + MAX_ENTRIES + ".");
        }
        long at = directoryStart;
        for (long i = 0; i < count; i++) {
            at = readEntry(at, directoryStart + directoryBytes);
        }
        if (at != directoryStart + directoryBytes) {
            throw malformed("has more bytes in its zip directory than entries");
        }
    }

    private void agree(long classic, long saturated, long zip64, String what) {
        if (classic != saturated && classic != zip64) {
            throw malformed("contradicts itself about the " + what + ": " + classic + " and, in its zip64 record, "
                    + Long.toUnsignedString(zip64));
        }
    }

    private long readEntry(long at, long end) {
        if (end - at < 46 || file.get(INT, at) != CENTRAL) {
            throw malformed("has a broken zip directory at byte " + at);
        }
        int nameBytes = u16(at + 28);
        int extraBytes = u16(at + 30);
        long next = at + 46 + nameBytes + extraBytes + u16(at + 32);
        if (next > end) {
            throw malformed("has a zip directory entry that runs over the directory's end");
        }
        String name = name(at + 46, nameBytes);
        long[] fields = {u32(at + 24), u32(at + 20), u32(at + 42)};
        widen(fields, at + 46 + nameBytes, extraBytes, name);
        long size = fields[0];
        int method = u16(at + 10);
        if ((u16(at + 8) & FLAG_ENCRYPTED) != 0) {
            throw new WeightsException(Kind.UNSUPPORTED, source + " has the encrypted entry " + Messages.quote(name) + ".");
        }
        if (method != 0) {
            throw new WeightsException(Kind.UNSUPPORTED, source + " has the compressed entry " + Messages.quote(name)
                    + " (method " + method + "); torch.save stores its entries uncompressed.");
        }
        if (fields[1] != size) {
            throw malformed("gives the stored entry " + Messages.quote(name) + " two lengths, " + fields[1] + " and " + size);
        }
        add(name, size, fields[2]);
        return next;
    }

    /** Replaces saturated fields (length, stored length, header offset) by those of the zip64 extra field, in that order. */
    private void widen(long[] fields, long extra, int extraBytes, String name) {
        boolean needed = false;
        for (long field : fields) {
            needed |= field == SATURATED;
        }
        if (!needed) {
            return;
        }
        long at = extra;
        long end = extra + extraBytes;
        while (end - at >= 4) {
            int id = u16(at);
            int length = u16(at + 2);
            long value = at + 4;
            if (length > end - value) {
                break;
            }
            if (id == ZIP64_EXTRA) {
                long valueEnd = value + length;
                for (int i = 0; i < fields.length; i++) {
                    if (fields[i] == SATURATED) {
                        if (valueEnd - value < 8) {
                            break;
                        }
                        fields[i] = file.get(LONG, value);
                        value += 8;
                        needed = false;
                    }
                }
                break;
            }
            at = value + length;
        }
        if (needed) {
            throw malformed("lacks the zip64 sizes of entry " + Messages.quote(name));
        }
    }

    private void add(String name, long size, long header) {
        if (header < 0 || header > directoryStart - 30 || file.get(INT, header) != LOCAL) {
            throw malformed("points to no zip entry for " + Messages.quote(name));
        }
        int nameBytes = u16(header + 26);
        long data = header + 30 + nameBytes + u16(header + 28);
        if (size < 0 || data > directoryStart || size > directoryStart - data) {
            throw malformed("has entry " + Messages.quote(name) + " of " + Long.toUnsignedString(size)
                    + " bytes, which do not fit before the zip directory");
        }
        if (!name.equals(name(header + 30, nameBytes)) || u16(header + 8) != 0) {
            throw malformed("describes entry " + Messages.quote(name) + " in two different ways");
        }
        long localSize = u32(header + 22);
        boolean localSizeIsReal = (u16(header + 6) & FLAG_DESCRIPTOR) == 0 && localSize != SATURATED;
        if (localSizeIsReal && (localSize != size || u32(header + 18) != size)) {
            throw malformed("gives entry " + Messages.quote(name) + " two lengths, " + localSize + " and " + size);
        }
        if (name.endsWith("/") && size == 0) {
            return;
        }
        int slash = name.indexOf('/');
        if (slash <= 0) {
            throw malformed("has entry " + Messages.quote(name) + " outside of the archive's folder");
        }
        if (top.isEmpty()) {
            top = name.substring(0, slash + 1);
        }
        if (!name.startsWith(top)) {
            throw malformed("has entry " + Messages.quote(name) + " outside of the archive's folder " + Messages.quote(top));
        }
        if (entries.put(name, new Entry(name, header, data, size)) != null) {
            throw malformed("has entry " + Messages.quote(name) + " twice");
        }
    }

    private void refuseOverlap() {
        List<Entry> sorted = new ArrayList<>(entries.values());
        sorted.sort(Comparator.comparingLong(Entry::header));
        for (int i = 1; i < sorted.size(); i++) {
            Entry before = sorted.get(i - 1);
            if (before.data + before.size > sorted.get(i).header) {
                throw malformed("has overlapping entries " + Messages.quote(before.name) + " and "
                        + Messages.quote(sorted.get(i).name));
            }
        }
    }

    private String name(long at, int length) {
        if (length == 0 || length > MAX_NAME_BYTES) {
            throw malformed("has an entry name of " + length + " bytes; the limit is " + MAX_NAME_BYTES);
        }
        if (length > file.byteSize() - at) {
            throw malformed("has an entry name that runs over the end of the file");
        }
        byte[] bytes = file.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
        String name;
        try {
            name = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw malformed("has an entry name that is not UTF-8");
        }
        if (name.startsWith("/") || name.indexOf('\\') >= 0 || name.indexOf('\0') >= 0 || name.indexOf(':') >= 0) {
            throw malformed("has the entry name " + Messages.quote(name) + ", which leaves the archive");
        }
        for (String part : name.split("/")) {
            if (part.equals("..") || part.equals(".")) {
                throw malformed("has the entry name " + Messages.quote(name) + ", which leaves the archive");
            }
        }
        return name;
    }

    private int u16(long at) {
        return file.get(SHORT, at) & 0xFFFF;
    }

    private long u32(long at) {
        return file.get(INT, at) & SATURATED;
    }

    private WeightsException malformed(String what) {
        return new WeightsException(Kind.MALFORMED, source + " " + what + ".");
    }
}
