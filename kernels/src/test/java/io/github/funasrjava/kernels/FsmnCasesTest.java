package io.github.funasrjava.kernels;

import io.github.funasrjava.kernels.cases.AttentionCases;
import io.github.funasrjava.kernels.cases.Expected;
import io.github.funasrjava.kernels.cases.Framed;
import io.github.funasrjava.kernels.cases.Tiers.TierUnderTest;
import io.github.funasrjava.kernels.cases.Values;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FsmnCasesTest {
    private static final int[] COLS = {1, 3, 4, 5, 8, 15, 16, 17, 33, 64, 128, 130};
    private static final int[][] SPANS = {{1}, {2, 0, 3}, {5, 6, 7}, {11, 12}, {40}};

    @ParameterizedTest
    @MethodSource("io.github.funasrjava.kernels.cases.Tiers#all")
    void agreesWithFloat64(TierUnderTest tier) {
        try (Kernels kernels = tier.open()) {
            int number = 0;
            for (int cols : COLS) {
                for (int[] lengths : SPANS) {
                    for (int kernel : new int[] {1, 2, 11, 21}) {
                        int left = number % 3 == 0 ? (kernel - 1) / 2 : number % kernel;
                        check(kernels, cols, RowSpans.ofLengths(lengths), kernel, left, Values.values()[number++ % 5]);
                    }
                }
            }
        }
    }

    private static void check(Kernels kernels, int cols, RowSpans spans, int kernel, int left, Values values) {
        String message = cols + " columns, " + spans + ", kernel " + kernel + ", left " + left + ", " + values;
        try (Arena arena = Arena.ofShared()) {
            Random random = new Random(message.hashCode());
            Matrix v = Framed.of(arena, values.rows(random, spans.totalRows(), cols), cols).view();
            Matrix w = Framed.of(arena, Values.NORMAL.rows(random, cols, kernel), kernel).view();
            Framed residual = Framed.of(arena, values.rows(random, spans.totalRows(), cols), cols);
            Framed out = Framed.zeros(arena, spans.totalRows(), cols);
            kernels.fsmn(v, w, left, spans, Optional.empty(), out.view());
            AttentionCases.fsmn(v, w, left, spans, null).check(message, out.view());
            kernels.fsmn(v, w, left, spans, Optional.of(residual.view()), out.view());
            AttentionCases.fsmn(v, w, left, spans, residual.view()).check(message + " with residual", out.view());
            out.assertFrameUntouched(message);
            kernels.fsmn(v, w, left, spans, Optional.of(residual.view()), residual.view());
            Expected.checkBits(message + " in place", out.view(), residual.view());
        }
    }
}
