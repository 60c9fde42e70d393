package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.audio.AudioReader;
import io.github.funasrjava.engine.decode.CorruptedDraft;
import io.github.funasrjava.engine.decode.Draft;
import io.github.funasrjava.engine.decode.Generation;
import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.engine.text.Prompt;
import io.github.funasrjava.engine.text.PromptRequest;
import io.github.funasrjava.kernels.KernelOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A segment's answer is the same, bit for bit, alone and in a batch, with one thread and with two, with a draft and
 * without, with the prompt's prefix cached and fresh.
 */
class InvarianceTest {
    private static final int TOKENS = 24;

    @TempDir
    static Path cache;

    @TestFactory
    Stream<DynamicNode> nothingButTheSegmentDecidesItsAnswer() {
        List<DynamicNode> tests = new ArrayList<>();
        for (GoldenSet set : GoldenSet.under(GoldenSet.directory())) {
            for (KernelOptions kernels : GoldenTest.tiers()) {
                if (kernels.threads() == 2) {
                    tests.add(DynamicTest.dynamicTest(set.name() + " on " + GoldenTest.label(kernels), () -> check(set, kernels)));
                }
            }
        }
        return tests.stream();
    }

    private static void check(GoldenSet set, KernelOptions kernels) {
        List<float[]> recordings = new ArrayList<>();
        for (Map.Entry<String, JsonNode> file : set.manifest().path("files").properties()) {
            float[] samples = AudioReader.read(set.audio().resolve(file.getKey() + ".wav"), AudioOptions.DEFAULT).samples();
            if (samples.length <= 10 * 16_000) {
                recordings.add(samples);
            }
        }
        List<Generation> alone = new ArrayList<>();
        try (LoadedModel model = open(set, kernels.withThreads(1))) {
            for (float[] samples : recordings) {
                alone.add(answers(model, List.of(samples), Optional.empty()).getFirst());
            }
        }
        try (LoadedModel model = open(set, kernels)) {
            assertSame("in a batch", alone, answers(model, recordings, Optional.empty()));
            for (double agreement : new double[] {0, 0.5, 0.8, 1}) {
                List<Generation> drafted = answers(model, recordings,
                        Optional.of(segment -> new CorruptedDraft(alone.get(segment).tokens(), agreement)));
                assertSame("with a draft that agrees in " + agreement, alone, drafted);
                int accepted = drafted.stream().mapToInt(Generation::accepted).sum();
                int tokens = alone.stream().mapToInt(g -> g.tokens().length).sum();
                assertTrue(agreement == 0 || accepted >= agreement * tokens / 3,
                        "of " + tokens + " tokens only " + accepted + " came from a draft that agrees in " + agreement);
            }
        }
    }

    private static LoadedModel open(GoldenSet set, KernelOptions kernels) {
        return LoadedModel.open(ModelSource.directory(set.model()),
                EngineOptions.DEFAULT.withKernels(kernels).withCacheDir(cache));
    }

    private static List<Generation> answers(LoadedModel model, List<float[]> recordings, Optional<IntFunction<Draft>> draft) {
        Prompt prompt = model.promptBuilder.build(PromptRequest.DEFAULT);
        Recognizer recognizer = new Recognizer(model, new StageClock(), StageTap.NONE);
        List<Features> rows = recordings.stream().map(s -> recognizer.features(s, 0, s.length)).toList();
        Recognizer.Task task =
                Recognizer.Task.plain(prompt, TOKENS, false, false, draft);
        return recognizer.recognize(rows, task, () -> false).stream().map(Recognizer.Answer::generation).toList();
    }

    private static void assertSame(String how, List<Generation> expected, List<Generation> actual) {
        assertEquals(expected.size(), actual.size(), how);
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i).tokens(), actual.get(i).tokens(), how + ", recording " + i);
            assertArrayEquals(expected.get(i).logProbabilities(), actual.get(i).logProbabilities(), how + ", recording " + i);
            assertEquals(expected.get(i).finishReason(), actual.get(i).finishReason(), how + ", recording " + i);
        }
    }
}
