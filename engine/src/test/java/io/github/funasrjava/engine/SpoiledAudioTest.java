package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.funasrjava.engine.decode.Draft;
import io.github.funasrjava.engine.decode.Generation;
import io.github.funasrjava.engine.decode.GenerationRequest;
import io.github.funasrjava.engine.decode.Generator;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.Matrix;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Audio that is not a number fails its own answer and nothing that comes later: neither by the kept prefix nor by the cache's memory. */
class SpoiledAudioTest {
    private static final Path MODEL = Path.of("src/test/resources/golden/tiny-nano-ctc/model");
    /** Ends within a block of 32 rows, whose others are audio. */
    private static final int PREFIX = 40;
    private static final int AUDIO_ROWS = 30;

    @TempDir
    static Path cache;

    @TestFactory
    Stream<DynamicTest> answersThatComeLaterAreSound() {
        return GoldenTest.tiers().stream().map(kernels -> DynamicTest.dynamicTest(GoldenTest.label(kernels), () -> check(kernels)));
    }

    private static void check(KernelOptions kernels) {
        try (LoadedModel model = LoadedModel.open(ModelSource.directory(MODEL),
                EngineOptions.DEFAULT.withKernels(kernels).withCacheDir(cache)); Arena arena = Arena.ofShared();
                Generator generator = new Generator(model.decoder)) {
            GenerationRequest good = request(model, arena, 0.5f);
            GenerationRequest bad = request(model, arena, Float.NaN);
            Generation expected = answer(generator, good);
            assertNotEquals(FinishReason.NUMERIC_ERROR, expected.finishReason());
            // The prefix comes for the second time, when it would be kept.
            assertEquals(FinishReason.NUMERIC_ERROR, answer(generator, bad).finishReason());
            for (int i = 0; i < 3; i++) {
                Generation again = answer(generator, good);
                assertEquals(expected.finishReason(), again.finishReason());
                assertArrayEquals(expected.tokens(), again.tokens());
                assertArrayEquals(expected.logProbabilities(), again.logProbabilities());
            }
        }
    }

    private static Generation answer(Generator generator, GenerationRequest request) {
        return generator.generate(List.of(request), StageTap.NONE, () -> false).getFirst();
    }

    private static GenerationRequest request(LoadedModel model, Arena arena, float value) {
        Matrix audio = Matrix.allocate(arena, AUDIO_ROWS, model.decoder.config().hiddenSize());
        float[] row = new float[audio.cols()];
        Arrays.fill(row, value);
        for (int i = 0; i < AUDIO_ROWS; i++) {
            audio.setRow(i, row);
        }
        int[] prefix = IntStream.range(0, PREFIX).map(i -> 3 + i * 7 % 50).toArray();
        return new GenerationRequest(prefix, audio, new int[] {5, 6}, Draft.NONE, 6, true);
    }
}
