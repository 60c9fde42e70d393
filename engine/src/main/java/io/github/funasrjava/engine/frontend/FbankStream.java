package io.github.funasrjava.engine.frontend;

/**
 * Fbank features of a signal that arrives in pieces: the same frames, bit for bit, as {@link KaldiFbank#compute} gives
 * for the whole, each as soon as its last sample is there.
 *
 * <p>For one stream and one thread.
 */
public final class FbankStream {
    private final KaldiFbank fbank;
    private final FrameStream frames;
    private boolean framesSeen;

    /** Starts a stream. */
    public FbankStream(KaldiFbank fbank) {
        this.fbank = fbank;
        this.frames = new FrameStream(fbank.config().frameLength(), fbank.config().frameShift());
    }

    /**
     * Takes the next samples.
     *
     * @param samples mono, in [-1, 1); may be empty
     * @param last whether the signal ends here; the stream is then ready for the next signal
     * @return the frames that are now complete, {@code [frames, n_mels]}
     */
    public Features accept(float[] samples, boolean last) {
        float[] complete = frames.accept(samples);
        framesSeen |= complete.length > 0;
        if (!last) {
            return fbank.compute(complete);
        }
        float[] rest = frames.finish();
        Features features = fbank.compute(framesSeen ? complete : rest);
        framesSeen = false;
        return features;
    }
}
