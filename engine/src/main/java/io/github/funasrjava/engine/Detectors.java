package io.github.funasrjava.engine;

import io.github.funasrjava.engine.vad.EnergyVad;
import io.github.funasrjava.engine.vad.VoiceActivityDetector;
import io.github.funasrjava.engine.vad.WholeRecording;
import java.util.Optional;

/** The detectors that requests name; an FSMN-VAD is opened once. Thread-safe. */
final class Detectors {


    /** The detector, or empty for {@link Vad.Automatic}. */
    Optional<VoiceActivityDetector> find(Vad vad) {
        return switch (vad) {
            case Vad.Automatic automatic -> Optional.empty();
            case Vad.None none -> Optional.of(new WholeRecording());
            case Vad.BuiltIn builtIn -> Optional.of(new EnergyVad());
            case Vad.Directory directory -> throw new UsageException("a detector in a directory is not supported yet: " + directory.path());
        };
    }
}
