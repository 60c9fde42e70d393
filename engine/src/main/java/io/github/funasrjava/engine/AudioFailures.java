package io.github.funasrjava.engine;

import io.github.funasrjava.audio.AudioException;

/** Carries failures of the audio module over into the engine's own family. */
final class AudioFailures {
    private AudioFailures() {}

    static FunAsrException translate(AudioException failure) {
        return failure.kind() == AudioException.Kind.LIMIT
                ? new LimitException(failure.getMessage(), failure)
                : new InputException(failure.getMessage(), failure);
    }
}
