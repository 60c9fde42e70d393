package io.github.funasrjava.engine.align;

/**
 * A token of a text and the frames on which the CTC branch hears it.
 *
 * @param token its id in the CTC vocabulary
 * @param startFrame its first frame
 * @param endFrame the frame after its last
 * @param score the highest probability over these frames, rounded to three decimals
 */
public record AlignedToken(int token, int startFrame, int endFrame, double score) {
    /** Milliseconds of one frame: six feature frames of 10 ms. */
    public static final int FRAME_MS = 60;

    /** Start in seconds, as the reference gives it. */
    public double startSeconds() {
        return startFrame * FRAME_MS / 1000.0;
    }

    /** End in seconds, as the reference gives it. */
    public double endSeconds() {
        return endFrame * FRAME_MS / 1000.0;
    }
}
