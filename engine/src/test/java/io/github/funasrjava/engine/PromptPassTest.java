package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.funasrjava.engine.model.Qwen3Decoder;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a prompt's pass gives the rows that are asked for: the same bits beside other sequences, with the prompt's
 * beginning taken from a cache, and with rows behind the prompt that come with it or one by one.
 */
class PromptPassTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    @TempDir
    static Path cache;

    /** Sequences of one pass: rows, and how many of the last ones are asked for. */
    private record Case(int[] lengths, int[] asked) {}

    private static final List<Case> CASES = List.of(
            new Case(new int[] {1}, new int[] {1}),
            new Case(new int[] {2}, new int[] {1}),
            new Case(new int[] {5}, new int[] {5}),
            new Case(new int[] {33}, new int[] {1}),
            new Case(new int[] {130}, new int[] {1}),
            new Case(new int[] {70}, new int[] {16}),
            new Case(new int[] {31, 1, 99}, new int[] {1, 1, 4}),
            new Case(new int[] {12, 13}, new int[] {12, 1}));

    @TestFactory
    Stream<DynamicTest> askedRowsDependOnTheirOwnSequenceAlone() {
        return GoldenTest.tiers().stream()
                .map(kernels -> DynamicTest.dynamicTest(GoldenTest.label(kernels), () -> {
                    try (LoadedModel model = open(kernels)) {
                        for (Case c : CASES) {
                            check(model.decoder, c);
                        }
                    }
                }));
    }

    @Test
    void moreRowsThanThereAreCannotBeAskedFor() {
        try (LoadedModel model = open(KernelOptions.defaults()); KvCache kv = model.decoder.newCache(4);
                Arena arena = Arena.ofShared()) {
            Matrix x = Matrix.allocate(arena, 2, model.decoder.config().hiddenSize());
            KvCache[] caches = {kv};
            for (int[] wrong : new int[][] {{3}, {}, {1, 1}}) {
                assertThrows(IllegalArgumentException.class,
                        () -> model.decoder.prompt(x, RowSpans.ofLengths(2), RowSpans.ofLengths(wrong), caches, StageTap.NONE));
                assertEquals(0, kv.length());
            }
            assertEquals(0, model.decoder.prompt(x, RowSpans.ofLengths(2), RowSpans.ofLengths(0), caches, StageTap.NONE).rows());
            assertEquals(2, kv.length());
        }
    }

    /** The last stage is seen when the positions of the rows before have been counted already. */
    @Test
    void aPassThatFailsLeavesTheCachesAsLongAsTheyWere() {
        try (LoadedModel model = open(KernelOptions.defaults()); KvCache kv = model.decoder.newCache(4);
                Arena arena = Arena.ofShared()) {
            KvCache[] caches = {kv};
            RowSpans one = RowSpans.ofLengths(1);
            model.decoder.prompt(embedded(model.decoder, arena, 0, 3), RowSpans.ofLengths(3), one, caches, StageTap.NONE);
            AtomicInteger stages = new AtomicInteger();
            StageTap counting = (stage, rows) -> stages.incrementAndGet();
            float[] expected;
            try (KvCache copy = model.decoder.newCache(4)) {
                copy.copyFrom(kv, 3);
                expected = model.decoder.prompt(embedded(model.decoder, arena, 3, 5), RowSpans.ofLengths(5), one, new KvCache[] {copy},
                        counting).row(0);
            }
            StageTap failing = (stage, rows) -> {
                if (stages.decrementAndGet() == 0) {
                    throw new IllegalStateException("made to fail at " + stage);
                }
            };
            Matrix x = embedded(model.decoder, arena, 3, 5);
            assertThrows(IllegalStateException.class, () -> model.decoder.prompt(x, RowSpans.ofLengths(5), one, caches, failing));
            assertEquals(3, kv.length());
            Matrix again = model.decoder.prompt(embedded(model.decoder, arena, 3, 5), RowSpans.ofLengths(5), one, caches, StageTap.NONE);
            assertArrayEquals(expected, again.row(0));
        }
    }

    private static LoadedModel open(KernelOptions kernels) {
        return LoadedModel.open(ModelSource.directory(GOLDEN.resolve("tiny-nano-ctc/model")),
                EngineOptions.DEFAULT.withKernels(kernels).withCacheDir(cache));
    }

    private static void check(Qwen3Decoder decoder, Case c) {
        RowSpans spans = RowSpans.ofLengths(c.lengths);
        RowSpans asked = RowSpans.ofLengths(c.asked);
        KvCache[] caches = IntStream.range(0, spans.count()).mapToObj(s -> decoder.newCache(0)).toArray(KvCache[]::new);
        try (Arena arena = Arena.ofShared()) {
            Matrix some = decoder.prompt(embedded(decoder, arena, 0, spans.totalRows()), spans, asked, caches, StageTap.NONE);
            assertEquals(asked.totalRows(), some.rows());
            float[][] together = rows(some);
            for (int s = 0; s < spans.count(); s++) {
                assertEquals(spans.length(s), caches[s].length());
                float[][] expected = Arrays.copyOfRange(together, asked.start(s), asked.start(s + 1));
                String where = Arrays.toString(c.lengths) + ", sequence " + s;
                for (int known : new int[] {0, 1, (spans.length(s) - asked.length(s)) / 2}) {
                    if (known <= spans.length(s) - asked.length(s)) {
                        assertArrayEquals(expected, alone(decoder, arena, spans, asked, s, known, caches[s]),
                                where + " behind " + known + " known positions");
                    }
                }
                assertArrayEquals(expected, oneByOne(decoder, arena, spans, asked, s), where + ", one by one");
            }
        } finally {
            Stream.of(caches).forEach(KvCache::close);
        }
    }

    /** One sequence by itself, its first positions from another cache. */
    private static float[][] alone(Qwen3Decoder decoder, Arena arena, RowSpans spans, RowSpans asked, int s, int known,
            KvCache source) {
        try (KvCache cache = decoder.newCache(0)) {
            cache.copyFrom(source, known);
            int rows = spans.length(s) - known;
            return rows(decoder.prompt(embedded(decoder, arena, spans.start(s) + known, rows), RowSpans.ofLengths(rows),
                    RowSpans.ofLengths(asked.length(s)), new KvCache[] {cache}, StageTap.NONE));
        }
    }

    /** The prompt up to the first row that is asked for, and the others as steps. */
    private static float[][] oneByOne(Qwen3Decoder decoder, Arena arena, RowSpans spans, RowSpans asked, int s) {
        RowSpans one = RowSpans.ofLengths(1);
        int first = spans.length(s) - asked.length(s);
        List<float[]> rows = new ArrayList<>();
        try (KvCache cache = decoder.newCache(0)) {
            KvCache[] caches = {cache};
            Matrix x = embedded(decoder, arena, spans.start(s), first + 1);
            rows.add(decoder.prompt(x, RowSpans.ofLengths(first + 1), one, caches, StageTap.NONE).row(0));
            for (int i = 1; i < asked.length(s); i++) {
                Matrix step = embedded(decoder, arena, spans.start(s) + first + i, 1);
                decoder.forward(step, one, caches, StageTap.NONE);
                rows.add(step.row(0));
            }
        }
        return rows.toArray(float[][]::new);
    }

    private static float[][] rows(Matrix m) {
        return IntStream.range(0, m.rows()).mapToObj(m::row).toArray(float[][]::new);
    }

    /** Embeddings of tokens {@code from} to {@code from + rows - 1} of a made-up text. */
    private static Matrix embedded(Qwen3Decoder decoder, Arena arena, int from, int rows) {
        Matrix x = Matrix.allocate(arena, rows, decoder.config().hiddenSize());
        decoder.embed(IntStream.range(from, from + rows).map(i -> 3 + i * 7 % 50).toArray(), x);
        return x;
    }
}
