package io.github.funasrjava.engine;

import java.util.Locale;

/** Why the decoder stopped. */
public enum FinishReason {
    /** The model said that the text is complete. */
    STOP,
    /** The token limit was reached; the text is partial. */
    LENGTH,
    /** The decoder repeated itself and was stopped; the text is partial. */
    REPETITION,
    /** There was no speech to decode. */
    NO_SPEECH,
    /** A logit was not a number; the text is what came before. */
    NUMERIC_ERROR;

    /** Lower-case name as it stands in JSON. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
