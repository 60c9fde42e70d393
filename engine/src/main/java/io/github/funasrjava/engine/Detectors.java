package io.github.funasrjava.engine;

import io.github.funasrjava.engine.vad.EnergyVad;
import io.github.funasrjava.engine.vad.FsmnVad;
import io.github.funasrjava.engine.vad.FsmnVadOptions;
import io.github.funasrjava.engine.vad.VoiceActivityDetector;
import io.github.funasrjava.engine.vad.WholeRecording;
import io.github.funasrjava.weights.VadWeights;
import io.github.funasrjava.weights.WeightsException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The detectors that requests name; an FSMN-VAD is read once. Thread-safe. */
final class Detectors {
    private final int maxSegmentMs;
    private final Map<Path, FsmnVad> opened = new ConcurrentHashMap<>();

    Detectors(Limits limits) {
        this.maxSegmentMs = (int) (1000 * limits.maxSegmentSeconds());
    }

    /**
     * The detector, or empty for {@link Vad.Automatic}.
     *
     * @throws ModelException when a directory holds no usable detector
     */
    Optional<VoiceActivityDetector> find(Vad vad) {
        return switch (vad) {
            case Vad.Automatic automatic -> Optional.empty();
            case Vad.None none -> Optional.of(new WholeRecording());
            case Vad.BuiltIn builtIn -> Optional.of(new EnergyVad());
            case Vad.Directory directory -> Optional.of(opened.computeIfAbsent(directory.path(), this::open));
        };
    }

    private FsmnVad open(Path directory) {
        try {
            return new FsmnVad(VadWeights.open(directory), FsmnVadOptions.forFiles(maxSegmentMs));
        } catch (WeightsException e) {
            throw new ModelException("There is no usable speech detector (FSMN-VAD: config.yaml, am.mvn and weights) in " + directory + ": "
                    + e.getMessage(), e);
        }
    }
}
