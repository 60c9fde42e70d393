package io.github.funasrjava.audio;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A box of an ISO base media file (ISO 14496-12): its content lies from {@code from} (inclusive) to {@code end} (exclusive).
 * A box never reaches beyond its parent.
 */
record Mp4Box(String type, long start, long from, long end) {

    /** The whole file as a parent. */
    static Mp4Box file(ByteInput input) {
        return new Mp4Box("file", 0, 0, input.size());
    }

    /** Bytes of the content. */
    long size() {
        return end - from;
    }

    /** The child that begins at {@code at}; empty at the end of this box. */
    Optional<Mp4Box> childAt(ByteInput input, long at) {
        if (end - at < 8) {
            return Optional.empty();
        }
        input.seek(at);
        byte[] head = new byte[16];
        input.readUpTo(head, 0, 8);
        long size = EbmlReader.integer(head, 0, 4);
        int headBytes = 8;
        if (size == 1) {
            headBytes = 16;
            if (input.readUpTo(head, 8, 8) < 8) {
                throw damaged(input, head, at);
            }
            size = EbmlReader.integer(head, 8, 16);
        } else if (size == 0) {
            size = end - at;
        }
        if (size < headBytes || size > end - at) {
            throw damaged(input, head, at);
        }
        return Optional.of(new Mp4Box(name(head), at, at + headBytes, at + size));
    }

    /** The first child of that type. */
    Optional<Mp4Box> child(ByteInput input, String wanted) {
        return childFrom(input, from, wanted);
    }

    /** The first child of that type at or behind {@code position}. */
    Optional<Mp4Box> childFrom(ByteInput input, long position, String wanted) {
        for (Optional<Mp4Box> c = childAt(input, position); c.isPresent(); c = childAt(input, c.get().end)) {
            if (c.get().type.equals(wanted)) {
                return c;
            }
        }
        return Optional.empty();
    }

    /** A child that must be there. */
    Mp4Box need(ByteInput input, String wanted) {
        return child(input, wanted).orElseThrow(() -> AudioException.corrupt(input.name(), "the '" + type + "' box at byte " + start
                + " has no '" + wanted + "' in it"));
    }

    /** The first {@code count} bytes of the content; it must have them. */
    byte[] bytes(ByteInput input, int count) {
        if (size() < count) {
            throw AudioException.corrupt(input.name(), "the '" + type + "' box at byte " + start + " has " + size() + " bytes; " + count
                    + " are needed");
        }
        input.seek(from);
        byte[] b = new byte[count];
        if (input.readUpTo(b, 0, count) < count) {
            throw AudioException.corrupt(input.name(), "the file ends inside the '" + type + "' box at byte " + start);
        }
        return b;
    }

    private static String name(byte[] head) {
        return new String(head, 4, 4, StandardCharsets.ISO_8859_1).replaceAll("[^ -~]", "?");
    }

    private static AudioException damaged(ByteInput input, byte[] head, long at) {
        return AudioException.corrupt(input.name(), "the box '" + name(head) + "' at byte " + at + " has an impossible length");
    }
}
