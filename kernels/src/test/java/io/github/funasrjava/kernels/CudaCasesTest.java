package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.KernelOptions.Tier;
import io.github.funasrjava.kernels.cases.Expected;
import io.github.funasrjava.kernels.cases.Framed;
import io.github.funasrjava.kernels.cases.LinearCases;
import io.github.funasrjava.kernels.cases.Tiers.TierUnderTest;
import io.github.funasrjava.kernels.cases.Values;
import io.github.funasrjava.kernels.cuda.InterpretedCuda;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The case tables of all tiers on the CUDA kernels, which an interpreter of their PTX runs: the right results in that model
 * of a GPU, with no access outside allocations and no race on shared memory. Nothing here ran on a GPU.
 */
class CudaCasesTest {
    private static final String CUDA = "io.github.funasrjava.kernels.cases.Tiers#cuda";
    private static final String ALL_CUDA = "io.github.funasrjava.kernels.cases.Tiers#allCuda";

    @ParameterizedTest
    @MethodSource(CUDA)
    void embedAndFsmn(TierUnderTest tier) {
        new EmbedCasesTest().gathersExactRows(tier);
        new FsmnCasesTest().agreesWithFloat64(tier);
    }

    @ParameterizedTest
    @MethodSource(CUDA)
    void normsSwigluAndLogSoftmax(TierUnderTest tier) {
        RowCasesTest rows = new RowCasesTest();
        rows.layerNormAgreesWithFloat64(tier);
        rows.rmsNormAgreesWithFloat64(tier);
        rows.logSoftmaxAgreesWithFloat64(tier);
        rows.swigluAgreesWithFloat64(tier);
        rows.swigluSaturatesAtBothEnds(tier);
        rows.specialValuesStayInTheirRow(tier);
    }

    @ParameterizedTest
    @ValueSource(ints = {75, 80})
    void passTheirSelfTestWhereTheyAreOpened(int architecture) {
        try (Kernels kernels = KernelSelector.open(KernelOptions.defaults(), DeviceChoice.cuda(0), line -> { },
                InterpretedCuda.machine(architecture))) {
            assertEquals("cuda-sm_" + architecture, kernels.tier());
        }
    }

    @Test
    void aGpuThatComputesOtherwiseIsRefusedAndAutoTakesTheProcessor() {
        KernelOptions options = KernelOptions.defaults().withThreads(1);
        String refusal = assertThrows(KernelsUnavailableException.class,
                () -> KernelSelector.open(options, DeviceChoice.cuda(0), line -> { }, InterpretedCuda.brokenMachine())).getMessage();
        assertTrue(refusal.contains("the self-test failed on cuda:0, Fake GPU 0, sm_80: linear BF16 of 3 rows gives"), refusal);
        List<String> lines = new ArrayList<>();
        try (Kernels kernels = KernelSelector.open(options, DeviceChoice.AUTO, lines::add, InterpretedCuda.brokenMachine())) {
            assertTrue(!kernels.tier().startsWith("cuda"));
        }
        assertEquals(1, lines.size());
    }

    /** The skinny and the tiled kernel, with one chunk of K and with several, give the same bits. */
    @ParameterizedTest
    @MethodSource(CUDA)
    void aRowIsTheSameAloneAndAmongMany(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            for (DType dtype : DType.values()) {
                int k = 300;
                Matrix x = Framed.of(arena, Values.NORMAL.rows(new Random(1), 20, k), k).view();
                PanelMatrix w = LinearCases.pack(arena, dtype, Values.NORMAL.bf16Rows(new Random(2), 70, k));
                Matrix all = Matrix.allocate(arena, 20, 70);
                kernels.linear(x, w, all);
                for (int count : new int[] {1, 5, 16, 17}) {
                    Matrix some = Matrix.allocate(arena, count, 70);
                    kernels.linear(x.rows(3, count), w, some);
                    Expected.checkBits(dtype + ", " + count + " rows", all.rows(3, count), some);
                }
            }
        }
    }

    /** One order of K for every number of rows. */
    @ParameterizedTest
    @MethodSource(CUDA)
    void theSkinnyProductKeepsItsOrderForUpTo16Rows(TierUnderTest tier) {
        keepsItsOrder(tier, 272, 1);
    }

    /** The same where a block goes through K twice. */
    @Tag("long")
    @ParameterizedTest
    @MethodSource(ALL_CUDA)
    void theSkinnyProductKeepsItsOrderWhereKIsLong(TierUnderTest tier) {
        keepsItsOrder(tier, 272, 1);
        keepsItsOrder(tier, 13 * 256 + 40, 5);
    }

    private static void keepsItsOrder(TierUnderTest tier, int k, int step) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            Matrix x = Framed.of(arena, Values.NORMAL.rows(new Random(1), 17, k), k).view();
            PanelMatrix w = LinearCases.pack(arena, DType.BF16, Values.NORMAL.bf16Rows(new Random(2), 40, k));
            Matrix all = Matrix.allocate(arena, 17, 40);
            kernels.linear(x, w, all);
            for (int count = 1; count <= 16; count += step) {
                Matrix some = Matrix.allocate(arena, count, 40);
                kernels.linear(x.rows(1, count), w, some);
                Expected.checkBits(count + " rows, K " + k, all.rows(1, count), some);
            }
        }
    }

    /** Large tiles, small ones and the kernel for few rows sum in one order. */
    @ParameterizedTest
    @MethodSource(CUDA)
    void tilesOfBothSizesAgree(TierUnderTest tier) {
        tilesOfBothSizesGiveTheSameBits(tier, 4);
    }

    /** With one multiprocessor every tile is large, with many every tile is small. */
    @ParameterizedTest
    @CsvSource({"75, FULL", "80, FULL", "80, FAST"})
    void sizesOfTilesFollowTheMultiprocessorsAndChangeNoBit(int architecture, Accuracy accuracy) {
        KernelOptions options = new KernelOptions(Tier.AUTO, 1, 0, accuracy);
        try (Kernels few = InterpretedCuda.open(architecture, 1, options); Kernels many = InterpretedCuda.open(architecture, 1000, options);
                Arena arena = Arena.ofShared()) {
            for (int[] shape : new int[][] {{17, 30, 40}, {33, 70, 97}, {64, 300, 64}, {70, 520, 33}}) {
                int m = shape[0];
                int k = shape[1];
                int n = shape[2];
                Matrix x = Framed.of(arena, Values.NORMAL.rows(new Random(1), m, k), k).view();
                PanelMatrix w = LinearCases.pack(arena, DType.BF16, Values.NORMAL.bf16Rows(new Random(2), n, k));
                Optional<Matrix> bias = Optional.of(Framed.of(arena, Values.NORMAL.rows(new Random(3), 1, n), n).view());
                Optional<Matrix> residual = Optional.of(Framed.of(arena, Values.NORMAL.rows(new Random(4), m, n), n).view());
                Matrix large = Matrix.allocate(arena, m, n);
                Framed small = Framed.zeros(arena, m, n);
                few.linear(x, w, bias, Activation.RELU, residual, large);
                many.linear(x, w, bias, Activation.RELU, residual, small.view());
                Expected.checkBits(m + " x " + k + " x " + n, large, small.view());
                small.assertFrameUntouched(m + " x " + k + " x " + n);
            }
        }
    }

    /** Enough columns that all rows take large tiles, and a part of them small ones. */
    void tilesOfBothSizesGiveTheSameBits(TierUnderTest tier, int multiprocessors) {
        int k = 300;
        int n = 64 * Math.ceilDiv(multiprocessors, 3);
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            Matrix x = Framed.of(arena, Values.NORMAL.rows(new Random(1), 130, k), k).view();
            PanelMatrix w = LinearCases.pack(arena, DType.BF16, Values.NORMAL.bf16Rows(new Random(2), n, k));
            Matrix all = Matrix.allocate(arena, 130, n);
            kernels.linear(x, w, all);
            for (int count : new int[] {1, 16, 17, 33}) {
                Matrix some = Matrix.allocate(arena, count, n);
                kernels.linear(x.rows(97, count), w, some);
                Expected.checkBits(count + " rows", all.rows(97, count), some);
            }
        }
    }

    /** What is fused for up to 16 rows gives what one after the other gives, for every number of rows. */
    @ParameterizedTest
    @MethodSource(CUDA)
    void normAndSwigluInsideAProductGiveTheBitsOfOneAfterTheOther(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            for (int k : new int[] {48, 272}) {
                Matrix x = Framed.of(arena, Values.NORMAL.rows(new Random(1), 17, k), k).view();
                Matrix gateUp = Framed.of(arena, Values.NORMAL.rows(new Random(3), 17, 2 * k), 2 * k).view();
                Matrix weight = Framed.of(arena, Values.NORMAL.rows(new Random(4), 1, k), k).view();
                Matrix residual = Framed.of(arena, Values.NORMAL.rows(new Random(5), 17, 40), 40).view();
                PanelMatrix w = LinearCases.pack(arena, DType.BF16, Values.NORMAL.bf16Rows(new Random(2), 40, k));
                for (int count : new int[] {1, 11, 17}) {
                    Matrix scratch = Matrix.allocate(arena, count, k);
                    Matrix expected = Matrix.allocate(arena, count, 40);
                    Matrix actual = Matrix.allocate(arena, count, 40);
                    kernels.rmsNorm(x.rows(0, count), weight, 1e-6f, scratch);
                    kernels.linear(scratch, w, expected);
                    kernels.rmsNormLinear(x.rows(0, count), weight, 1e-6f, scratch, w, actual);
                    Expected.checkBits("norm, " + count + " rows, K " + k, expected, actual);
                    Optional<Matrix> added = Optional.of(residual.rows(0, count));
                    kernels.swiglu(gateUp.rows(0, count), scratch);
                    kernels.linear(scratch, w, Optional.empty(), Activation.NONE, added, expected);
                    kernels.swigluLinear(gateUp.rows(0, count), scratch, w, added, actual);
                    Expected.checkBits("swiglu, " + count + " rows, K " + k, expected, actual);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource(CUDA)
    void gathersRowsAndReadsThemWhereTheKernelsWantThem(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = kernels.newArena()) {
            Matrix x = Matrix.allocate(arena, 5, 130);
            for (int r = 0; r < 5; r++) {
                x.set(r, 129, r);
            }
            Matrix out = Matrix.allocate(arena, 3, 130);
            kernels.gather(x, new int[] {4, 0, 4}, out);
            kernels.finish();
            assertEquals(4f, out.get(0, 129));
            assertEquals(0f, out.get(1, 129));
            assertEquals(4f, out.get(2, 129));
        }
    }

    @ParameterizedTest
    @MethodSource(CUDA)
    void refusesHeadsLargerThanItsKernels(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            Matrix q = Matrix.allocate(arena, 1, 129);
            Matrix out = Matrix.allocate(arena, 1, 129);
            RowSpans one = RowSpans.ofLengths(1);
            assertThrows(IllegalArgumentException.class, () -> kernels.attention(q, one, q, q, one, 1, 1f, out));
        }
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource(ALL_CUDA)
    void linear(TierUnderTest tier) {
        LinearCasesTest linear = new LinearCasesTest();
        linear.agreesWithFloat64(tier);
        linear.specialValuesStayInTheirRow(tier);
        linear.specialWeightsStayInTheirColumn(tier);
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource(ALL_CUDA)
    void argmaxLinear(TierUnderTest tier) {
        ArgmaxLinearCasesTest argmax = new ArgmaxLinearCasesTest();
        argmax.findsTheLargestLogitAndTheLogSumExpOfAll(tier);
        argmax.breaksTiesByTheLowestId(tier);
        argmax.ignoresThePaddingWhenAllLogitsAreNegative(tier);
        argmax.aNanLogitIsReportedInItsRowOnly(tier);
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource(ALL_CUDA)
    void attention(TierUnderTest tier) {
        new AttentionCasesTest().agreesWithFloat64(tier);
        new CausalAttentionCasesTest().attendsToWhatTheCachesHold(tier);
        new CausalAttentionCasesTest().preparesQueriesAndAppendsKeysAndValues(tier);
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource(ALL_CUDA)
    void batchInvariance(TierUnderTest tier) {
        BatchInvarianceTest invariance = new BatchInvarianceTest();
        invariance.linearRowsDoNotDependOnTheirNeighbours(tier);
        invariance.rowOperationsDoNotDependOnTheirNeighbours(tier);
        invariance.spansDoNotDependOnTheirNeighbours(tier);
        invariance.decodingDoesNotDependOnHowRowsAreCutIntoCalls(tier);
    }
}
