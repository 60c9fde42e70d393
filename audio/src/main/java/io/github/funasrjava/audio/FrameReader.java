package io.github.funasrjava.audio;

import java.util.Optional;

/**
 * Cuts a self-synchronising stream (MPEG audio, ADTS) into frames. A frame counts when it follows another one directly, or
 * when the next frame, a tag or the end follows it; all else is junk and is stepped over. Tags are stepped over silently.
 */
final class FrameReader<H extends FrameHeader> {
    /** Reads the header at a place ahead of the input's position. */
    @FunctionalInterface
    interface Parser<H> {
        Optional<H> parse(ByteInput input, int at);
    }

    /** How far the first frame is looked for. */
    static final int SEARCH_BYTES = 1 << 15;
    private static final int CHAIN = 3;
    /** About ten seconds. */
    private static final int MAX_SKIPPED_FRAMES = 400;

    private final ByteInput input;
    private final Parser<H> parser;
    private final int headerBytes;
    private final WarningLog warnings;
    private Optional<H> first = Optional.empty();
    private boolean locked;
    private boolean cutShort;
    private long junk;
    private long skipped;
    private long lastSkipped;
    private long frames;
    private long frameBytes;

    FrameReader(ByteInput input, int headerBytes, Parser<H> parser, WarningLog warnings) {
        this.input = input;
        this.headerBytes = headerBytes;
        this.parser = parser;
        this.warnings = warnings;
    }

    static FrameReader<MpegHeader> mpeg(ByteInput input, WarningLog warnings) {
        return new FrameReader<>(input, MpegHeader.BYTES, FrameReader::mpegHeader, warnings);
    }

    static FrameReader<AdtsHeader> adts(ByteInput input, WarningLog warnings) {
        return new FrameReader<>(input, AdtsHeader.BYTES, FrameReader::adtsHeader, warnings);
    }

    private static Optional<MpegHeader> mpegHeader(ByteInput in, int at) {
        return MpegHeader.parse(in.at(at), in.at(at + 1), in.at(at + 2), in.at(at + 3));
    }

    private static Optional<AdtsHeader> adtsHeader(ByteInput in, int at) {
        return AdtsHeader.parse(in.at(at), in.at(at + 1), in.at(at + 2), in.at(at + 3), in.at(at + 4), in.at(at + 5), in.at(at + 6));
    }

    /** Whether three frames in a row (or all of a short input) begin within {@code within} bytes of the position; consumes nothing. */
    boolean found(int within) {
        for (int at = 0; at < within && input.ensure(at + headerBytes); at++) {
            if (input.at(at) == 0xff && chain(at)) {
                return true;
            }
        }
        return false;
    }

    private boolean chain(int start) {
        int at = start;
        Optional<H> head = Optional.empty();
        for (int n = 0; n < CHAIN; n++) {
            if (!input.ensure(at + headerBytes)) {
                return n > 0 && !input.ensure(at + 1);
            }
            Optional<H> h = parser.parse(input, at);
            if (h.isEmpty() || (head.isPresent() && !head.get().continues(h.get()))) {
                return n > 0 && tagBytes(at) > 0;
            }
            head = h;
            at += h.get().frameBytes();
        }
        return true;
    }

    /** Positions the input at the next frame; its header, or empty at the end. The caller consumes the frame. */
    Optional<H> next() {
        while (input.ensure(1)) {
            long tag = input.ensure(10) || input.ensure(3) ? tagBytes(0) : 0;
            if (tag > 0) {
                input.skip(tag);
                continue;
            }
            if (!input.ensure(headerBytes)) {
                skipJunk();
                continue;
            }
            Optional<H> h = parser.parse(input, 0);
            if (h.isPresent() && (first.isEmpty() || first.get().continues(h.get())) && accepted(h.get())) {
                first = first.isEmpty() ? h : first;
                locked = true;
                cutShort = false;
                reportJunk();
                lastSkipped = skipped;
                skipped = 0;
                frames++;
                frameBytes += h.get().frameBytes();
                return h;
            }
            locked = false;
            skipJunk();
        }
        if (cutShort) {
            warnings.add(AudioWarning.Code.TRUNCATED_INPUT, input.name() + ": the input ends in the middle of its last frame");
        } else {
            reportJunk();
        }
        return Optional.empty();
    }

    /**
     * How many frames the bytes were that were skipped between the last frame and the one before it, going by the mean size
     * of frames; 0 when it would be so many that something else must have been inserted there.
     */
    int framesSkipped() {
        long lost = frames < 2 ? 0 : Math.round(lastSkipped / ((double) frameBytes / frames));
        return lost > MAX_SKIPPED_FRAMES ? 0 : (int) lost;
    }

    private boolean accepted(H h) {
        if (!input.ensure(h.frameBytes())) {
            // The last frame of a truncated file, unless a real frame follows: then its header was damaged.
            cutShort = true;
            return false;
        }
        if (locked) {
            return true;
        }
        int after = h.frameBytes();
        if (!input.ensure(after + headerBytes)) {
            return true;
        }
        Optional<H> following = parser.parse(input, after);
        return following.isPresent() && h.continues(following.get()) || tagBytes(after) > 0;
    }

    private void skipJunk() {
        if (input.ensure(1)) {
            // Zero padding between and after frames is harmless and common.
            junk += input.at(0) == 0 ? 0 : 1;
            skipped++;
            input.skip(1);
        }
    }

    private void reportJunk() {
        if (junk > 0) {
            warnings.add(AudioWarning.Code.JUNK_SKIPPED, input.name() + ": bytes that belong to no frame were skipped", junk);
            junk = 0;
        }
    }

    /** Length of the ID3v1, ID3v2, APEv2 or Lyrics3 tag at that place ahead, or 0. */
    private long tagBytes(int at) {
        if (input.ensure(at + 10) && is(at, "ID3")) {
            return id3Bytes(input, at);
        }
        if (input.ensure(at + 3) && is(at, "TAG")) {
            return 128;
        }
        if (input.ensure(at + 32) && is(at, "APETAGEX")) {
            long size = input.at(at + 12) | input.at(at + 13) << 8 | input.at(at + 14) << 16 | (long) input.at(at + 15) << 24;
            return (input.at(at + 23) & 0x20) != 0 ? 32 + size : 32;
        }
        return input.ensure(at + 11) && is(at, "LYRICSBEGIN") ? 11 : 0;
    }

    /** Length of the ID3v2 tag whose first ten bytes lie that far ahead, its header and footer included. */
    static long id3Bytes(ByteInput input, int at) {
        long size = (input.at(at + 6) & 0x7fL) << 21 | (input.at(at + 7) & 0x7f) << 14 | (input.at(at + 8) & 0x7f) << 7 | input.at(at + 9) & 0x7f;
        return 10 + size + ((input.at(at + 5) & 0x10) != 0 ? 10 : 0);
    }

    private boolean is(int at, String ascii) {
        for (int i = 0; i < ascii.length(); i++) {
            if (input.at(at + i) != ascii.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
