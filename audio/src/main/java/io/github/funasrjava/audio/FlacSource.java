package io.github.funasrjava.audio;

import io.github.funasrjava.audio.BitReader.Damage;
import io.github.funasrjava.audio.FlacFrame.StreamInfo;

/** A native FLAC file. Every frame says where it belongs, so that a lost one leaves silence and later times stay true. */
final class FlacSource extends PacketSource {
    /** More silence than this is not put for lost frames: the frame's own number is then the damage. */
    private static final long MAX_GAP_SECONDS = 600;

    private final ByteInput input;
    private final WarningLog warnings;
    private final StreamInfo info;
    private final FlacFrame decoder;
    private final float[] interleaved;
    private long next = -1;
    private long good;
    private long lost;
    private boolean searching;

    FlacSource(ByteInput input, AudioLimits limits, WarningLog warnings) {
        this.input = input;
        this.warnings = warnings;
        info = readMetadata(limits);
        limits.checkChannels(input.name(), info.channels());
        limits.checkRate(input.name(), info.sampleRateHz());
        decoder = new FlacFrame(info, new BitReader(input::read));
        interleaved = new float[info.maxBlock() * info.channels()];
    }

    /** Reads the stream information, and steps over pictures, tags and all else without holding it. */
    private StreamInfo readMetadata(AudioLimits limits) {
        byte[] head = new byte[8 + StreamInfo.BYTES];
        boolean whole = input.readUpTo(head, 0, head.length) == head.length;
        if (!whole || (head[4] & 0x7f) != 0 || head[5] != 0 || head[6] != 0 || head[7] != StreamInfo.BYTES) {
            throw AudioException.corrupt(input.name(), "the FLAC file does not begin with its stream information");
        }
        StreamInfo found = StreamInfo.parse(head, 8, input.name());
        boolean last = head[4] < 0;
        byte[] block = new byte[4];
        while (!last) {
            long at = input.position();
            if (at > limits.maxHeaderBytes()) {
                throw AudioException.limit(input.name(), "no samples within the first " + limits.maxHeaderBytes()
                        + " bytes (limit maxHeaderBytes)");
            }
            int got = input.readUpTo(block, 0, 4);
            long size = (block[1] & 0xff) << 16 | (block[2] & 0xff) << 8 | block[3] & 0xff;
            if (got < 4 || input.skip(size) < size) {
                throw AudioException.corrupt(input.name(), "the FLAC metadata block at byte " + at + " runs past the end of the file");
            }
            last = block[0] < 0;
        }
        return found;
    }

    @Override
    public String format() {
        return "FLAC (" + info.bits() + " bit)";
    }

    @Override
    public int sampleRateHz() {
        return info.sampleRateHz();
    }

    @Override
    public int channels() {
        return info.channels();
    }

    @Override
    public long expectedFrames() {
        return info.totalSamples() == 0 ? UNKNOWN_FRAMES : info.totalSamples();
    }

    @Override
    protected boolean decodeMore() {
        while (input.ensure(2)) {
            if (input.at(0) != 0xff || (input.at(1) & 0xfe) != 0xf8) {
                if (atTag()) {
                    break;
                }
                lose();
                input.skip(1);
                continue;
            }
            try {
                FlacFrame.Header header = FlacFrame.header(input.peek(FlacFrame.MAX_HEADER_BYTES), info);
                if (decode(header)) {
                    return true;
                }
            } catch (Damage e) {
                lose();
                input.skip(1);
            }
        }
        end();
        return false;
    }

    /** After a frame that fails, the search for the next goes on behind the bytes that it took. */
    private boolean decode(FlacFrame.Header header) {
        try {
            decoder.decode(header, interleaved);
        } catch (Damage e) {
            lose();
            return false;
        }
        place(header);
        return true;
    }

    /** An ID3v1 tag behind the last frame. */
    private boolean atTag() {
        return input.ensure(3) && input.at(0) == 'T' && input.at(1) == 'A' && input.at(2) == 'G' && !input.ensure(129);
    }

    private void lose() {
        if (!searching) {
            searching = true;
            lost++;
        }
    }

    private void place(FlacFrame.Header header) {
        long at = header.firstSample();
        if (next < 0 && lost > 0) {
            next = 0;
        }
        if (next >= 0 && at > next && at - next <= MAX_GAP_SECONDS * info.sampleRateHz()) {
            appendSilence(at - next);
        }
        if (searching) {
            warnings.add(AudioWarning.Code.LOST_FRAMES, input.name() + ": FLAC frames are damaged; silence stands for them");
            searching = false;
        }
        append(interleaved, header.blockSize());
        next = at + header.blockSize();
        good++;
    }

    private void end() {
        if (good == 0 && lost > 0) {
            throw AudioException.corrupt(input.name(), "none of its FLAC frames could be decoded");
        }
        if (info.totalSamples() > decodedFrames() || searching) {
            searching = false;
            warnings.add(AudioWarning.Code.TRUNCATED_INPUT, input.name() + ": the header promises " + info.totalSamples()
                    + " samples and only " + decodedFrames() + " could be decoded");
        }
    }
}
