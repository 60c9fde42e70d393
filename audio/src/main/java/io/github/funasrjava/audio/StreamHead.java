package io.github.funasrjava.audio;

import java.nio.charset.StandardCharsets;

/** The coding of a logical stream by its first packet. Apart from the decoders, so that each may lack its library. */
enum StreamHead {
    OPUS("OpusHead"),
    VORBIS("\u0001vorbis"),
    FLAC("\u007fFLAC"),
    SPEEX("Speex   "),
    THEORA("\u0080theora"),
    OTHER("");

    private final String magic;

    StreamHead(String magic) {
        this.magic = magic;
    }

    static StreamHead of(byte[] packet) {
        String start = new String(packet, 0, Math.min(8, packet.length), StandardCharsets.ISO_8859_1);
        for (StreamHead h : values()) {
            if (start.startsWith(h.magic)) {
                return h;
            }
        }
        return OTHER;
    }

    /** Whether there is a decoder here. */
    boolean supported() {
        return this == OPUS || this == VORBIS || this == FLAC;
    }
}
