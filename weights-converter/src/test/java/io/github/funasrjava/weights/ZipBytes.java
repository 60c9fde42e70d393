package io.github.funasrjava.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/** Writes a zip archive of stored entries the way torch does (data on 64-byte boundaries) and knows where its records are. */
final class ZipBytes {
    private static final int LOCAL = 0x04034b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int END = 0x06054b50;
    private static final int END64 = 0x06064b50;
    private static final int END64_LOCATOR = 0x07064b50;

    private final List<Map.Entry<String, byte[]>> entries = new ArrayList<>();
    private final Map<String, Integer> locals = new LinkedHashMap<>();
    private final Map<String, Integer> centrals = new LinkedHashMap<>();
    private boolean zip64;
    private boolean descriptors;
    private int end;
    private int end64;

    ZipBytes add(String name, byte[] data) {
        entries.add(Map.entry(name, data));
        return this;
    }

    /** Writes every length and offset into zip64 records, the classic fields saturated. */
    ZipBytes zip64() {
        zip64 = true;
        return this;
    }

    /** Leaves lengths out of the local headers and writes data descriptors behind the data. */
    ZipBytes descriptors() {
        descriptors = true;
        return this;
    }

    /** Place of an entry's local header. */
    int local(String name) {
        return locals.get(name);
    }

    /** Place of an entry's record in the central directory. */
    int central(String name) {
        return centrals.get(name);
    }

    /** Place of the end record. */
    int end() {
        return end;
    }

    /** Place of the zip64 end record. */
    int end64() {
        return end64;
    }

    byte[] build() {
        int bound = 1024;
        for (Map.Entry<String, byte[]> entry : entries) {
            bound += entry.getValue().length + 4 * entry.getKey().length() + 512;
        }
        ByteBuffer out = ByteBuffer.allocate(bound).order(ByteOrder.LITTLE_ENDIAN);
        List<Integer> places = new ArrayList<>();
        for (Map.Entry<String, byte[]> entry : entries) {
            places.add(out.position());
            locals.put(entry.getKey(), out.position());
            local(out, entry.getKey(), entry.getValue());
        }
        int directory = out.position();
        for (int i = 0; i < entries.size(); i++) {
            centrals.put(entries.get(i).getKey(), out.position());
            central(out, entries.get(i).getKey(), entries.get(i).getValue(), places.get(i));
        }
        int length = out.position() - directory;
        if (zip64) {
            end64 = out.position();
            out.putInt(END64).putLong(44).putShort((short) 45).putShort((short) 45).putInt(0).putInt(0);
            out.putLong(entries.size()).putLong(entries.size()).putLong(length).putLong(directory);
            out.putInt(END64_LOCATOR).putInt(0).putLong(end64).putInt(1);
        }
        end = out.position();
        short count = zip64 ? (short) 0xFFFF : (short) entries.size();
        out.putInt(END).putShort((short) 0).putShort((short) 0).putShort(count).putShort(count);
        out.putInt(zip64 ? -1 : length).putInt(zip64 ? -1 : directory).putShort((short) 0);
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        return bytes;
    }

    private void local(ByteBuffer out, String name, byte[] data) {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        int start = out.position() + 30 + utf8.length + 4;
        int padding = (64 - start % 64) % 64;
        out.putInt(LOCAL).putShort((short) 0).putShort((short) (descriptors ? 8 : 0)).putShort((short) 0).putInt(0);
        int known = descriptors ? 0 : data.length;
        out.putInt(descriptors ? 0 : crc(data)).putInt(known).putInt(known);
        out.putShort((short) utf8.length).putShort((short) (4 + padding)).put(utf8);
        out.putShort((short) 0x4246).putShort((short) padding).put(new byte[padding]).put(data);
        if (descriptors) {
            out.putInt(0x08074b50).putInt(crc(data)).putInt(data.length).putInt(data.length);
        }
    }

    private void central(ByteBuffer out, String name, byte[] data, int place) {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        out.putInt(CENTRAL).putShort((short) 0).putShort((short) 0).putShort((short) (descriptors ? 8 : 0));
        out.putShort((short) 0).putInt(0).putInt(crc(data));
        out.putInt(zip64 ? -1 : data.length).putInt(zip64 ? -1 : data.length);
        out.putShort((short) utf8.length).putShort((short) (zip64 ? 28 : 0)).putShort((short) 0).putShort((short) 0);
        out.putShort((short) 0).putInt(0).putInt(zip64 ? -1 : place).put(utf8);
        if (zip64) {
            out.putShort((short) 1).putShort((short) 24).putLong(data.length).putLong(data.length).putLong(place);
        }
    }

    private static int crc(byte[] data) {
        CRC32 crc = new CRC32();
        crc.update(data);
        return (int) crc.getValue();
    }
}
