package io.github.funasrjava.audio;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An audio track of an MP4 file.
 *
 * @param id its number, by which fragments refer to it
 * @param timescale its time units per second
 * @param config the AAC configuration
 * @param delayFrames silence before it begins, from an empty edit
 * @param skipFrames what to leave out at its beginning, from the edit list or iTunes' tag
 * @param editFrames length of the edit, or {@link Long#MAX_VALUE}
 * @param table its {@code stbl} box
 */
record Mp4Track(long id, long timescale, AacConfig config, long delayFrames, long skipFrames, long editFrames, Mp4Box table) {
    private static final int MAX_CONFIG_BYTES = 1 << 12;
    private static final long MAX_DELAY_SECONDS = 600;

    /** Reads the first audio track of the {@code moov} box. */
    static Mp4Track read(ByteInput input, Mp4Box moov, WarningLog warnings) {
        long movieTimescale = timescale(input, moov.need(input, "mvhd"));
        List<Mp4Box> audio = new ArrayList<>();
        int tracks = 0;
        Optional<Mp4Box> trak = moov.child(input, "trak");
        while (trak.isPresent()) {
            tracks++;
            Optional<Mp4Box> handler = trak.get().child(input, "mdia").flatMap(m -> m.child(input, "hdlr"));
            if (handler.isPresent() && ascii(handler.get().bytes(input, 12), 8).equals("soun")) {
                audio.add(trak.get());
            }
            trak = moov.childFrom(input, trak.get().end(), "trak");
        }
        if (audio.isEmpty()) {
            throw new AudioException(AudioException.Kind.NO_AUDIO_STREAM, input.name() + ": no audio stream among the " + tracks
                    + " track(s) of this MP4 file");
        }
        if (audio.size() > 1) {
            warnings.add(AudioWarning.Code.SEVERAL_STREAMS, input.name() + ": " + audio.size() + " audio streams; the first was taken");
        }
        return track(input, audio.getFirst(), moov, movieTimescale);
    }

    private static Mp4Track track(ByteInput input, Mp4Box trak, Mp4Box moov, long movieTimescale) {
        byte[] header = trak.need(input, "tkhd").bytes(input, 24);
        long id = header[0] == 1 ? EbmlReader.integer(header, 20, 24) : EbmlReader.integer(header, 12, 16);
        Mp4Box media = trak.need(input, "mdia");
        long timescale = timescale(input, media.need(input, "mdhd"));
        Mp4Box table = media.need(input, "minf").need(input, "stbl");
        AacConfig config = AacConfig.parse(configuration(input, table.need(input, "stsd")), input.name());
        long[] edit = edit(input, trak, moov, movieTimescale, timescale, config.sampleRateHz());
        return new Mp4Track(id, timescale, config, edit[0], edit[1], edit[2], table);
    }

    private static long timescale(ByteInput input, Mp4Box box) {
        byte[] b = box.bytes(input, 20);
        long scale = b[0] == 1 ? EbmlReader.integer(box.bytes(input, 24), 20, 24) : EbmlReader.integer(b, 12, 16);
        if (scale == 0) {
            throw AudioException.corrupt(input.name(), "the '" + box.type() + "' box has a time scale of 0");
        }
        return scale;
    }

    /** Delay, skipped beginning and length of the edit, in frames at the sample rate. */
    private static long[] edit(ByteInput input, Mp4Box trak, Mp4Box moov, long movieTimescale, long timescale, int rate) {
        long[] edit = {0, 0, Long.MAX_VALUE};
        Optional<Mp4Box> list = trak.child(input, "edts").flatMap(e -> e.child(input, "elst"));
        if (list.isEmpty()) {
            Optional<Mp4Gapless> gapless = Mp4Gapless.read(input, moov);
            edit[1] = gapless.map(Mp4Gapless::delayFrames).orElse(0L);
            edit[2] = gapless.filter(g -> g.soundFrames() > 0).map(Mp4Gapless::soundFrames).orElse(Long.MAX_VALUE);
            return edit;
        }
        byte[] head = list.get().bytes(input, 8);
        int bytes = head[0] == 1 ? 8 : 4;
        Mp4Table entries = new Mp4Table(input, list.get(), 8, EbmlReader.integer(head, 4, 8), 2 * bytes + 4);
        int real = 0;
        for (long i = 0; i < entries.count(); i++) {
            long duration = entries.value(i, 0, bytes);
            long mediaTime = entries.value(i, bytes, bytes) << 64 - 8 * bytes >> 64 - 8 * bytes;
            if (mediaTime < 0) {
                edit[0] += real == 0 ? Math.clamp(scaled(duration, rate, movieTimescale), 0, MAX_DELAY_SECONDS * rate) : 0;
            } else if (++real > 1) {
                throw AudioException.unsupported(input.name(), "MP4 with several edits in one track");
            } else {
                edit[1] = scaled(mediaTime, rate, timescale);
                edit[2] = duration == 0 ? Long.MAX_VALUE : scaled(duration, rate, movieTimescale);
            }
        }
        return edit;
    }

    private static long scaled(long time, int rate, long scale) {
        return Math.round(time * (double) rate / scale);
    }

    /** The AudioSpecificConfig in the first sample description. */
    private static byte[] configuration(ByteInput input, Mp4Box descriptions) {
        if (EbmlReader.integer(descriptions.bytes(input, 8), 4, 8) == 0) {
            throw AudioException.corrupt(input.name(), "the audio track has no sample description");
        }
        Mp4Box entry = descriptions.childAt(input, descriptions.from() + 8)
                .orElseThrow(() -> AudioException.corrupt(input.name(), "the sample description of the audio track is missing"));
        if (!entry.type().equals("mp4a")) {
            throw AudioException.unsupported(input.name(), "MP4 with '" + entry.type() + "' audio");
        }
        byte[] b = entry.bytes(input, 28);
        int version = (int) EbmlReader.integer(b, 8, 10);
        long children = entry.from() + 28 + (version == 1 ? 16 : version == 2 ? 36 : 0);
        Optional<Mp4Box> esds = entry.childFrom(input, children, "esds");
        if (esds.isEmpty()) {
            // QuickTime puts it one level deeper.
            esds = entry.childFrom(input, children, "wave").flatMap(w -> w.child(input, "esds"));
        }
        Mp4Box box = esds.orElseThrow(() -> AudioException.unsupported(input.name(), "MP4 audio without an AAC configuration"));
        return specificConfig(box.bytes(input, (int) Math.min(box.size(), MAX_CONFIG_BYTES)), input.name());
    }

    /** Walks the nested descriptors of an {@code esds} box: elementary stream 3, decoder configuration 4, specific 5. */
    private static byte[] specificConfig(byte[] b, String name) {
        int p = 4;
        while (p + 2 <= b.length) {
            int tag = b[p++];
            int size = 0;
            int more = 0x80;
            while (more != 0 && p < b.length) {
                more = b[p] & 0x80;
                size = size << 7 & 0xfffffff | b[p++] & 0x7f;
            }
            if (tag == 3 && p + 3 <= b.length) {
                int flags = b[p + 2];
                p += 3 + ((flags & 0x80) != 0 ? 2 : 0);
                p += (flags & 0x40) != 0 && p < b.length ? 1 + (b[p] & 0xff) : 0;
                p += (flags & 0x20) != 0 ? 2 : 0;
            } else if (tag == 4 && p + 13 <= b.length) {
                int coding = b[p] & 0xff;
                if (coding != 0x40 && (coding < 0x66 || coding > 0x68)) {
                    throw AudioException.unsupported(name, coding == 0x69 || coding == 0x6b ? "MP3 in MP4"
                            : "MP4 with audio of object type 0x" + Integer.toHexString(coding));
                }
                p += 13;
            } else if (tag == 5 && size >= 2 && size <= b.length - p) {
                return Arrays.copyOfRange(b, p, p + size);
            } else {
                p += size;
            }
        }
        throw AudioException.corrupt(name, "the AAC configuration of the MP4 track is damaged");
    }

    private static String ascii(byte[] b, int p) {
        return new String(b, p, 4, StandardCharsets.ISO_8859_1);
    }
}
