package io.github.funasrjava.audio;

import java.util.Arrays;
import java.util.Optional;

/** AAC in ADTS frames, as radio streams and some recorders write it. It has no place for the encoder's delay. */
final class AdtsSource extends PacketSource {
    private final ByteInput input;
    private final WarningLog warnings;
    private final FrameReader<AdtsHeader> reader;
    private final AacPackets decoder;
    private final long expectedFrames;
    private Optional<AdtsHeader> pending;
    private long good;
    private long lost;

    AdtsSource(ByteInput input, AudioLimits limits, WarningLog warnings) {
        this.input = input;
        this.warnings = warnings;
        reader = FrameReader.adts(input, warnings);
        AdtsHeader first = reader.next().orElseThrow(() -> AudioException.corrupt(input.name(), "no complete AAC frame"));
        if (first.blocks() > 1) {
            throw AudioException.unsupported(input.name(), "ADTS with several AAC blocks per frame");
        }
        decoder = new AacPackets(AacConfig.of(first, input.name()), limits, input.name());
        expectedFrames = input.seekable() ? (input.size() - input.position()) / first.frameBytes() * AacPackets.FRAME : UNKNOWN_FRAMES;
        byte[] unit = Arrays.copyOfRange(input.peek(first.frameBytes()), first.headerBytes(), first.frameBytes());
        AacPackets.requirePlain(decoder.config(), unit, limits, input.name());
        pending = Optional.of(first);
    }

    @Override
    public String format() {
        return "AAC (ADTS)";
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
        Optional<AdtsHeader> header = pending.isPresent() ? pending : reader.next();
        pending = Optional.empty();
        if (header.isEmpty()) {
            if (good == 0 && lost > 0) {
                throw AudioException.corrupt(input.name(), "none of its " + lost + " AAC frames could be decoded");
            }
            return false;
        }
        AdtsHeader h = header.get();
        int missing = reader.framesSkipped();
        if (missing > 0) {
            lose(missing);
            appendSilence((long) missing * AacPackets.FRAME);
        }
        byte[] unit = new byte[h.frameBytes() - h.headerBytes()];
        input.skip(h.headerBytes());
        input.readUpTo(unit, 0, unit.length);
        if (h.blocks() == 1 && decoder.decode(unit) == AacPackets.FRAME) {
            good++;
            append(decoder.output(), AacPackets.FRAME);
        } else {
            lose(1);
            appendSilence((long) h.blocks() * AacPackets.FRAME);
        }
        return true;
    }

    private void lose(int frames) {
        lost += frames;
        warnings.add(AudioWarning.Code.LOST_FRAMES, input.name() + ": AAC frames could not be decoded; silence stands for them", frames);
    }
}
