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
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** A prompt's rows that nobody asks for may be left out of the last layer: what is asked for stays, bit for bit. */
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
            new Case(new int[] {97}, new int[] {1}),
            new Case(new int[] {70}, new int[] {16}),
            new Case(new int[] {31, 1, 40}, new int[] {1, 1, 4}),
            new Case(new int[] {12, 13}, new int[] {12, 1}));

    @TestFactory
    Stream<DynamicTest> askedRowsAreThoseOfTheWholePass() {
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
            assertThrows(IllegalArgumentException.class,
                    () -> model.decoder.prompt(x, RowSpans.ofLengths(2), RowSpans.ofLengths(3), caches, StageTap.NONE));
            assertEquals(0, kv.length());
        }
    }

    private static LoadedModel open(KernelOptions kernels) {
        return LoadedModel.open(ModelSource.directory(GOLDEN.resolve("tiny-nano-ctc/model")),
                EngineOptions.DEFAULT.withKernels(kernels).withCacheDir(cache));
    }

    /** The pass after an empty cache, the same pass behind it, and a step that sees everything that was kept. */
    private static void check(Qwen3Decoder decoder, Case c) {
        KvCache[] whole = caches(decoder, c.lengths.length);
        KvCache[] parts = caches(decoder, c.lengths.length);
        RowSpans spans = RowSpans.ofLengths(c.lengths);
        RowSpans asked = RowSpans.ofLengths(c.asked);
        int[] ones = new int[c.lengths.length];
        Arrays.fill(ones, 1);
        try (Arena arena = Arena.ofShared()) {
            for (int seed = 1; seed <= 2; seed++) {
                Matrix all = embedded(decoder, arena, spans.totalRows(), seed);
                decoder.forward(all, spans, whole, StageTap.NONE);
                Matrix some = decoder.prompt(embedded(decoder, arena, spans.totalRows(), seed), spans, asked, parts, StageTap.NONE);
                assertEquals(asked.totalRows(), some.rows());
                for (int s = 0; s < spans.count(); s++) {
                    assertEquals(whole[s].length(), parts[s].length());
                    for (int i = 0; i < asked.length(s); i++) {
                        assertArrayEquals(all.row(spans.start(s + 1) - asked.length(s) + i), some.row(asked.start(s) + i),
                                Arrays.toString(c.lengths) + ", sequence " + s + ", asked row " + i);
                    }
                }
            }
            RowSpans step = RowSpans.ofLengths(ones);
            Matrix afterWhole = embedded(decoder, arena, ones.length, 3);
            Matrix afterParts = embedded(decoder, arena, ones.length, 3);
            decoder.forward(afterWhole, step, whole, StageTap.NONE);
            decoder.forward(afterParts, step, parts, StageTap.NONE);
            for (int s = 0; s < ones.length; s++) {
                assertArrayEquals(afterWhole.row(s), afterParts.row(s), "the step behind them, sequence " + s);
            }
        } finally {
            Stream.of(whole, parts).flatMap(Arrays::stream).forEach(KvCache::close);
        }
    }

    private static KvCache[] caches(Qwen3Decoder decoder, int count) {
        return IntStream.range(0, count).mapToObj(s -> decoder.newCache(0)).toArray(KvCache[]::new);
    }

    private static Matrix embedded(Qwen3Decoder decoder, Arena arena, int rows, int seed) {
        Matrix x = Matrix.allocate(arena, rows, decoder.config().hiddenSize());
        decoder.embed(IntStream.range(0, rows).map(i -> 3 + i * 7 % 50 + 11 * seed).toArray(), x);
        return x;
    }
}
