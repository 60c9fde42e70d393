package io.github.funasrjava.engine.frontend;

import java.util.Arrays;

/**
 * Collects samples that arrive in pieces until whole frames are there. Holds less than one frame between calls.
 *
 * <p>For one stream and one thread.
 */
public final class FrameStream {
    private final int length;
    private final int shift;
    private float[] pending = new float[0];

    /**
     * Starts a stream.
     *
     * @param length samples per frame
     * @param shift samples from one frame's start to the next, at most {@code length}
     */
    public FrameStream(int length, int shift) {
        if (shift < 1 || length < shift) {
            throw new IllegalArgumentException("frames of " + length + " samples every " + shift);
        }
        this.length = length;
        this.shift = shift;
    }

    /** Number of complete frames in {@code samples} samples. */
    public int frames(int samples) {
        return samples < length ? 0 : 1 + (samples - length) / shift;
    }

    /**
     * Takes the next samples.
     *
     * @param samples may be empty
     * @return the samples of all frames that are now complete, each frame starting {@code shift} after the one before;
     *     empty if there are none
     */
    public float[] accept(float[] samples) {
        float[] joined = samples;
        if (pending.length > 0) {
            joined = Arrays.copyOf(pending, Math.addExact(pending.length, samples.length));
            System.arraycopy(samples, 0, joined, pending.length, samples.length);
        }
        int frames = frames(joined.length);
        pending = Arrays.copyOfRange(joined, frames * shift, joined.length);
        return frames == 0 ? new float[0] : Arrays.copyOf(joined, length + (frames - 1) * shift);
    }

    /** Gives away the samples that are in no complete frame yet or in the next ones too, and starts anew. */
    public float[] finish() {
        float[] rest = pending;
        pending = new float[0];
        return rest;
    }
}
