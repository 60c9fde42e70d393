package io.github.funasrjava.audio;

/** The header at the beginning of every frame of a self-synchronising stream. */
interface FrameHeader {
    /** Bytes of the whole frame, header included. */
    int frameBytes();

    /** Whether a frame with the other header can belong to the same stream. */
    boolean continues(FrameHeader other);
}
