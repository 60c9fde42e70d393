package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.audio.AudioReader;
import io.github.funasrjava.engine.align.AlignedToken;
import io.github.funasrjava.engine.align.ForcedAlignment;
import io.github.funasrjava.engine.align.FrameScores;
import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.model.CtcHead;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.engine.text.Prompt;
import io.github.funasrjava.engine.text.PromptRequest;
import io.github.funasrjava.engine.text.TextCleanup;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** A recording of 75 s in segments: text, CTC text and times of the reference, merged over the segments. */
class LongAudioGoldenTest {
    private static final String FILE = "e2e_long_vad.json";
    private static final double CLOSE_CALL = 0.004;

    @TempDir
    static Path cache;

    /** What is compared of one segment. */
    private record Part(String text, String plainText, Optional<String> ctcText, List<String> ctcTimes, List<String> times) {}

    @TestFactory
    Stream<DynamicNode> mergesSegmentsAsTheReferenceDoes() {
        List<GoldenSet> sets = GoldenSet.under(GoldenSet.directory()).stream()
                .filter(set -> Files.exists(set.golden().resolve(FILE))).toList();
        if (sets.isEmpty()) {
            return Stream.of(DynamicTest.dynamicTest("no golden directory", () -> assumeTrue(false,
                    "the golden directory holds no " + FILE + "; name one by -Dgolden.dir or FUNASR_GOLDEN")));
        }
        return sets.stream().map(set -> DynamicTest.dynamicTest(set.name(), () -> check(set)));
    }

    private static void check(GoldenSet set) {
        JsonNode golden = new ObjectMapper().readTree(set.golden().resolve(FILE).toFile());
        float[] samples = AudioReader.read(set.audio().resolve("long_vad.wav"), AudioOptions.DEFAULT).samples();
        EngineOptions options = EngineOptions.DEFAULT.withCacheDir(cache).withKernels(KernelOptions.defaults());
        try (LoadedModel model = LoadedModel.open(ModelSource.directory(set.model()), options)) {
            assertFalse(golden.path("runs").isEmpty(), "no runs");
            for (JsonNode run : golden.path("runs").values()) {
                boolean closeCall = run.path("min_margin").asDouble(1) < CLOSE_CALL;
                check(model, samples, run, golden.path("max_new_tokens").asInt(), closeCall);
            }
        }
    }

    private static void check(LoadedModel model, float[] samples, JsonNode run, int maxNewTokens, boolean closeCall) {
        List<Part> parts = parts(model, samples, run.path("decoded_segments"), maxNewTokens);
        JsonNode result = run.path("result");
        String text = join(parts.stream().map(Part::text));
        if (closeCall && !text.equals(result.path("text").asString())) {
            System.out.println("the text differs on a run whose smallest margin is " + run.path("min_margin"));
            return;
        }
        assertEquals(result.path("text").asString(), text, "text");
        assertEquals(result.path("text_tn").asString(), join(parts.stream().map(Part::plainText)), "text_tn");
        if (result.has("ctc_text")) {
            assertEquals(result.path("ctc_text").asString(), join(parts.stream().map(p -> p.ctcText().orElseThrow())), "ctc_text");
            assertEquals(times(result.path("ctc_timestamps")), parts.stream().flatMap(p -> p.ctcTimes().stream()).toList());
            assertEquals(times(result.path("timestamps")), parts.stream().flatMap(p -> p.times().stream()).toList());
        }
    }

    private static List<Part> parts(LoadedModel model, float[] samples, JsonNode segments, int maxNewTokens) {
        Prompt prompt = model.promptBuilder.build(PromptRequest.DEFAULT);
        Recognizer recognizer = new Recognizer(model, new StageClock(), StageTap.NONE);
        Recognizer.Task task = Recognizer.Task.plain(prompt, maxNewTokens, false, model.ctc.isPresent(),
                Optional.empty());
        List<Features> rows = new ArrayList<>();
        for (JsonNode segment : segments.values()) {
            int to = Math.min(samples.length, segment.get(1).asInt() * 16);
            rows.add(recognizer.features(samples, segment.get(0).asInt() * 16, to));
        }
        List<Recognizer.Answer> answers = recognizer.recognize(rows, task, () -> false);
        List<Part> parts = new ArrayList<>();
        for (int s = 0; s < rows.size(); s++) {
            Recognizer.Answer answer = answers.get(s);
            String text = TextCleanup.text(answer.response());
            int startMs = segments.get(s).get(0).asInt();
            Features segment = rows.get(s);
            parts.add(new Part(text, TextCleanup.textWithoutPunctuation(answer.response()), answer.ctc().map(CtcHearing::text),
                    // The reference leaves the times of the CTC text relative to their segment.
                    answer.ctc().map(CtcHearing::text).map(heard -> align(model, segment, heard, 0)).orElse(List.of()),
                    answer.ctc().map(CtcHearing::text).map(heard -> align(model, segment, text, startMs)).orElse(List.of())));
        }
        return parts;
    }

    private static List<String> align(LoadedModel model, Features rows, String text, int startMs) {
        CtcHead head = model.ctc.orElseThrow();
        RowSpans spans = RowSpans.ofLengths(rows.rows());
        try (Arena arena = Arena.ofShared()) {
            Matrix encoded = model.encoder.encode(List.of(rows), spans, StageTap.NONE);
            Matrix decoded = head.decode(encoded, spans, StageTap.NONE);
            Matrix scores = Matrix.allocate(arena, decoded.rows(), head.classes());
            head.logProbabilities(decoded, scores);
            float[] dense = new float[scores.rows() * scores.cols()];
            for (int t = 0; t < scores.rows(); t++) {
                System.arraycopy(scores.row(t), 0, dense, t * scores.cols(), scores.cols());
            }
            List<AlignedToken> tokens = ForcedAlignment.align(FrameScores.dense(dense, scores.rows(), scores.cols()),
                    model.ctcTokenizer.orElseThrow().encode(text), head.blankId());
            return tokens.stream().map(token -> line(model.ctcTokenizer.orElseThrow().decode(token.token()),
                    (token.startSeconds() * 1000 + startMs) / 1000, (token.endSeconds() * 1000 + startMs) / 1000)).toList();
        }
    }

    private static List<String> times(JsonNode items) {
        return items.values().stream().map(item -> line(item.path("token").asString(), item.path("start_time").asDouble(),
                item.path("end_time").asDouble())).toList();
    }

    private static String line(String token, double start, double end) {
        return token + " " + Math.round(start * 1000) + ".." + Math.round(end * 1000);
    }

    private static String join(Stream<String> texts) {
        return texts.collect(Collectors.joining(" "));
    }
}
