package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The reference's texts through the public way in: no gate, guard or choice may take anything from them. */
class GoldenTranscriptTest {
    private static final double CLOSE_CALL = 0.004;

    @TempDir
    static Path cache;

    @Test
    void nothingIsTakenFromTheReferencesTexts() {
        int compared = 0;
        for (GoldenSet set : GoldenSet.under(GoldenSet.directory())) {
            JsonNode manifest = set.manifest();
            if (!manifest.has("max_new_tokens")) {
                continue;
            }
            TranscribeOptions options = TranscribeOptions.DEFAULT.withVad(new Vad.None()).withAllowShort(true)
                    .withMaxNewTokens(manifest.path("max_new_tokens").asInt());
            try (Transcriber transcriber = Transcriber.open(set.model(), EngineOptions.DEFAULT.withCacheDir(cache))) {
                List<String> differences = new ArrayList<>();
                for (Map.Entry<String, JsonNode> file : manifest.path("files").properties()) {
                    JsonNode run = file.getValue().path("runs").get(0);
                    // Silence, constants and clipping have no text here, whatever the reference writes for them.
                    boolean noSpeech = file.getKey().matches("edge_(silence|dc_offset|clipping).*");
                    if (noSpeech || run.path("min_margin").asDouble(1) < CLOSE_CALL) {
                        continue;
                    }
                    compared++;
                    String text = transcriber.transcribe(set.audio().resolve(file.getKey() + ".wav"), options).text();
                    String expected = run.path("text").asString();
                    if (!(expected.isBlank() ? "" : expected).equals(text)) {
                        differences.add(file.getKey() + ": expected '" + expected + "', got '" + text + "'");
                    }
                }
                assertEquals(List.of(), differences, set.name());
            }
        }
        assertTrue(compared > 0, "nothing compared");
    }
}
