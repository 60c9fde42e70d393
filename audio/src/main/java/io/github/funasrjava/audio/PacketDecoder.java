package io.github.funasrjava.audio;

/** Decodes the packets of one logical stream, whatever container they came in. */
interface PacketDecoder {
    /** The coding, for people: {@code "Opus"}. */
    String coding();

    int sampleRateHz();

    int channels();

    /**
     * Decodes one packet; its frames are at the beginning of {@link #output} until the next call.
     *
     * @return the number of frames, possibly 0; -1 when the packet is damaged
     */
    int decode(byte[] packet);

    /** Frames at the beginning that belong to the encoder's delay. */
    default int preSkip() {
        return 0;
    }

    /** Interleaved samples of the last packet. */
    float[] output();

    /** Frames that a damaged packet would have had, as far as it says; 0 if it does not. */
    default int frames(byte[] packet) {
        return 0;
    }
}
