package io.github.funasrjava.audio;

import java.util.List;
import java.util.Objects;

/**
 * The samples of one input as a stream of 16 kHz mono blocks, in memory that does not grow with its length. Decoding happens
 * in {@link #read}; not for use by several threads at once.
 */
public final class AudioStream implements AutoCloseable {
    private static final int BLOCK_SAMPLES = 1 << 13;

    private final ByteInput input;
    private final PcmSource source;
    private final AudioLimits limits;
    private final WarningLog warnings;
    private final ChannelMixer mixer;
    private final Resampler resampler;
    private final boolean resampling;
    private final int blockFrames;
    private final float[] interleaved;
    private final float[] mono;
    private final float[] ready;
    private int readyFrom;
    private int readyTo;
    private long frames;
    private long delivered;
    private boolean ended;

    AudioStream(ByteInput input, PcmSource source, AudioOptions options, WarningLog warnings) {
        this.input = input;
        this.source = source;
        this.limits = options.limits();
        this.warnings = warnings;
        limits.checkChannels(input.name(), source.channels());
        limits.checkRate(input.name(), source.sampleRateHz());
        mixer = new ChannelMixer(input.name(), source.channels(), options.channel());
        resampling = source.sampleRateHz() != Waveform.SAMPLE_RATE_HZ;
        resampler = new Resampler(new ResamplingFilter(source.sampleRateHz(), Waveform.SAMPLE_RATE_HZ, options.resampling()));
        blockFrames = Math.max(1, BLOCK_SAMPLES / source.channels());
        interleaved = new float[blockFrames * source.channels()];
        mono = new float[blockFrames];
        ready = resampling ? new float[resampler.maxOutput(blockFrames)] : mono;
    }

    /**
     * What the input is. Before the end its duration is what the header says, or
     * {@link SourceInfo#UNKNOWN_DURATION}; after the end it is what was decoded.
     */
    public SourceInfo source() {
        long known = ended ? frames : source.expectedFrames();
        long durationMs = known == PcmSource.UNKNOWN_FRAMES ? SourceInfo.UNKNOWN_DURATION
                : (long) (known * 1000.0 / source.sampleRateHz());
        return new SourceInfo(source.format(), source.sampleRateHz(), source.channels(), durationMs);
    }

    /** What was odd so far; complete after the end. */
    public List<AudioWarning> warnings() {
        return List.copyOf(warnings.toList());
    }

    /** 16 kHz samples delivered so far. */
    public long samplesRead() {
        return delivered;
    }

    /**
     * Reads at least one and at most {@code length} samples at 16 kHz, mono.
     *
     * @return the number of samples, or -1 at the end
     * @throws AudioException when the input turns out to be damaged beyond use, to exceed a limit, or to have no samples at all
     */
    public int read(float[] into, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        while (readyFrom == readyTo) {
            if (ended) {
                return -1;
            }
            decode();
        }
        int n = Math.min(length, readyTo - readyFrom);
        System.arraycopy(ready, readyFrom, into, offset, n);
        readyFrom += n;
        delivered += n;
        return n;
    }

    private void decode() {
        input.clock().start();
        int n = source.read(interleaved, blockFrames);
        readyFrom = 0;
        if (n < 0) {
            end();
        } else {
            frames += n;
            mixer.mix(interleaved, n, mono);
            readyTo = resampling ? resampler.push(mono, n, ready) : n;
        }
        input.clock().stop();
        input.clock().check();
        checkLength();
    }

    private void end() {
        input.checkUnchanged(warnings);
        mixer.report(input.name(), warnings);
        readyTo = resampling ? resampler.finish(ready) : 0;
        ended = true;
        if (frames == 0) {
            throw new AudioException(AudioException.Kind.NO_SAMPLES, input.name() + ": no audio samples in this " + source.format() + " input");
        }
    }

    private void checkLength() {
        if (frames > limits.maxDecodedSeconds() * source.sampleRateHz()) {
            throw AudioException.limit(input.name(), "longer than " + limits.maxDecodedSeconds()
                    + " s; split it or raise the limit maxDecodedSeconds");
        }
    }

    /** Releases the decoder and the file or stream behind it. */
    @Override
    public void close() {
        try {
            source.close();
        } finally {
            input.close();
        }
    }
}
