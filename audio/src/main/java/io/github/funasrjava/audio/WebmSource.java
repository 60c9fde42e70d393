package io.github.funasrjava.audio;

import io.github.funasrjava.audio.BitReader.Damage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Opus or Vorbis in WebM or Matroska, as browsers record it: read from front to back, sizes may be left open. After damage
 * the reading goes on at the next cluster, and block times say how much silence stands for what was lost.
 */
final class WebmSource extends PacketSource {
    private static final int SEGMENT = 0x18538067;
    private static final int INFO = 0x1549a966;
    private static final int TRACKS = 0x1654ae6b;
    private static final int CLUSTER = 0x1f43b675;
    private static final int TIMECODE = 0xe7;
    private static final int SIMPLE_BLOCK = 0xa3;
    private static final int BLOCK_GROUP = 0xa0;
    private static final int BLOCK = 0xa1;
    private static final int DISCARD_PADDING = 0x75a2;
    private static final int TIMECODE_SCALE = 0x2ad7b1;

    private static final int MAX_HELD_BYTES = 4 << 20;
    /** No audio packet is nearly as long. */
    private static final int MAX_BLOCK_BYTES = 1 << 20;
    private static final long NANOS = 1_000_000_000L;
    private static final long MAX_GAP_SECONDS = 600;

    private final ByteInput input;
    private final WarningLog warnings;
    private final WebmTrack track;
    private final Set<Long> trackNumbers;
    private final PacketDecoder decoder;
    private long timecodeScale = 1_000_000;
    private long clusterTime;
    private Optional<Long> firstTime = Optional.empty();
    private long segmentEnd = Long.MAX_VALUE;
    private boolean damaged;
    private int packetFrames;
    private long good;
    private long lost;

    WebmSource(ByteInput input, AudioLimits limits, WarningLog warnings) {
        this.input = input;
        this.warnings = warnings;
        List<WebmTrack> tracks = readTracks(limits);
        List<WebmTrack> audio = tracks.stream().filter(WebmTrack::audio).toList();
        if (audio.isEmpty()) {
            throw new AudioException(AudioException.Kind.NO_AUDIO_STREAM, input.name() + ": no audio stream among the " + tracks.size()
                    + " track(s) of this WebM/Matroska file");
        }
        if (audio.size() > 1) {
            warnings.add(AudioWarning.Code.SEVERAL_STREAMS, input.name() + ": " + audio.size() + " audio streams; the first was taken");
        }
        track = audio.getFirst();
        trackNumbers = tracks.stream().map(WebmTrack::number).collect(Collectors.toSet());
        decoder = track.decoder(limits, input.name());
        if (track.codecDelayNanos() >= 0) {
            drop(0, toFrames(track.codecDelayNanos()));
        } else {
            drop(0, decoder.preSkip());
        }
    }

    private List<WebmTrack> readTracks(AudioLimits limits) {
        try {
            while (input.ensure(1)) {
                EbmlReader.Element e = EbmlReader.element(input);
                switch (e.id()) {
                    case SEGMENT -> segmentEnd = e.size() == EbmlReader.UNKNOWN_SIZE ? Long.MAX_VALUE : input.position() + e.size();
                    case INFO -> readInfo(hold(e));
                    case TRACKS -> {
                        return WebmTrack.list(hold(e));
                    }
                    case CLUSTER -> throw AudioException.unsupported(input.name(), "WebM/Matroska with its track list behind the sound");
                    default -> pass(e);
                }
                if (input.position() > limits.maxHeaderBytes()) {
                    throw AudioException.limit(input.name(), "no track list within the first " + limits.maxHeaderBytes()
                            + " bytes (limit maxHeaderBytes)");
                }
            }
        } catch (Damage e) {
            throw AudioException.corrupt(input.name(), "damaged near byte " + input.position() + " (" + e.getMessage() + ")");
        }
        throw AudioException.corrupt(input.name(), "the WebM/Matroska file ends before its track list");
    }

    private void readInfo(byte[] info) throws Damage {
        EbmlReader.Children fields = new EbmlReader.Children(info);
        while (fields.next()) {
            if (fields.id() == TIMECODE_SCALE) {
                timecodeScale = Math.clamp(fields.unsigned(), 1, NANOS);
            }
        }
    }

    private byte[] hold(EbmlReader.Element e) throws Damage {
        if (e.size() > MAX_HELD_BYTES || e.size() == EbmlReader.UNKNOWN_SIZE) {
            throw new Damage("an element of " + e.size() + " bytes");
        }
        byte[] bytes = new byte[(int) e.size()];
        int got = input.readUpTo(bytes, 0, bytes.length);
        if (got < bytes.length) {
            throw new Damage("the file ends inside an element");
        }
        return bytes;
    }

    private void pass(EbmlReader.Element e) throws Damage {
        if (e.size() == EbmlReader.UNKNOWN_SIZE || input.skip(e.size()) < e.size()) {
            throw new Damage("the file ends inside an element");
        }
    }

    @Override
    public String format() {
        return "WebM/Matroska (" + decoder.coding() + ")";
    }

    @Override
    public int sampleRateHz() {
        return decoder.sampleRateHz();
    }

    @Override
    public int channels() {
        return decoder.channels();
    }

    @Override
    protected boolean decodeMore() {
        try {
            if (!input.ensure(1)) {
                return end();
            }
            EbmlReader.Element e = EbmlReader.element(input);
            switch (e.id()) {
                case SEGMENT, CLUSTER -> {
                    // Entered: their children follow.
                }
                case TIMECODE -> {
                    byte[] b = hold(e);
                    clusterTime = EbmlReader.integer(b, 0, b.length);
                }
                case SIMPLE_BLOCK, BLOCK_GROUP -> blocks(e);
                default -> pass(e);
            }
            return true;
        } catch (Damage e) {
            return resume();
        }
    }

    /** Blocks of video are stepped over without being held; a key frame may have megabytes. */
    private void blocks(EbmlReader.Element e) throws Damage {
        boolean small = e.size() >= 0 && e.size() <= MAX_BLOCK_BYTES;
        boolean other = e.id() == SIMPLE_BLOCK && input.ensure(1) && input.at(0) >= 0x80 && (input.at(0) & 0x7f) != track.number()
                && trackNumbers.contains((long) input.at(0) & 0x7f);
        if (!small || other) {
            pass(e);
        } else if (e.id() == SIMPLE_BLOCK) {
            block(hold(e));
        } else {
            group(hold(e));
        }
    }

    private boolean end() {
        if (input.position() < segmentEnd && segmentEnd != Long.MAX_VALUE) {
            warnings.add(AudioWarning.Code.TRUNCATED_INPUT, input.name() + ": the file ends before its header says");
        }
        if (good == 0 && lost > 0) {
            throw AudioException.corrupt(input.name(), "none of its " + decoder.coding() + " packets could be decoded");
        }
        return false;
    }

    /** After damage: the next cluster, or the next block of our track that another element follows. */
    private boolean resume() {
        damaged = true;
        while (input.ensure(4)) {
            boolean cluster = input.at(0) == 0x1f && input.at(1) == 0x43 && input.at(2) == 0xb6 && input.at(3) == 0x75;
            if (cluster || blockAhead()) {
                return true;
            }
            input.skip(1);
        }
        input.skip(4);
        warnings.add(AudioWarning.Code.TRUNCATED_INPUT, input.name() + ": the file is damaged or cut off; what could be decoded is there");
        segmentEnd = Long.MAX_VALUE;
        return true;
    }

    private boolean blockAhead() {
        if (input.at(0) != SIMPLE_BLOCK || input.at(1) < 0x40) {
            return false;
        }
        int sizeBytes = input.at(1) >= 0x80 ? 1 : 2;
        int size = sizeBytes == 1 ? input.at(1) & 0x7f : (input.at(1) & 0x3f) << 8 | input.at(2);
        int next = 1 + sizeBytes + size;
        if (size < 5 || !input.ensure(next) || input.at(1 + sizeBytes) != (track.number() | 0x80)) {
            return false;
        }
        return !input.ensure(next + 1) || input.at(next) == SIMPLE_BLOCK || input.at(next) == BLOCK_GROUP || input.at(next) == CLUSTER >>> 24;
    }

    private void group(byte[] bytes) throws Damage {
        EbmlReader.Children fields = new EbmlReader.Children(bytes);
        long padding = 0;
        boolean found = false;
        while (fields.next()) {
            if (fields.id() == BLOCK && found) {
                // A group has one block; what another one says of the time would come too late for the first one's frames.
                damaged = true;
            } else if (fields.id() == BLOCK) {
                found = true;
                block(fields.binary());
            } else if (fields.id() == DISCARD_PADDING) {
                byte[] b = fields.binary();
                padding = b.length == 0 ? 0 : EbmlReader.integer(b, 0, b.length) << 64 - 8 * Math.min(8, b.length) >> 64 - 8 * Math.min(8, b.length);
            }
        }
        if (padding > 0) {
            drop(Math.max(0, decodedFrames() - toFrames(padding)), decodedFrames());
        }
    }

    private void block(byte[] b) throws Damage {
        int trackBytes = b.length == 0 || b[0] == 0 ? 9 : Integer.numberOfLeadingZeros(b[0] & 0xff) - 23;
        if (b.length < trackBytes + 3) {
            throw new Damage("a block without a header");
        }
        long number = b[0] & (1 << 8 - trackBytes) - 1;
        for (int i = 1; i < trackBytes; i++) {
            number = number << 8 | b[i] & 0xff;
        }
        if (number != track.number()) {
            damaged |= !trackNumbers.contains(number);
            return;
        }
        long time = (clusterTime + (short) (b[trackBytes] << 8 | b[trackBytes + 1] & 0xff)) * timecodeScale;
        List<byte[]> packets = unlace(b, trackBytes + 3, b[trackBytes + 2] >> 1 & 3);
        if (firstTime.isEmpty()) {
            firstTime = Optional.of(time);
        }
        if (damaged) {
            damaged = false;
            warnings.add(AudioWarning.Code.LOST_FRAMES, input.name() + ": the file is damaged; silence stands for what was lost");
            long missing = wholePackets(toFrames(time - firstTime.get()) - decodedFrames());
            if (missing > 0 && missing <= MAX_GAP_SECONDS * sampleRateHz()) {
                appendSilence(missing);
            }
        }
        for (byte[] packet : packets) {
            decode(packet);
        }
    }

    /** Block times count in milliseconds; what is missing is packets as long as the last one. */
    private long wholePackets(long frames) {
        long whole = packetFrames == 0 ? frames : Math.round((double) frames / packetFrames) * packetFrames;
        return Math.abs(whole - frames) * 1000 <= 2L * sampleRateHz() ? whole : frames;
    }

    private void decode(byte[] packet) {
        int n = decoder.decode(packet);
        if (n >= 0) {
            good++;
            packetFrames = n;
            append(decoder.output(), n);
            return;
        }
        lost++;
        warnings.add(AudioWarning.Code.LOST_FRAMES, input.name() + ": packets could not be decoded; silence stands for them");
        int frames = decoder.frames(packet);
        append(new float[frames * channels()], frames);
    }

    /** Splits a block into its packets: 0 no lacing, 1 Xiph, 2 equal sizes, 3 EBML. */
    private static List<byte[]> unlace(byte[] b, int from, int lacing) throws Damage {
        if (lacing == 0) {
            return List.of(Arrays.copyOfRange(b, from, b.length));
        }
        if (from >= b.length) {
            throw new Damage("a laced block without packets");
        }
        int count = (b[from] & 0xff) + 1;
        int[] sizes = new int[count];
        int p = from + 1;
        if (lacing == 2) {
            Arrays.fill(sizes, (b.length - p) / count);
        } else {
            long known = 0;
            long previous = 0;
            for (int i = 0; i < count - 1; i++) {
                long size = 0;
                if (lacing == 1) {
                    int part = 255;
                    while (part == 255 && p < b.length) {
                        part = b[p++] & 0xff;
                        size += part;
                    }
                } else {
                    int n = p >= b.length || b[p] == 0 ? 9 : Integer.numberOfLeadingZeros(b[p] & 0xff) - 23;
                    if (n > 8 || p + n > b.length) {
                        throw new Damage("lacing");
                    }
                    long v = EbmlReader.integer(b, p, p + n) & (1L << 7 * n) - 1;
                    size = i == 0 ? v : previous + v - ((1L << 7 * n - 1) - 1);
                    p += n;
                }
                if (size < 0 || size > b.length) {
                    throw new Damage("lacing");
                }
                previous = size;
                known += size;
                sizes[i] = (int) size;
            }
            sizes[count - 1] = (int) Math.max(-1, b.length - p - known);
        }
        List<byte[]> packets = new ArrayList<>();
        for (int size : sizes) {
            if (size < 0 || p + size > b.length) {
                throw new Damage("lacing");
            }
            packets.add(Arrays.copyOfRange(b, p, p + size));
            p += size;
        }
        return packets;
    }

    private long toFrames(long nanos) {
        return Math.round(nanos / (double) NANOS * decoder.sampleRateHz());
    }
}
