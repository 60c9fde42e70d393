package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.funasrjava.kernels.cases.AttentionCases;
import io.github.funasrjava.kernels.cases.AttentionCases.CausalCase;
import io.github.funasrjava.kernels.cases.Expected;
import io.github.funasrjava.kernels.cases.Framed;
import io.github.funasrjava.kernels.cases.Tiers.TierUnderTest;
import io.github.funasrjava.kernels.cases.Values;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CausalAttentionCasesTest {
    private static final String TIERS = "io.github.funasrjava.kernels.cases.Tiers#all";
    private static final int LAYERS = 2;
    private static final int LAYER = 1;
    private static final float EPS = 1e-6f;

    @ParameterizedTest
    @MethodSource(TIERS)
    void attendsToWhatTheCachesHold(TierUnderTest tier) {
        try (Kernels kernels = tier.open()) {
            for (CausalCase c : AttentionCases.causal()) {
                try (Arena arena = Arena.ofShared(); Caches caches = new Caches(c)) {
                    RowSpans spans = RowSpans.ofLengths(c.rows());
                    int cols = c.heads() * c.headDim();
                    Matrix q = Framed.of(arena, c.values().rows(new Random(5), spans.totalRows(), cols), cols).view();
                    float scale = (float) (1 / Math.sqrt(c.headDim()));
                    for (RowSpans asked : List.of(spans, lastRows(spans, 0), lastRows(spans, 1), lastRows(spans, 5))) {
                        Framed out = Framed.zeros(arena, spans.totalRows(), cols);
                        kernels.causalAttention(q, spans, asked, caches.all, LAYER, c.heads(), scale, out.view());
                        AttentionCases.causalAttention(q, spans, asked, caches.all, LAYER, c.heads(), scale, tier.attentionSplitError())
                                .check(c + ", asked " + asked, out.view());
                        out.assertFrameUntouched(c.toString());
                    }
                }
            }
        }
    }

    private static RowSpans lastRows(RowSpans spans, int most) {
        return RowSpans.ofLengths(IntStream.range(0, spans.count()).map(s -> Math.min(most, spans.length(s))).toArray());
    }

    @ParameterizedTest
    @MethodSource(TIERS)
    void preparesQueriesAndAppendsKeysAndValues(TierUnderTest tier) {
        try (Kernels kernels = tier.open()) {
            for (CausalCase c : AttentionCases.causal()) {
                try (Arena arena = Arena.ofShared(); Caches caches = new Caches(c)) {
                    checkAppend(kernels, c, caches, arena);
                }
            }
        }
    }

    private static void checkAppend(Kernels kernels, CausalCase c, Caches caches, Arena arena) {
        RowSpans spans = RowSpans.ofLengths(c.rows());
        int d = c.headDim();
        int cols = (c.heads() + 2 * c.kvHeads()) * d;
        Random random = new Random(6);
        Framed qkv = Framed.of(arena, c.values().rows(random, spans.totalRows(), cols), cols);
        Matrix before = Framed.zeros(arena, spans.totalRows(), cols).view();
        for (int r = 0; r < before.rows(); r++) {
            before.copyRow(r, qkv.view(), r);
        }
        Matrix qNorm = Framed.of(arena, Values.NORMAL.rows(random, 1, d), d).view();
        Matrix kNorm = Framed.of(arena, Values.NORMAL.rows(random, 1, d), d).view();
        RopeTable rope = RopeTable.compute(arena, 400, d, 1e6);
        kernels.qkNormRopeAppend(qkv.view(), qNorm, kNorm, EPS, rope, spans, caches.all, LAYER, c.heads());
        qkv.assertFrameUntouched(c.toString());
        for (int s = 0; s < spans.count(); s++) {
            for (int i = 0; i < spans.length(s); i++) {
                int row = spans.start(s) + i;
                int position = c.past()[s] + i;
                for (int h = 0; h < c.heads(); h++) {
                    AttentionCases.normAndRotate(before, row, h * d, d, qNorm, EPS, rope, position)
                            .check(c + ", query", qkv.view().rows(row, 1).columns(h * d, d));
                }
                for (int h = 0; h < c.kvHeads(); h++) {
                    Expected key = AttentionCases.normAndRotate(before, row, (c.heads() + h) * d, d, kNorm, EPS, rope, position);
                    for (int e = 0; e < d; e++) {
                        key.checkElement(c + ", key at " + position, 0, e,
                                AttentionCases.key(caches.all[s].keys(LAYER, h), position, e));
                        assertEquals(before.get(row, (c.heads() + c.kvHeads() + h) * d + e),
                                AttentionCases.value(caches.all[s].values(LAYER, h), position, e));
                    }
                }
            }
            assertEquals(c.past()[s], caches.all[s].length());
        }
        caches.assertPastUntouched();
    }

    /** Caches whose valid positions hold random values; everything else in them is NaN. */
    private static final class Caches implements AutoCloseable {
        final KvCache[] all;
        private final CausalCase c;

        Caches(CausalCase c) {
            this.c = c;
            all = new KvCache[c.past().length];
            for (int s = 0; s < all.length; s++) {
                int end = c.past()[s] + c.rows()[s];
                all[s] = new KvCache(LAYERS, c.kvHeads(), c.headDim(), end);
                all[s].advanceTo(c.past()[s]);
                for (int layer = 0; layer < LAYERS; layer++) {
                    for (int h = 0; h < c.kvHeads(); h++) {
                        fill(all[s], layer, h, end, new Random(100 * s + h + layer));
                    }
                }
            }
        }

        private void fill(KvCache cache, int layer, int head, int end, Random random) {
            for (int p = 0; p < cache.capacity(); p++) {
                for (int e = 0; e < c.headDim(); e++) {
                    float key = p < end ? c.values().rows(random, 1, 1)[0][0] : Float.NaN;
                    float value = p < end ? c.values().rows(random, 1, 1)[0][0] : Float.NaN;
                    AttentionCases.set(cache, layer, head, p, e, key, value);
                }
            }
        }

        void assertPastUntouched() {
            try (Caches fresh = new Caches(c)) {
                for (int s = 0; s < all.length; s++) {
                    for (int layer = 0; layer < LAYERS; layer++) {
                        int end = c.past()[s] + (layer == LAYER ? 0 : c.rows()[s]);
                        for (int h = 0; h < c.kvHeads(); h++) {
                            for (int p = 0; p < end; p++) {
                                for (int e = 0; e < c.headDim(); e++) {
                                    assertEquals(AttentionCases.key(fresh.all[s].keys(layer, h), p, e),
                                            AttentionCases.key(all[s].keys(layer, h), p, e));
                                    assertEquals(AttentionCases.value(fresh.all[s].values(layer, h), p, e),
                                            AttentionCases.value(all[s].values(layer, h), p, e));
                                }
                            }
                        }
                    }
                }
            }
        }

        @Override
        public void close() {
            for (KvCache cache : all) {
                cache.close();
            }
        }
    }
}
