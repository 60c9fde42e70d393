package io.github.funasrjava.audio;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Encoder delay and true length as iTunes writes them into a tag, for files without an edit list. The tag's text is a row of
 * hexadecimal numbers: a zero, the delay, the padding, the number of frames of sound.
 */
record Mp4Gapless(long delayFrames, long soundFrames) {
    private static final String TAG = "iTunSMPB";
    private static final int MAX_TEXT_BYTES = 256;

    static Optional<Mp4Gapless> read(ByteInput input, Mp4Box moov) {
        Optional<Mp4Box> list = moov.child(input, "udta").flatMap(u -> u.child(input, "meta"))
                // This box has a version before its children.
                .flatMap(m -> m.childFrom(input, m.from() + 4, "ilst"));
        Optional<Mp4Box> entry = list.flatMap(l -> l.child(input, "----"));
        while (entry.isPresent()) {
            Optional<Mp4Box> name = entry.get().child(input, "name");
            if (name.isPresent() && name.get().size() == 4 + TAG.length() && text(input, name.get(), 4).equals(TAG)) {
                return entry.get().child(input, "data").flatMap(d -> parse(text(input, d, 8)));
            }
            entry = list.get().childFrom(input, entry.get().end(), "----");
        }
        return Optional.empty();
    }

    private static String text(ByteInput input, Mp4Box box, int from) {
        byte[] b = box.bytes(input, (int) Math.min(box.size(), MAX_TEXT_BYTES));
        return b.length < from ? "" : new String(b, from, b.length - from, StandardCharsets.ISO_8859_1);
    }

    private static Optional<Mp4Gapless> parse(String text) {
        String[] fields = text.strip().split(" +");
        if (fields.length < 4 || !fields[1].matches("[0-9A-Fa-f]{1,8}") || !fields[3].matches("[0-9A-Fa-f]{1,16}")) {
            return Optional.empty();
        }
        return Optional.of(new Mp4Gapless(Long.parseLong(fields[1], 16), Math.max(0, Long.parseUnsignedLong(fields[3], 16))));
    }
}
