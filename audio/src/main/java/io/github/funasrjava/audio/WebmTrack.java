package io.github.funasrjava.audio;

import io.github.funasrjava.audio.BitReader.Damage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One entry of a WebM or Matroska track list.
 *
 * @param type 1 video, 2 audio
 * @param codecDelayNanos what to leave out at the beginning; -1 when the file does not say
 * @param encoded whether its blocks are compressed or encrypted on top of the codec
 */
record WebmTrack(long number, long type, String codec, byte[] codecPrivate, long codecDelayNanos, boolean encoded) {
    private static final int ENTRY = 0xae;
    private static final int NUMBER = 0xd7;
    private static final int TYPE = 0x83;
    private static final int CODEC_ID = 0x86;
    private static final int CODEC_PRIVATE = 0x63a2;
    private static final int CODEC_DELAY = 0x56aa;
    private static final int CONTENT_ENCODINGS = 0x6d80;

    /** The entries of a Tracks element. */
    static List<WebmTrack> list(byte[] tracks) throws Damage {
        List<WebmTrack> found = new ArrayList<>();
        EbmlReader.Children entries = new EbmlReader.Children(tracks);
        while (entries.next()) {
            if (entries.id() == ENTRY) {
                found.add(entry(entries.children()));
            }
        }
        return found;
    }

    private static WebmTrack entry(EbmlReader.Children fields) throws Damage {
        long number = 0;
        long type = 0;
        String codec = "";
        byte[] setup = new byte[0];
        long delay = -1;
        boolean encoded = false;
        while (fields.next()) {
            switch (fields.id()) {
                case NUMBER -> number = fields.unsigned();
                case TYPE -> type = fields.unsigned();
                case CODEC_ID -> codec = fields.text();
                case CODEC_PRIVATE -> setup = fields.binary();
                case CODEC_DELAY -> delay = fields.unsigned();
                case CONTENT_ENCODINGS -> encoded = true;
                default -> {
                    // Names, languages, pixel sizes.
                }
            }
        }
        return new WebmTrack(number, type, codec, setup, delay, encoded);
    }

    boolean audio() {
        return type == 2;
    }

    /** The decoder for this track's blocks. */
    PacketDecoder decoder(AudioLimits limits, String name) {
        if (encoded) {
            throw AudioException.unsupported(name, "a Matroska track with additional compression or encryption");
        }
        return switch (codec) {
            case "A_OPUS" -> new OpusPackets(codecPrivate, name);
            case "A_VORBIS" -> vorbis(limits, name);
            default -> throw AudioException.unsupported(name, "the codec " + codec.replaceAll("[^ -~]", "?") + " in WebM/Matroska");
        };
    }

    /** Three header packets with the lengths of the first two before them, each as a run of bytes of 255. */
    private PacketDecoder vorbis(AudioLimits limits, String name) {
        int[] length = new int[2];
        int p = 1;
        for (int i = 0; i < 2 && codecPrivate.length > 0 && codecPrivate[0] == 2; i++) {
            int b = 255;
            while (b == 255 && p < codecPrivate.length) {
                b = codecPrivate[p++] & 0xff;
                length[i] += b;
            }
        }
        int second = p + length[0];
        int third = second + length[1];
        if (length[0] == 0 || third >= codecPrivate.length) {
            throw AudioException.corrupt(name, "the Vorbis headers in the Matroska track are damaged");
        }
        return new VorbisPackets(Arrays.copyOfRange(codecPrivate, p, second),
                Arrays.copyOfRange(codecPrivate, third, codecPrivate.length), limits, name);
    }
}
