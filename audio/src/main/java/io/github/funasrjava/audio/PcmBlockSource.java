package io.github.funasrjava.audio;

/** Uncompressed samples from the input's position onwards: the data of a WAV file, or a headerless input. */
final class PcmBlockSource implements PcmSource {
    /** Data length that is not known: to the end of the input. */
    static final long TO_END = -1;

    private final ByteInput input;
    private final String format;
    private final SampleEncoding encoding;
    private final int sampleRateHz;
    private final int channels;
    private final int frameBytes;
    private final long dataBytes;
    private final WarningLog warnings;
    private final long expectedFrames;
    private long left;
    private byte[] block = new byte[0];

    /**
     * @param dataBytes length of the data as promised, or {@link #TO_END}
     */
    PcmBlockSource(ByteInput input, String format, SampleEncoding encoding, int sampleRateHz, int channels, long dataBytes,
            WarningLog warnings) {
        this.input = input;
        this.format = format;
        this.encoding = encoding;
        this.sampleRateHz = sampleRateHz;
        this.channels = channels;
        this.frameBytes = channels * encoding.bytes();
        this.dataBytes = dataBytes;
        this.warnings = warnings;
        this.left = dataBytes == TO_END ? Long.MAX_VALUE : dataBytes;
        long present = input.seekable() ? Math.max(0, input.size() - input.position()) : Long.MAX_VALUE;
        long bytes = Math.min(left, present);
        this.expectedFrames = bytes == Long.MAX_VALUE ? UNKNOWN_FRAMES : bytes / frameBytes;
    }

    static PcmBlockSource raw(ByteInput input, RawFormat raw, AudioLimits limits, WarningLog warnings) {
        limits.checkChannels(input.name(), raw.channels());
        limits.checkRate(input.name(), raw.sampleRateHz());
        return new PcmBlockSource(input, "raw (" + raw.encoding().label() + ")", raw.encoding(), raw.sampleRateHz(), raw.channels(),
                TO_END, warnings);
    }

    @Override
    public String format() {
        return format;
    }

    @Override
    public int sampleRateHz() {
        return sampleRateHz;
    }

    @Override
    public int channels() {
        return channels;
    }

    @Override
    public long expectedFrames() {
        return expectedFrames;
    }

    @Override
    public int read(float[] interleaved, int maxFrames) {
        int wanted = (int) Math.min((long) maxFrames * frameBytes, left);
        if (wanted == 0) {
            return -1;
        }
        if (block.length < wanted) {
            block = new byte[maxFrames * frameBytes];
        }
        int got = input.readUpTo(block, 0, wanted);
        left -= got;
        if (got < wanted) {
            if (dataBytes != TO_END) {
                warnings.add(AudioWarning.Code.TRUNCATED_INPUT, input.name() + ": the header promises " + dataBytes
                        + " bytes of samples and the input ends after " + (dataBytes - left) + "; what was there is decoded");
            }
            left = 0;
        }
        int frames = got / frameBytes;
        if (got % frameBytes != 0) {
            warnings.add(AudioWarning.Code.PARTIAL_FRAME, input.name() + ": " + got % frameBytes
                    + " byte(s) at the end do not fill a sample frame of " + frameBytes + " bytes and were dropped");
        }
        encoding.decode(block, 0, frames * channels, interleaved);
        return frames == 0 ? -1 : frames;
    }
}
