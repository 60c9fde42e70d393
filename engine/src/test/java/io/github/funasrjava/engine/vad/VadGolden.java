package io.github.funasrjava.engine.vad;

import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.frontend.FrontendConfig;
import io.github.funasrjava.engine.frontend.GoldenFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The golden FSMN-VAD model and what belongs to it. */
final class VadGolden {
    private VadGolden() {}

    static FsmnVadModel model(GoldenFiles golden) {
        Map<String, Features> tensors = golden.tensors("/tmp/vadcold/vadw.safetensors");
        List<float[]> cmvn = cmvn(golden);
        return new FsmnVadModel(FsmnVadConfig.PUBLISHED, FrontendConfig.FSMN_VAD, FsmnSizes.PUBLISHED, cmvn.get(0), cmvn.get(1),
                (name, shape) -> tensors.get(name).data());
    }

    private static List<float[]> cmvn(GoldenFiles golden) {
        try {
            return Files.readAllLines(golden.path("vad/model/am.mvn")).stream()
                    .filter(line -> line.startsWith("<LearnRateCoef>"))
                    .map(line -> line.substring(line.indexOf('[') + 1, line.indexOf(']')).trim().split(" +"))
                    .map(values -> {
                        float[] vector = new float[values.length];
                        for (int i = 0; i < vector.length; i++) {
                            vector[i] = Float.parseFloat(values[i]);
                        }
                        return vector;
                    }).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Segments as the goldens write them: {@code [[start, end], ...]}. */
    static String text(List<SpeechSegment> segments) {
        return segments.stream().map(s -> "[" + s.startMs() + ", " + s.endMs() + "]").collect(Collectors.joining(", ", "[", "]"));
    }
}
