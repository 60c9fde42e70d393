package io.github.funasrjava.audio;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Opus, Vorbis or FLAC in Ogg. Decodes page by page: the position that a page carries tells how many frames at the end are
 * padding, and how many were lost before it. Streams chained one after the other are joined.
 */
final class OggSource extends PacketSource {
    /** Pages that may precede the first audio stream's headers; video streams announce themselves there too. */
    private static final int MAX_LEADING_PAGES = 1000;
    /** Samples of one page, all channels: 64 MB. Digital silence in FLAC has 255 packets of 4608 frames and two channels at most. */
    private static final long MAX_PAGE_SAMPLES = 1 << 24;
    /** More silence than this is not put for lost pages: the position is then the damage. */
    private static final long MAX_GAP_SECONDS = 600;

    private final ByteInput input;
    private final AudioLimits limits;
    private final WarningLog warnings;
    private final OggReader pages;
    private PacketDecoder decoder;
    private StreamHead coding = StreamHead.OTHER;
    private final List<byte[]> early = new ArrayList<>();
    /** Frames decoded before the current logical stream. */
    private long base;
    /** Position in the current stream's own count of its first frame; empty before its first page of sound. */
    private Optional<Long> origin = Optional.empty();
    private boolean ended;
    private boolean gap;
    private long good;
    private long lost;

    OggSource(ByteInput input, AudioLimits limits, WarningLog warnings) {
        this.input = input;
        this.limits = limits;
        this.warnings = warnings;
        pages = new OggReader(input, warnings);
        decoder = firstStream();
        drop(0, decoder.preSkip());
    }

    private PacketDecoder firstStream() {
        Optional<StreamHead> other = Optional.empty();
        for (int n = 0; n < MAX_LEADING_PAGES; n++) {
            Optional<OggReader.Page> page = pages.next();
            if (page.isEmpty() || (!page.get().begin() && !other.isEmpty())) {
                break;
            }
            if (page.get().begin() && !page.get().packets().isEmpty()) {
                byte[] head = page.get().packets().getFirst();
                StreamHead found = StreamHead.of(head);
                if (found.supported()) {
                    return open(page.get().serial(), head);
                }
                other = other.isEmpty() || found == StreamHead.SPEEX ? Optional.of(found) : other;
            }
        }
        if (other.isEmpty()) {
            throw AudioException.corrupt(input.name(), "no Ogg stream begins in it");
        }
        if (other.get() == StreamHead.SPEEX) {
            throw AudioException.unsupported(input.name(), "Speex in Ogg");
        }
        throw new AudioException(AudioException.Kind.NO_AUDIO_STREAM, input.name() + ": no audio stream in this Ogg file, only "
                + (other.get() == StreamHead.THEORA ? "Theora video" : "streams of an unknown kind"));
    }

    /** Reads the header packets that follow {@code head}; packets of sound behind them on the same page are kept. */
    private PacketDecoder open(int serial, byte[] head) {
        pages.follow(serial);
        early.clear();
        coding = StreamHead.of(head);
        if (coding == StreamHead.FLAC) {
            return new FlacPackets(head, limits, input.name());
        }
        int headers = coding == StreamHead.VORBIS ? 2 : 1;
        List<byte[]> following = new ArrayList<>();
        while (following.size() < headers) {
            Optional<OggReader.Page> page = pages.next();
            if (page.isEmpty() || input.position() > limits.maxHeaderBytes()) {
                throw AudioException.corrupt(input.name(), "the Ogg stream ends inside its headers");
            }
            if (page.get().serial() == serial && !page.get().begin()) {
                following.addAll(page.get().packets());
            }
        }
        early.addAll(following.subList(headers, following.size()));
        if (headers == 2) {
            return new VorbisPackets(head, following.get(1), limits, input.name());
        }
        return new OpusPackets(head, input.name());
    }

    @Override
    public String format() {
        return "Ogg (" + decoder.coding() + ")";
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
        Optional<OggReader.Page> next = pages.next();
        if (next.isEmpty()) {
            return end();
        }
        OggReader.Page page = next.get();
        if (page.begin()) {
            return chain(page);
        }
        gap |= page.gap();
        List<byte[]> packets = new ArrayList<>(early);
        early.clear();
        packets.addAll(page.packets());
        decode(page, packets);
        return true;
    }

    private boolean end() {
        if (!ended) {
            warnings.add(AudioWarning.Code.TRUNCATED_INPUT, input.name() + ": the Ogg stream has no end mark; it seems to be cut off");
        }
        if (good == 0 && lost > 0) {
            throw AudioException.corrupt(input.name(), "none of its " + decoder.coding() + " packets could be decoded");
        }
        return false;
    }

    /** A new logical stream after the end of the last one, as in recordings of internet radio. */
    private boolean chain(OggReader.Page page) {
        if (!ended || page.packets().isEmpty() || !StreamHead.of(page.packets().getFirst()).supported()) {
            return true;
        }
        PacketDecoder following = open(page.serial(), page.packets().getFirst());
        if (following.sampleRateHz() != decoder.sampleRateHz() || following.channels() != decoder.channels()) {
            warnings.add(AudioWarning.Code.TRUNCATED_INPUT, input.name()
                    + ": another stream of a different rate or channel number follows; only the first was decoded");
            return false;
        }
        decoder = following;
        base = decodedFrames();
        origin = Optional.empty();
        ended = false;
        drop(base, base + decoder.preSkip());
        return true;
    }

    private void decode(OggReader.Page page, List<byte[]> packets) {
        long frames = 0;
        List<float[]> blocks = new ArrayList<>();
        for (byte[] packet : packets) {
            if (coding == StreamHead.FLAC && FlacPackets.isMetadata(packet)) {
                continue;
            }
            int n = decoder.decode(packet);
            if (n < 0) {
                lost++;
                warnings.add(AudioWarning.Code.LOST_FRAMES, input.name() + ": packets could not be decoded; silence stands for them");
                n = decoder.frames(packet);
                blocks.add(new float[n * channels()]);
            } else {
                good++;
                blocks.add(Arrays.copyOf(decoder.output(), n * channels()));
            }
            frames += n;
            if (frames * channels() > MAX_PAGE_SAMPLES) {
                throw AudioException.limit(input.name(), "one Ogg page before byte " + input.position() + " holds more than "
                        + MAX_PAGE_SAMPLES + " samples, which no encoder writes; it was made to exhaust the memory");
            }
        }
        ended = page.end();
        boolean positioned = page.granule() >= 0 && !packets.isEmpty();
        if (positioned && origin.isEmpty() && frames > 0) {
            long first = page.granule() - frames;
            boolean beginningLost = gap && first <= MAX_GAP_SECONDS * sampleRateHz();
            origin = Optional.of(page.end() || beginningLost ? 0 : Math.max(0, first));
            if (coding == StreamHead.VORBIS && !page.end() && first < 0) {
                // The first page of a Vorbis stream may begin before position 0.
                drop(base, base - first);
                base -= first;
            }
        }
        if (positioned && gap && origin.isPresent()) {
            fillGap(page.granule() - origin.get() - frames - (decodedFrames() - base));
        }
        gap = positioned ? false : gap;
        for (float[] block : blocks) {
            append(block, block.length / channels());
        }
        if (page.end() && positioned && origin.isPresent()) {
            drop(Math.max(base, base + page.granule() - origin.get()), decodedFrames());
        }
    }

    private void fillGap(long missing) {
        if (missing > 0 && missing <= MAX_GAP_SECONDS * sampleRateHz()) {
            warnings.add(AudioWarning.Code.LOST_FRAMES, input.name() + ": Ogg pages are missing; silence stands for them");
            appendSilence(missing);
        }
    }
}
