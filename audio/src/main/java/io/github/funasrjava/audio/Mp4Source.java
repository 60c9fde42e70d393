package io.github.funasrjava.audio;

import java.util.Arrays;
import java.util.Optional;

/** AAC in MP4, M4A, MOV or 3GP, whole or in fragments, read through an own demuxer. */
final class Mp4Source extends PacketSource {
    /** An AAC frame has at most 768 bytes per channel. */
    static final int MAX_SAMPLE_BYTES = 1 << 16;

    private static final int MAX_BOXES = 1_000_000;
    /** The edit list counts in coarse units (often 1 ms, or 1/600 s); the exact end comes from the last sample's duration. */
    private static final int END_SLACK = AacPackets.FRAME;

    private final ByteInput input;
    private final WarningLog warnings;
    private final Mp4Track track;
    private final AacPackets decoder;
    private final Mp4Samples samples;
    private final long expectedFrames;
    private Optional<Mp4Samples.Sample> next;
    private boolean delayed;
    private long good;
    private long lost;

    Mp4Source(ByteInput input, AudioLimits limits, WarningLog warnings) {
        this.input = input;
        this.warnings = warnings;
        input.makeSeekable();
        Mp4Box moov = findMoov();
        track = Mp4Track.read(input, moov, warnings);
        decoder = new AacPackets(track.config(), limits, input.name());
        samples = new Mp4Samples(input, track, moov);
        next = samples.next();
        if (next.isPresent()) {
            AacPackets.requirePlain(track.config(), load(next.get()), limits, input.name());
        }
        long all = samples.tableSamples() * AacPackets.FRAME - track.skipFrames();
        expectedFrames = samples.tableSamples() == 0 ? UNKNOWN_FRAMES : Math.max(0, Math.min(all, track.editFrames())) + track.delayFrames();
        long begin = track.delayFrames() + track.skipFrames();
        drop(track.delayFrames(), begin);
        if (track.editFrames() < OPEN_END - begin - END_SLACK) {
            drop(begin + track.editFrames() + END_SLACK, OPEN_END);
        }
    }

    private Mp4Box findMoov() {
        Mp4Box file = Mp4Box.file(input);
        long at = 0;
        String seen = "";
        for (int n = 0; n < MAX_BOXES; n++) {
            Optional<Mp4Box> box;
            try {
                box = file.childAt(input, at);
            } catch (AudioException e) {
                if (seen.contains("mdat") || seen.isEmpty()) {
                    throw AudioException.corrupt(input.name(), "the MP4 file is cut off before its index (the 'moov' box)");
                }
                throw e;
            }
            if (box.isEmpty()) {
                break;
            }
            if (box.get().type().equals("moov")) {
                return box.get();
            }
            seen = box.get().type();
            at = box.get().end();
        }
        throw AudioException.corrupt(input.name(), "the MP4 file has no index (no 'moov' box); it seems to be cut off");
    }

    @Override
    public String format() {
        return "MP4 (AAC)";
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
    public long expectedFrames() {
        return expectedFrames;
    }

    @Override
    protected boolean decodeMore() {
        if (!delayed) {
            delayed = true;
            appendSilence(track.delayFrames());
            return true;
        }
        if (next.isEmpty()) {
            if (good == 0 && lost > 0) {
                throw AudioException.corrupt(input.name(), "none of its " + lost + " AAC frames could be decoded");
            }
            return false;
        }
        Mp4Samples.Sample current = next.get();
        byte[] unit = load(current);
        if (unit.length < current.size()) {
            warnings.add(AudioWarning.Code.TRUNCATED_INPUT, input.name() + ": the file ends before the sound that its index lists");
            next = Optional.empty();
            return true;
        }
        decode(unit);
        next = following();
        if (next.isEmpty()) {
            trimEnd(current);
        }
        return true;
    }

    /** The sample after the current one. A fragment that is cut off ends the stream, with what came before it kept. */
    private Optional<Mp4Samples.Sample> following() {
        try {
            return samples.next();
        } catch (AudioException e) {
            if (e.kind() != AudioException.Kind.CORRUPT || good == 0) {
                throw e;
            }
            warnings.add(AudioWarning.Code.TRUNCATED_INPUT, e.getMessage());
            return Optional.empty();
        }
    }

    private byte[] load(Mp4Samples.Sample s) {
        byte[] unit = new byte[(int) Math.clamp(input.size() - s.offset(), 0, s.size())];
        input.seek(s.offset());
        int got = input.readUpTo(unit, 0, unit.length);
        return got == unit.length ? unit : Arrays.copyOf(unit, got);
    }

    private void decode(byte[] unit) {
        if (decoder.decode(unit) == AacPackets.FRAME) {
            good++;
            append(decoder.output(), AacPackets.FRAME);
        } else {
            lost++;
            warnings.add(AudioWarning.Code.LOST_FRAMES, input.name() + ": AAC frames could not be decoded; silence stands for them");
            appendSilence(AacPackets.FRAME);
        }
    }

    /** The last sample is padded up to a whole frame; its duration, or else the edit list, says how much of it is sound. */
    private void trimEnd(Mp4Samples.Sample last) {
        long end = decodedFrames();
        long sound = end;
        if (track.timescale() == decoder.sampleRateHz() && last.duration() > 0 && last.duration() < AacPackets.FRAME) {
            sound = end - AacPackets.FRAME + last.duration();
        }
        drop(sound, end);
    }
}
