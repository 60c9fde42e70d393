package io.github.funasrjava.engine.vad;

import io.github.funasrjava.engine.frontend.GoldenFiles;
import io.github.funasrjava.weights.VadConfig;
import io.github.funasrjava.weights.VadWeights;
import java.util.List;
import java.util.stream.Collectors;

/** The golden FSMN-VAD model and what belongs to it. */
final class VadGolden {
    private VadGolden() {}

    /** The thresholds and times of the published model. */
    static final VadConfig.Detection DETECTION =
            new VadConfig.Detection(800, 60_000, 200, 150, 150, 200, 100, 10, 0.6, -100, -100, 100, true, List.of(0));

    static FsmnVad detector(GoldenFiles golden) {
        return new FsmnVad(VadWeights.open(golden.path("vad/model")));
    }

    /** Segments as the goldens write them: {@code [[start, end], ...]}. */
    static String text(List<SpeechSegment> segments) {
        return segments.stream().map(s -> "[" + s.startMs() + ", " + s.endMs() + "]").collect(Collectors.joining(", ", "[", "]"));
    }
}
