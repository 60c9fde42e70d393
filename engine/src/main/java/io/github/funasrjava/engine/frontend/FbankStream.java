package io.github.funasrjava.engine.frontend;

import java.util.Arrays;

/**
 * Fbank features of a signal that arrives in pieces: the same frames, bit for bit, as {@link KaldiFbank#compute} gives
 * for the whole, each as soon as its last sample is there. Holds less than one frame of samples between calls.
 *
 * <p>For one stream and one thread.
 */
public final class FbankStream {
    private final KaldiFbank fbank;
    private final int frameLength;
    private final int frameShift;
    private float[] pending = new float[0];
    private boolean framesSeen;

    /** Starts a stream. */
    public FbankStream(KaldiFbank fbank) {
        this.fbank = fbank;
        this.frameLength = fbank.config().frameLength();
        this.frameShift = fbank.config().frameShift();
    }

    /**
     * Takes the next samples.
     *
     * @param samples mono, in [-1, 1); may be empty
     * @param last whether the signal ends here; the stream is then ready for the next signal
     * @return the frames that are now complete, {@code [frames, n_mels]}
     */
    public Features accept(float[] samples, boolean last) {
        float[] joined = join(pending, samples);
        int frames = joined.length >= frameLength ? 1 + (joined.length - frameLength) / frameShift : 0;
        Features features;
        if (frames > 0) {
            features = fbank.compute(joined, 0, frameLength + (frames - 1) * frameShift);
        } else if (last && !framesSeen) {
            features = fbank.compute(joined);
        } else {
            features = Features.none(fbank.config().melBins());
        }
        framesSeen = !last && (framesSeen || frames > 0);
        pending = last ? new float[0] : Arrays.copyOfRange(joined, frames * frameShift, joined.length);
        return features;
    }

    private static float[] join(float[] head, float[] tail) {
        if (head.length == 0) {
            return tail;
        }
        float[] joined = Arrays.copyOf(head, Math.addExact(head.length, tail.length));
        System.arraycopy(tail, 0, joined, head.length, tail.length);
        return joined;
    }
}
