package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.audio.AudioReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The trained demo model and its recordings: FUNASR_DEMO_MODEL names the folder (model, samples, samples.json). */
final class DemoRecordings {
    private DemoRecordings() {}

    /**
     * A recording.
     *
     * @param name of its file
     * @param samples 16 kHz mono
     * @param text what the reference writes by default
     */
    record One(String name, float[] samples, String text) {}

    static Path folder() {
        String named = System.getenv().getOrDefault("FUNASR_DEMO_MODEL", "");
        assumeTrue(!named.isBlank(), "FUNASR_DEMO_MODEL does not name the trained demo model");
        return Path.of(named);
    }

    static Transcriber open(Path cache) {
        return open(cache, Limits.DEFAULT);
    }

    static Transcriber open(Path cache, Limits limits) {
        return Transcriber.open(folder().resolve("model"), EngineOptions.DEFAULT.withCacheDir(cache).withLimits(limits));
    }

    static List<One> all() {
        List<One> recordings = new ArrayList<>();
        for (JsonNode sample : new ObjectMapper().readTree(folder().resolve("samples.json").toFile()).values()) {
            String name = sample.path("wav").asString();
            recordings.add(new One(name, AudioReader.read(folder().resolve(name), AudioOptions.DEFAULT).samples(),
                    plainRun(sample).path("text").asString()));
        }
        return recordings;
    }

    /** The run with every default: written form, no language, no hotwords. */
    private static JsonNode plainRun(JsonNode sample) {
        return sample.path("runs").values().stream()
                .filter(run -> run.path("language").isNull() && run.path("itn").asBoolean() && run.path("hotwords").isEmpty())
                .findFirst().orElseGet(() -> sample.path("runs").get(0));
    }
}
