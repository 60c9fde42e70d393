package io.github.funasrjava.audio;

/** How other sample rates become 16 kHz. */
public enum Resampling {
    /**
     * The filter that the reference pipeline uses (a Hann-windowed sinc of six crossings), to five decimals. It dulls
     * the band above 6.5 kHz and lets some of 8 to 10 kHz alias; the model was trained on exactly that.
     */
    REFERENCE,
    /** A steep Kaiser-windowed sinc: flat to 7 kHz, 120 dB down above 8.1 kHz. */
    KAISER
}
