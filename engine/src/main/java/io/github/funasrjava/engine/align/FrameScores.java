package io.github.funasrjava.engine.align;

/**
 * Log-probabilities of the CTC branch, [T, classes]. The published head has 60,515 classes, so an implementation may
 * hold only the columns that are asked for: the targets' and the blank's.
 */
public interface FrameScores {
    /** T, the number of frames. */
    int frames();

    /** log p(token | frame), float32. */
    float at(int frame, int token);

    /** A dense, row-major matrix {@code [frames, classes]}. */
    static FrameScores dense(float[] rows, int frames, int classes) {
        if (rows.length != (long) frames * classes) {
            throw new IllegalArgumentException(rows.length + " values are not " + frames + " x " + classes);
        }
        return new FrameScores() {
            @Override
            public int frames() {
                return frames;
            }

            @Override
            public float at(int frame, int token) {
                return rows[frame * classes + token];
            }
        };
    }
}
