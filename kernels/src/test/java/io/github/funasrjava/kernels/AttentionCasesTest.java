package io.github.funasrjava.kernels;

import io.github.funasrjava.kernels.cases.AttentionCases;
import io.github.funasrjava.kernels.cases.AttentionCases.FullCase;
import io.github.funasrjava.kernels.cases.Framed;
import io.github.funasrjava.kernels.cases.Tiers.TierUnderTest;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionCasesTest {
    @ParameterizedTest
    @MethodSource("io.github.funasrjava.kernels.cases.Tiers#all")
    void agreesWithFloat64(TierUnderTest tier) {
        try (Kernels kernels = tier.open()) {
            for (FullCase c : AttentionCases.full()) {
                try (Arena arena = Arena.ofShared()) {
                    RowSpans querySpans = RowSpans.ofLengths(c.queries());
                    RowSpans keySpans = RowSpans.ofLengths(c.keys());
                    int cols = c.heads() * c.headDim();
                    Random random = new Random(7);
                    Matrix q = Framed.of(arena, c.values().rows(random, querySpans.totalRows(), cols), cols).view();
                    // Keys and values as they stand in the model: column views of one wide matrix.
                    Matrix kv = Framed.of(arena, c.values().rows(random, keySpans.totalRows(), 2 * cols), 2 * cols).view();
                    Matrix k = kv.columns(0, cols);
                    Matrix v = kv.columns(cols, cols);
                    float scale = (float) (1 / Math.sqrt(c.headDim()));
                    Framed out = Framed.zeros(arena, q.rows(), cols);
                    kernels.attention(q, querySpans, k, v, keySpans, c.heads(), scale, out.view());
                    AttentionCases.attention(q, querySpans, k, v, keySpans, c.heads(), scale, tier.attentionSplitError())
                            .check(c.toString(), out.view());
                    out.assertFrameUntouched(c.toString());
                }
            }
        }
    }
}
