package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.funasrjava.kernels.cases.Framed;
import io.github.funasrjava.kernels.cases.LinearCases;
import io.github.funasrjava.kernels.cases.Tiers.TierUnderTest;
import io.github.funasrjava.kernels.cases.Values;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EmbedCasesTest {
    @ParameterizedTest
    @MethodSource("io.github.funasrjava.kernels.cases.Tiers#all")
    void gathersExactRows(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            for (DType dtype : DType.values()) {
                for (int k : new int[] {1, 2, 3, 4, 5, 16, 31, 64, 67, 1024}) {
                    int n = 70;
                    PanelMatrix table = LinearCases.pack(arena, dtype, Values.NORMAL.bf16Rows(new Random(k), n, k));
                    int[] ids = {69, 0, 31, 32, 33, 0, 63, 64, 5};
                    Framed out = Framed.zeros(arena, ids.length, k);
                    kernels.embed(table, ids, out.view());
                    float[] expected = new float[k];
                    for (int i = 0; i < ids.length; i++) {
                        PanelPacker.unpackRow(table, ids[i], expected);
                        assertArrayEquals(expected, out.view().row(i), dtype + " [" + n + ", " + k + "], id " + ids[i]);
                    }
                    out.assertFrameUntouched(dtype + " " + k);
                }
            }
        }
    }
}
