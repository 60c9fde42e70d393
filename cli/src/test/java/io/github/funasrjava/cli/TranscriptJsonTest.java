package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.Coverage;
import io.github.funasrjava.engine.FinishReason;
import io.github.funasrjava.engine.ModelInfo;
import io.github.funasrjava.engine.SegmentTranscript;
import io.github.funasrjava.engine.StageTimings;
import io.github.funasrjava.engine.Transcript;
import io.github.funasrjava.engine.TranscriptToken;
import io.github.funasrjava.engine.Warning;
import io.github.funasrjava.engine.Word;
import io.github.funasrjava.engine.WordTime;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class TranscriptJsonTest {
    private static final Transcript RICH = new Transcript("Ruf „Jon“ an.\n你好",
            List.of(new SegmentTranscript(0, 1500, "Ruf „Jon“ an.\n你好", "Ruf Jon an你好",
                    List.of(new TranscriptToken(7, "Ruf", -0.5f), new TranscriptToken(8, "", Float.NaN)),
                    List.of(new Word("Ruf", OptionalDouble.of(0.61), Optional.of(new WordTime(0, 400, 0.875))),
                            new Word("„Jon“", OptionalDouble.empty(), Optional.empty())), Optional.of("ruf jon an"), List.of("Jon"),
                    FinishReason.LENGTH, 25, List.of(new Warning("length_limit", "The text is cut.")))),
            List.of(new Warning("truncated_input", "The file is shorter than its header says.")),
            new ModelInfo("demo", "unknown", "bf16", "scalar"), new StageTimings(1, 2, 3, 4, 5, 6, 7, 28.00004), new Coverage(1.5, 1.25, 1.5), 16.7);

    private static final Transcript EMPTY = new Transcript("", List.of(), List.of(), new ModelInfo("m", "unknown", "bf16", "scalar"),
            new StageTimings(0, 0, 0, 0, 0, 0, 0, 0), new Coverage(0, 0, 0), 2.1);

    @Test
    void resultMatchesThePublishedSchema() {
        for (Transcript transcript : List.of(RICH, EMPTY)) {
            JsonSchema.published("transcript.schema.json").check(parse(transcript));
        }
    }

    @Test
    void schemaListsEveryFinishReason() {
        for (FinishReason reason : FinishReason.values()) {
            Transcript transcript = new Transcript("", List.of(new SegmentTranscript(0, 0, "", "", List.of(), List.of(), Optional.empty(), List.of(), reason, 0, List.of())),
                    List.of(), EMPTY.model(), EMPTY.timings(), EMPTY.coverage(), 0);
            JsonSchema.published("transcript.schema.json").check(parse(transcript));
        }
    }

    @Test
    void textIsUtf8OnOneLine() {
        byte[] bytes = TranscriptJson.write(RICH, recording("key-1"));
        String line = new String(bytes, StandardCharsets.UTF_8);
        assertTrue(line.endsWith("}\n"));
        assertEquals(1, line.lines().count());
        Map<?, ?> json = (Map<?, ?>) JsonTree.parse(bytes);
        assertEquals(RICH.text(), json.get("text"));
        assertEquals("ä.wav", json.get("file"));
        assertEquals("key-1", json.get("id"));
        JsonSchema.published("transcript.schema.json").check(json);
    }

    @Test
    void numbersThatJsonDoesNotKnowAreNull() {
        Map<?, ?> segment = (Map<?, ?>) ((List<?>) ((Map<?, ?>) parse(RICH)).get("segments")).get(0);
        Map<?, ?> second = (Map<?, ?>) ((List<?>) segment.get("tokens")).get(1);
        assertTrue(second.containsKey("logProbability"));
        assertEquals(null, second.get("logProbability"));
    }

    @Test
    void confidenceThatIsNotKnownIsLeftOut() {
        Map<?, ?> segment = (Map<?, ?>) ((List<?>) ((Map<?, ?>) parse(RICH)).get("segments")).get(0);
        assertFalse(segment.containsKey("confidence"), "one token has none");
        List<?> tokens = (List<?>) segment.get("tokens");
        assertEquals(0.6065, ((Number) ((Map<?, ?>) tokens.get(0)).get("confidence")).doubleValue(), 1e-9);
        assertFalse(((Map<?, ?>) tokens.get(1)).containsKey("confidence"));
        List<?> words = (List<?>) segment.get("words");
        assertEquals(0.61, ((Number) ((Map<?, ?>) words.get(0)).get("confidence")).doubleValue(), 1e-9);
        assertEquals(Map.of("text", "„Jon“"), words.get(1));
    }

    @Test
    void absentCtcTextIsLeftOut() {
        Transcript transcript = new Transcript("", List.of(new SegmentTranscript(0, 0, "", "", List.of(), List.of(), Optional.empty(), List.of(), FinishReason.STOP, 0, List.of())),
                List.of(), EMPTY.model(), EMPTY.timings(), EMPTY.coverage(), 0);
        Map<?, ?> segment = (Map<?, ?>) ((List<?>) ((Map<?, ?>) parse(transcript)).get("segments")).get(0);
        assertFalse(segment.containsKey("ctcText"));
    }

    private static Object parse(Transcript transcript) {
        return JsonTree.parse(TranscriptJson.write(transcript, recording("ä.wav")));
    }

    private static Recording recording(String id) {
        return new Recording(id, "ä.wav", "", "ä", new Recording.Source.StandardInput());
    }
}
