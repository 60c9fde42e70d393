package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.KernelOptions.Tier;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Wrong operands are refused before anything is computed, with the operation and the operand in the message. */
class ArgumentChecksTest {
    private final Arena arena = Arena.ofShared();
    private Kernels kernels;

    @BeforeEach
    void open() {
        kernels = KernelSelector.open(KernelOptions.defaults().withTier(Tier.SCALAR).withThreads(2));
    }

    @AfterEach
    void close() {
        kernels.close();
        arena.close();
    }

    @Test
    void linearRefusesShapesThatDoNotFit() {
        PanelMatrix w = weights(6, 5);
        refused("linear: x is [3, 4]", () -> kernels.linear(m(3, 4), w, m(3, 6)));
        refused("linear: out is [2, 6]", () -> kernels.linear(m(3, 5), w, m(2, 6)));
        refused("linear: bias is [1, 5]", () -> linear(m(3, 5), w, m(1, 5), m(3, 6), m(3, 6)));
        refused("linear: residual is [3, 5]", () -> linear(m(3, 5), w, m(1, 6), m(3, 5), m(3, 6)));
    }

    @Test
    void linearRefusesAnOutputThatOverlapsAnInput() {
        PanelMatrix w = weights(6, 6);
        Matrix x = m(3, 6);
        refused("linear: out overlaps x", () -> kernels.linear(x, w, x));
        Matrix wide = m(3, 12);
        assertDoesNotThrow(() -> kernels.linear(wide.columns(0, 6), w, wide.columns(6, 6)));
        refused("linear: out overlaps x", () -> kernels.linear(wide.columns(0, 6), w, wide.columns(5, 6)));
        Matrix out = m(4, 6);
        assertDoesNotThrow(() -> linear(m(3, 6), w, m(1, 6), out.rows(0, 3), out.rows(0, 3)));
        refused("without being the same view", () -> linear(m(3, 6), w, m(1, 6), out.rows(1, 3), out.rows(0, 3)));
        Matrix inWeights = new Matrix(w.panels(), 3, 6, 6);
        refused("linear: out overlaps w", () -> kernels.linear(m(3, 6), w, inWeights));
    }

    @Test
    void pairsOfOperationsRefuseOperandsThatDoNotFitOrOverlap() {
        Optional<Matrix> none = Optional.empty();
        PanelMatrix w1 = weights(6, 5);
        PanelMatrix w2 = weights(4, 6);
        assertDoesNotThrow(() -> kernels.feedForward(m(3, 5), w1, none, w2, none, none, m(3, 6), m(3, 4)));
        refused("feedForward: w1 has 6 rows", () -> kernels.feedForward(m(3, 5), w1, none, w1, none, none, m(3, 6), m(3, 6)));
        refused("feedForward: hidden is [3, 5]", () -> kernels.feedForward(m(3, 5), w1, none, w2, none, none, m(3, 5), m(3, 4)));
        refused("feedForward: bias2 is [1, 6]",
                () -> kernels.feedForward(m(3, 5), w1, none, w2, Optional.of(m(1, 6)), none, m(3, 6), m(3, 4)));
        Matrix x = m(3, 6);
        Matrix hidden = m(3, 6);
        refused("feedForward: hidden overlaps x",
                () -> kernels.feedForward(x, weights(6, 6), none, w2, none, none, x, m(3, 4)));
        refused("feedForward: out overlaps hidden",
                () -> kernels.feedForward(x, weights(6, 6), none, w2, none, none, hidden, hidden.columns(0, 4)));
        refused("rmsNormLinear: normed overlaps w",
                () -> kernels.rmsNormLinear(x, m(1, 6), 1e-6f, new Matrix(w2.panels(), 3, 6, 6), w2, m(3, 4)));
        LayerNormed rows = new LayerNormed(x, m(1, 6), m(1, 6), 1e-5f, m(3, 6));
        assertDoesNotThrow(() -> kernels.layerNormLinear(rows, w2, none, m(3, 4)));
        refused("layerNormLinear: weight is [1, 5]",
                () -> kernels.layerNormLinear(new LayerNormed(x, m(1, 5), m(1, 6), 1e-5f, m(3, 6)), w2, none, m(3, 4)));
        refused("layerNormLinear: normed overlaps x",
                () -> kernels.layerNormLinear(new LayerNormed(x, m(1, 6), m(1, 6), 1e-5f, x), w2, none, m(3, 4)));
        refused("layerNormLinear: bias of w is [1, 6]", () -> kernels.layerNormLinear(rows, w2, Optional.of(m(1, 6)), m(3, 4)));
        refused("layerNormLinear: out overlaps x", () -> kernels.layerNormLinear(rows, w2, none, x.columns(0, 4)));
        PanelMatrix square = weights(6, 6);
        assertDoesNotThrow(() -> kernels.layerNormFeedForward(rows, square, none, square, none, Optional.of(x), m(3, 6), x));
        refused("layerNormFeedForward: hidden overlaps normed",
                () -> kernels.layerNormFeedForward(rows, square, none, square, none, none, rows.normed(), m(3, 6)));
        refused("layerNormFeedForward: out overlaps normed",
                () -> kernels.layerNormFeedForward(rows, square, none, square, none, none, m(3, 6), rows.normed()));
        Matrix rowsOfX = m(4, 6);
        refused("layerNormFeedForward: out overlaps x", () -> kernels.layerNormFeedForward(
                new LayerNormed(rowsOfX.rows(0, 3), m(1, 6), m(1, 6), 1e-5f, m(3, 6)), square, none, square, none, none, m(3, 6), rowsOfX.rows(1, 3)));
        refused("swigluLinear: hidden overlaps w",
                () -> kernels.swigluLinear(m(3, 12), new Matrix(w2.panels(), 3, 6, 6), w2, none, m(3, 4)));
        PanelMatrix gateUp = weights(12, 6);
        assertDoesNotThrow(() -> kernels.rmsNormSwigluFeedForward(x, m(1, 6), 1e-6f, m(3, 6), gateUp, m(3, 12), m(3, 6), square, Optional.of(x), x));
        refused("rmsNormSwigluFeedForward: gateUp has 6 rows, down takes 6: it must have twice as many",
                () -> kernels.rmsNormSwigluFeedForward(x, m(1, 6), 1e-6f, m(3, 6), square, m(3, 12), m(3, 6), square, none, m(3, 6)));
        refused("rmsNormSwigluFeedForward: gated overlaps x", () -> kernels.rmsNormSwigluFeedForward(rowsOfX.rows(0, 1), m(1, 6), 1e-6f, m(1, 6),
                gateUp, new Matrix(rowsOfX.data(), 1, 12, 12), m(1, 6), square, none, m(1, 6)));
        Matrix scratch = m(3, 6);
        refused("rmsNormSwigluFeedForward: out overlaps hidden", () -> kernels.rmsNormSwigluFeedForward(x, m(1, 6), 1e-6f, m(3, 6), gateUp, m(3, 12),
                scratch, square, none, scratch));
    }

    @Test
    void refusesHeapReadOnlyConfinedClosedAndMisalignedMemory() {
        PanelMatrix w = weights(6, 6);
        Matrix heap = new Matrix(MemorySegment.ofArray(new float[18]), 3, 6, 6);
        refused("linear: x is not native memory", () -> kernels.linear(heap, w, m(3, 6)));
        Matrix readOnly = new Matrix(m(3, 6).data().asReadOnly(), 3, 6, 16);
        refused("linear: out is read-only memory", () -> kernels.linear(m(3, 6), w, readOnly));
        assertDoesNotThrow(() -> kernels.linear(readOnly, w, m(3, 6)));
        try (Arena confined = Arena.ofConfined()) {
            refused("confined arena", () -> kernels.linear(Matrix.allocate(confined, 3, 6), w, m(3, 6)));
        }
        Arena shortLived = Arena.ofShared();
        Matrix closed = Matrix.allocate(shortLived, 3, 6);
        shortLived.close();
        refused("has been closed", () -> kernels.linear(closed, w, m(3, 6)));
        Matrix misaligned = new Matrix(arena.allocate(256, 64).asSlice(2), 3, 6, 6);
        refused("not aligned to 4 bytes", () -> kernels.linear(misaligned, w, m(3, 6)));
    }

    /** All weights 127 and all values alike: one column more than this, and the sum would be negative. */
    @Test
    void productsRefuseInt8RowsWhoseSumsDoNotFit32Bits() {
        PanelMatrix most = PanelPacker.pack(arena, new PanelLayout(DType.INT8, 1, 131_072), (row, values) -> Arrays.fill(values, 1));
        PanelMatrix more = PanelPacker.pack(arena, new PanelLayout(DType.INT8, 1, 134_000), (row, values) -> Arrays.fill(values, 1));
        Matrix x = m(1, 134_000);
        float[] ones = new float[134_000];
        Arrays.fill(ones, 1);
        x.setRow(0, ones);
        Matrix out = m(1, 1);
        kernels.linear(x.columns(0, 131_072), most, out);
        assertEquals(131_072, out.get(0, 0), 131);
        refused("linear: w has 134000 columns of int8", () -> kernels.linear(x, more, out));
        refused("131072", () -> kernels.argmaxLinear(x, more, Optional.empty(), new TopToken[1]));
    }

    @Test
    void argmaxRefusesTooFewEntries() {
        refused("argmaxLinear: top takes 2 entries for 3 rows",
                () -> kernels.argmaxLinear(m(3, 5), weights(6, 5), Optional.empty(), new TopToken[2]));
    }

    @Test
    void normsRefuseWeightsOfAnotherWidth() {
        refused("layerNorm: weight is [1, 4]", () -> kernels.layerNorm(m(2, 5), m(1, 4), m(1, 5), 1e-5f, m(2, 5)));
        refused("layerNorm: bias is [2, 5]", () -> kernels.layerNorm(m(2, 5), m(1, 5), m(2, 5), 1e-5f, m(2, 5)));
        refused("rmsNorm: weight is [1, 6]", () -> kernels.rmsNorm(m(2, 5), m(1, 6), 1e-5f, m(2, 5)));
        Matrix x = m(4, 5);
        refused("rmsNorm: out overlaps x", () -> kernels.rmsNorm(x.rows(0, 3), m(1, 5), 1e-5f, x.rows(1, 3)));
    }

    @Test
    void attentionRefusesSpansAndHeadsThatDoNotFit() {
        RowSpans three = RowSpans.ofLengths(3);
        refused("attention: 6 columns do not divide into 4 heads",
                () -> kernels.attention(m(3, 6), three, m(3, 6), m(3, 6), three, 4, 1, m(3, 6)));
        refused("attention: there are 1 query spans but 2 key spans",
                () -> kernels.attention(m(3, 6), three, m(3, 6), m(3, 6), RowSpans.ofLengths(1, 2), 2, 1, m(3, 6)));
        refused("attention: q is [4, 6]", () -> kernels.attention(m(4, 6), three, m(3, 6), m(3, 6), three, 2, 1, m(4, 6)));
        refused("attention: span 1 has 2 queries but no key",
                () -> kernels.attention(m(3, 6), RowSpans.ofLengths(1, 2), m(3, 6), m(3, 6), RowSpans.ofLengths(3, 0), 2, 1, m(3, 6)));
        Matrix q = m(3, 6);
        refused("attention: out overlaps q", () -> kernels.attention(q, three, m(3, 6), m(3, 6), three, 2, 1, q));
    }

    @Test
    void fsmnRefusesAKernelThatDoesNotFit() {
        RowSpans three = RowSpans.ofLengths(3);
        refused("fsmn: w is [5, 11]", () -> kernels.fsmn(m(3, 6), m(5, 11), 5, three, Optional.empty(), m(3, 6)));
        refused("fsmn: left is 11", () -> kernels.fsmn(m(3, 6), m(6, 11), 11, three, Optional.empty(), m(3, 6)));
        refused("fsmn: left is -1", () -> kernels.fsmn(m(3, 6), m(6, 11), -1, three, Optional.empty(), m(3, 6)));
        refused("fsmn: residual is [2, 6]", () -> kernels.fsmn(m(3, 6), m(6, 11), 5, three, Optional.of(m(2, 6)), m(3, 6)));
    }

    @Test
    void causalOperationsRefuseCachesThatDoNotFit() {
        RowSpans one = RowSpans.ofLengths(1);
        RopeTable rope = RopeTable.compute(arena, 70, 8, 1e4);
        try (KvCache cache = new KvCache(2, 1, 8, 64); KvCache other = new KvCache(2, 2, 8, 64)) {
            KvCache[] caches = {cache};
            refused("causalAttention: there are 1 caches for 2 spans",
                    () -> kernels.causalAttention(m(3, 16), RowSpans.ofLengths(1, 2), RowSpans.ofLengths(1, 2), caches, 0, 2, 1, m(3, 16)));
            refused("causalAttention: layer 2 of a cache of 2 layers",
                    () -> kernels.causalAttention(m(1, 16), one, one, caches, 2, 2, 1, m(1, 16)));
            refused("causalAttention: q is [1, 24]", () -> kernels.causalAttention(m(1, 24), one, one, caches, 0, 2, 1, m(1, 24)));
            refused("3 query heads do not divide among 2",
                    () -> kernels.causalAttention(m(1, 24), one, one, new KvCache[] {other}, 0, 3, 1, m(1, 24)));
            refused("cache 1 has other heads", () -> kernels.causalAttention(m(2, 16), RowSpans.ofLengths(1, 1), RowSpans.ofLengths(1, 1),
                    new KvCache[] {cache, other}, 0, 2, 1, m(2, 16)));
            refused("causalAttention: 2 spans are asked for, there are 1",
                    () -> kernels.causalAttention(m(1, 16), one, RowSpans.ofLengths(1, 0), caches, 0, 2, 1, m(1, 16)));
            refused("causalAttention: 2 rows are asked for of a span of 1",
                    () -> kernels.causalAttention(m(1, 16), one, RowSpans.ofLengths(2), caches, 0, 2, 1, m(1, 16)));
            refused("has no room for 65 more", () -> kernels.qkNormRopeAppend(m(65, 32), m(1, 8), m(1, 8), 1e-6f, rope,
                    RowSpans.ofLengths(65), caches, 0, 2));
            refused("qkNormRopeAppend: qkv is [1, 31]",
                    () -> kernels.qkNormRopeAppend(m(1, 31), m(1, 8), m(1, 8), 1e-6f, rope, one, caches, 0, 2));
            refused("spans 0 and 1 share a cache", () -> kernels.qkNormRopeAppend(m(2, 32), m(1, 8), m(1, 8), 1e-6f, rope,
                    RowSpans.ofLengths(1, 1), new KvCache[] {cache, cache}, 0, 2));
            RopeTable small = RopeTable.compute(arena, 3, 8, 1e4);
            refused("needs 4 positions, the rope table has 3", () -> kernels.qkNormRopeAppend(m(4, 32), m(1, 8), m(1, 8), 1e-6f,
                    small, RowSpans.ofLengths(4), caches, 0, 2));
        }
    }

    @Test
    void swigluEmbedAndLogSoftmaxRefuseWrongShapes() {
        refused("swiglu: gateUp has 7 columns, out 3", () -> kernels.swiglu(m(1, 7), m(1, 3)));
        refused("swiglu: out is [2, 3]", () -> kernels.swiglu(m(1, 6), m(2, 3)));
        refused("embed: id 6 is not in the table of 6 rows", () -> kernels.embed(weights(6, 5), new int[] {6}, m(1, 5)));
        refused("embed: id -1", () -> kernels.embed(weights(6, 5), new int[] {-1}, m(1, 5)));
        refused("embed: out is [2, 5]", () -> kernels.embed(weights(6, 5), new int[] {1}, m(2, 5)));
        refused("logSoftmax: out is [2, 4]", () -> kernels.logSoftmax(m(2, 5), m(2, 4)));
    }

    @Test
    void nothingToDoIsNoError() {
        RowSpans none = RowSpans.ofLengths(0);
        kernels.linear(m(0, 5), weights(6, 5), m(0, 6));
        kernels.argmaxLinear(m(0, 5), weights(6, 5), Optional.empty(), new TopToken[0]);
        kernels.layerNorm(m(0, 5), m(1, 5), m(1, 5), 1e-5f, m(0, 5));
        kernels.attention(m(0, 6), none, m(0, 6), m(0, 6), none, 2, 1, m(0, 6));
        kernels.fsmn(m(0, 6), m(6, 3), 1, none, Optional.empty(), m(0, 6));
        kernels.causalAttention(m(0, 6), RowSpans.ofLengths(), RowSpans.ofLengths(), new KvCache[0], 0, 2, 1, m(0, 6));
        kernels.embed(weights(6, 5), new int[0], m(0, 5));
    }

    private void linear(Matrix x, PanelMatrix w, Matrix bias, Matrix residual, Matrix out) {
        kernels.linear(x, w, Optional.of(bias), Activation.NONE, Optional.of(residual), out);
    }

    private static void refused(String message, Executable call) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().contains(message), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    private Matrix m(int rows, int cols) {
        return Matrix.allocate(arena, rows, cols);
    }

    private PanelMatrix weights(int n, int k) {
        return PanelPacker.pack(arena, new PanelLayout(DType.F32, n, k), (row, values) -> values[0] = row);
    }
}
