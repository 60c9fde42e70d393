package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.funasrjava.kernels.cases.Expected;
import io.github.funasrjava.kernels.cases.LinearCases;
import io.github.funasrjava.kernels.cases.Tiers.TierUnderTest;
import io.github.funasrjava.kernels.cases.Values;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A row's result is the same, bit for bit, alone and among others, and whatever the number of threads. */
class BatchInvarianceTest {
    private static final String TIERS = "io.github.funasrjava.kernels.cases.Tiers#all";
    private static final String THREADED = "io.github.funasrjava.kernels.cases.Tiers#threaded";
    private static final int ROWS = 40;
    /** More than any operand here has heads. */
    private static final int MANY_THREADS = 7;

    @ParameterizedTest
    @MethodSource(TIERS)
    void linearRowsDoNotDependOnTheirNeighbours(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            for (DType dtype : DType.values()) {
                for (int k : new int[] {96, 560, 1100}) {
                    PanelMatrix w = LinearCases.pack(arena, dtype, Values.NORMAL.bf16Rows(new Random(k), 300, k));
                    Matrix x = matrix(arena, ROWS, k, 1);
                    Matrix all = Matrix.allocate(arena, ROWS, 300);
                    kernels.linear(x, w, all);
                    TopToken[] allTop = new TopToken[ROWS];
                    kernels.argmaxLinear(x, w, Optional.empty(), allTop);
                    for (int count : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 16, 17, 31, 33}) {
                        for (int from : new int[] {0, 3, ROWS - count}) {
                            Matrix some = Matrix.allocate(arena, count, 300);
                            kernels.linear(x.rows(from, count), w, some);
                            Expected.checkBits(dtype + " k " + k + ", " + count + " rows", all.rows(from, count), some);
                            TopToken[] top = new TopToken[count];
                            kernels.argmaxLinear(x.rows(from, count), w, Optional.empty(), top);
                            for (int i = 0; i < count; i++) {
                                assertEquals(allTop[from + i], top[i]);
                            }
                        }
                    }
                }
            }
        }
    }

    /** A row alone may go another way than many rows, and denormals, zeros, overflow and cancellation are where ways part. */
    @ParameterizedTest
    @MethodSource(TIERS)
    void oneRowAloneHasTheBitsItHasAmongOthersForValuesOfAllMagnitudes(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            for (Values values : Values.values()) {
                for (Values weights : new Values[] {Values.NORMAL, Values.MIXED, Values.DENORMAL}) {
                    for (int k : new int[] {5, 64, 200}) {
                        Random random = new Random(k);
                        PanelMatrix w = LinearCases.pack(arena, DType.BF16, weights.bf16Rows(random, 70, k));
                        Matrix x = Matrix.allocate(arena, ROWS, k);
                        float[][] rows = values.rows(random, ROWS, k);
                        for (int r = 0; r < ROWS; r++) {
                            for (int c = 0; c < k; c++) {
                                x.set(r, c, rows[r][c]);
                            }
                        }
                        Matrix bias = matrix(arena, 1, 70, 11);
                        Matrix all = Matrix.allocate(arena, ROWS, 70);
                        kernels.linear(x, w, Optional.of(bias), Activation.NONE, Optional.empty(), all);
                        for (int r = 0; r < ROWS; r++) {
                            Matrix one = Matrix.allocate(arena, 1, 70);
                            kernels.linear(x.rows(r, 1), w, Optional.of(bias), Activation.NONE, Optional.empty(), one);
                            Expected.checkBits(values + " by " + weights + ", k " + k + ", row " + r, all.rows(r, 1), one);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource(TIERS)
    void rowOperationsDoNotDependOnTheirNeighbours(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            int n = 130;
            Matrix weight = matrix(arena, 1, n, 2);
            Matrix bias = matrix(arena, 1, n, 3);
            checkRows(arena, n, n, (x, out) -> kernels.layerNorm(x, weight, bias, 1e-5f, out));
            checkRows(arena, n, n, (x, out) -> kernels.rmsNorm(x, weight, 1e-5f, out));
            checkRows(arena, n, n, kernels::logSoftmax);
            checkRows(arena, 2 * n, n, kernels::swiglu);
        }
    }

    private static void checkRows(Arena arena, int colsIn, int colsOut, BiConsumer<Matrix, Matrix> operation) {
        Matrix x = matrix(arena, ROWS, colsIn, 4);
        Matrix all = Matrix.allocate(arena, ROWS, colsOut);
        operation.accept(x, all);
        for (int count : new int[] {1, 2, 7, 17}) {
            Matrix some = Matrix.allocate(arena, count, colsOut);
            operation.accept(x.rows(5, count), some);
            Expected.checkBits(count + " rows", all.rows(5, count), some);
        }
    }

    @ParameterizedTest
    @MethodSource(TIERS)
    void spansDoNotDependOnTheirNeighbours(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            int heads = 2;
            int cols = heads * 40;
            int[] lengths = {1, 33, 0, 12, 50};
            RowSpans spans = RowSpans.ofLengths(lengths);
            int rows = spans.totalRows();
            Matrix q = matrix(arena, rows, cols, 5);
            Matrix k = matrix(arena, rows, cols, 6);
            Matrix v = matrix(arena, rows, cols, 7);
            Matrix w = matrix(arena, cols, 11, 8);
            Matrix attended = Matrix.allocate(arena, rows, cols);
            Matrix filtered = Matrix.allocate(arena, rows, cols);
            kernels.attention(q, spans, k, v, spans, heads, 0.15f, attended);
            kernels.fsmn(v, w, 5, spans, Optional.of(q), filtered);
            for (int s = 0; s < lengths.length; s++) {
                RowSpans alone = RowSpans.ofLengths(lengths[s]);
                Matrix some = Matrix.allocate(arena, lengths[s], cols);
                int start = spans.start(s);
                kernels.attention(q.rows(start, lengths[s]), alone, k.rows(start, lengths[s]), v.rows(start, lengths[s]), alone,
                        heads, 0.15f, some);
                Expected.checkBits("attention of span " + s, attended.rows(start, lengths[s]), some);
                kernels.fsmn(v.rows(start, lengths[s]), w, 5, alone, Optional.of(q.rows(start, lengths[s])), some);
                Expected.checkBits("fsmn of span " + s, filtered.rows(start, lengths[s]), some);
            }
            // One query row at a time against the same keys.
            for (int row = spans.start(4); row < rows; row++) {
                Matrix one = Matrix.allocate(arena, 1, cols);
                kernels.attention(q.rows(row, 1), RowSpans.ofLengths(1), k.rows(spans.start(4), 50), v.rows(spans.start(4), 50),
                        RowSpans.ofLengths(50), heads, 0.15f, one);
                Expected.checkBits("attention of row " + row, attended.rows(row, 1), one);
            }
        }
    }

    /** The decoder sees the same bits whether tokens come one by one, in runs, or in one prefill beside another sequence. */
    @ParameterizedTest
    @MethodSource(TIERS)
    void decodingDoesNotDependOnHowRowsAreCutIntoCalls(TierUnderTest tier) {
        try (Kernels kernels = tier.open(); Arena arena = Arena.ofShared()) {
            int total = 70;
            int otherRows = 9;
            int cols = (4 + 2 * 2) * 48;
            Matrix qkv = matrix(arena, total + otherRows, cols, 9);
            Matrix whole = decode(kernels, arena, qkv, RowSpans.ofLengths(total, otherRows), total);
            for (int step : new int[] {1, 2, 5, 16, 33, 69}) {
                Matrix out = Matrix.allocate(arena, total, 4 * 48);
                try (KvCache cache = new KvCache(1, 2, 48, 8)) {
                    for (int from = 0; from < total; from += step) {
                        int count = Math.min(step, total - from);
                        Matrix part = copy(arena, qkv.rows(from, count));
                        cache.reserve(from + count);
                        forward(kernels, arena, part, RowSpans.ofLengths(count), RowSpans.ofLengths(count), new KvCache[] {cache},
                                out.rows(from, count));
                        cache.advanceTo(from + count);
                    }
                }
                Expected.checkBits("steps of " + step, whole, out);
            }
        }
    }

    /** The inside of a prompt gets the same bits in one call beside another sequence, in pieces, and on many threads. */
    @ParameterizedTest
    @MethodSource(THREADED)
    void promptsDoNotDependOnHowTheyAreCutIntoCalls(TierUnderTest tier) {
        int total = 200;
        int otherRows = 75;
        int asked = 3;
        try (Kernels kernels = tier.open(); Kernels one = tier.withThreads(1).open(); Kernels many = tier.withThreads(MANY_THREADS).open();
                Arena arena = Arena.ofShared()) {
            Matrix qkv = matrix(arena, total + otherRows, (4 + 2 * 2) * 48, 9);
            RowSpans spans = RowSpans.ofLengths(total, otherRows);
            Matrix whole = decode(one, arena, qkv, spans, RowSpans.ofLengths(asked, 1), total);
            Expected.checkBits("many threads", whole, decode(many, arena, qkv, spans, RowSpans.ofLengths(asked, 1), total));
            Expected.checkBits("threads", whole, decode(kernels, arena, qkv, spans, RowSpans.ofLengths(asked, 1), total));
            for (int step : new int[] {1, 31, 32, 64, 65, 130, total - asked}) {
                Matrix out = Matrix.allocate(arena, total, 4 * 48);
                try (KvCache cache = new KvCache(1, 2, 48, 8)) {
                    for (int from = 0; from < total;) {
                        int count = Math.min(step, total - from);
                        RowSpans rows = RowSpans.ofLengths(count);
                        RowSpans wanted = RowSpans.ofLengths(Math.min(count, Math.max(0, from + count - (total - asked))));
                        cache.reserve(from + count);
                        forward(kernels, arena, copy(arena, qkv.rows(from, count)), rows, wanted, new KvCache[] {cache},
                                out.rows(from, count));
                        from += count;
                        cache.advanceTo(from);
                    }
                }
                Expected.checkBits("pieces of " + step, whole, out);
            }
        }
    }

    private static Matrix decode(Kernels kernels, Arena arena, Matrix qkv, RowSpans spans, int wanted) {
        return decode(kernels, arena, qkv, spans, spans, wanted);
    }

    private static Matrix decode(Kernels kernels, Arena arena, Matrix qkv, RowSpans spans, RowSpans asked, int wanted) {
        try (KvCache first = new KvCache(1, 2, 48, spans.length(0)); KvCache second = new KvCache(1, 2, 48, spans.length(1))) {
            Matrix out = Matrix.allocate(arena, spans.totalRows(), 4 * 48);
            forward(kernels, arena, copy(arena, qkv), spans, asked, new KvCache[] {first, second}, out);
            return out.rows(0, wanted);
        }
    }

    private static void forward(Kernels kernels, Arena arena, Matrix qkv, RowSpans spans, RowSpans asked, KvCache[] caches,
            Matrix out) {
        RopeTable rope = RopeTable.compute(arena, 200, 48, 1e6);
        Matrix norm = matrix(arena, 1, 48, 10);
        kernels.qkNormRopeAppend(qkv, norm, norm, 1e-6f, rope, spans, caches, 0, 4);
        kernels.causalAttention(qkv.columns(0, 4 * 48), spans, asked, caches, 0, 4, 0.14f, out);
    }

    /** Every operation at once, on one thread and on several. */
    @ParameterizedTest
    @MethodSource(THREADED)
    void resultsDoNotDependOnTheNumberOfThreads(TierUnderTest tier) {
        compareThreads(tier.withThreads(1), tier);
    }

    /** More threads than heads, and than there are cores: a head is cut into parts. */
    @ParameterizedTest
    @MethodSource(THREADED)
    void resultsDoNotDependOnManyThreads(TierUnderTest tier) {
        compareThreads(tier.withThreads(1), tier.withThreads(MANY_THREADS));
    }

    private static void compareThreads(TierUnderTest single, TierUnderTest several) {
        try (Kernels many = several.open(); Kernels one = single.open(); Arena arena = Arena.ofShared()) {
            RowSpans spans = RowSpans.ofLengths(30, 1, 52);
            Matrix x = matrix(arena, spans.totalRows(), 320, 11);
            for (DType dtype : DType.values()) {
                PanelMatrix w = LinearCases.pack(arena, dtype, Values.NORMAL.bf16Rows(new Random(1), 320, 320));
                compare(arena, x, one, many, (kernels, out) -> kernels.linear(x, w, out));
                compare(arena, x.rows(0, 1), one, many, (kernels, out) -> kernels.linear(x.rows(0, 1), w, out));
            }
            compare(arena, x, one, many, (kernels, out) -> kernels.attention(x, spans, x, x, spans, 5, 0.1f, out));
            Matrix longer = matrix(arena, 300, 48, 14);
            RowSpans whole = RowSpans.ofLengths(300);
            compare(arena, longer, one, many, (kernels, out) -> kernels.attention(longer, whole, longer, longer, whole, 1, 0.1f, out));
            PanelMatrix gateUp = LinearCases.pack(arena, DType.BF16, Values.NORMAL.bf16Rows(new Random(2), 640, 320));
            PanelMatrix down = LinearCases.pack(arena, DType.BF16, Values.NORMAL.bf16Rows(new Random(3), 320, 320));
            Matrix residual = matrix(arena, x.rows(), 320, 15);
            compare(arena, x, one, many, (kernels, out) -> kernels.rmsNormSwigluFeedForward(x, x.rows(0, 1), 1e-5f,
                    Matrix.allocate(arena, x.rows(), 320), gateUp, Matrix.allocate(arena, x.rows(), 640),
                    Matrix.allocate(arena, x.rows(), 320), down, Optional.of(residual), out));
            Matrix filter = matrix(arena, 320, 11, 12);
            compare(arena, x, one, many, (kernels, out) -> kernels.fsmn(x, filter, 5, spans, Optional.empty(), out));
            compare(arena, x, one, many, (kernels, out) -> kernels.rmsNorm(x, x.rows(0, 1), 1e-5f, out));
            compare(arena, x, one, many, (kernels, out) -> {
                try (KvCache a = new KvCache(1, 1, 64, 30); KvCache b = new KvCache(1, 1, 64, 1); KvCache c = new KvCache(1, 1, 64, 52)) {
                    KvCache[] caches = {a, b, c};
                    Matrix qkv = copy(arena, x);
                    Matrix norm = x.rows(0, 1).columns(0, 64);
                    kernels.qkNormRopeAppend(qkv, norm, norm, 1e-6f, RopeTable.compute(arena, 60, 64, 1e6), spans, caches, 0, 3);
                    for (int r = 0; r < qkv.rows(); r++) {
                        out.copyRow(r, qkv, r);
                    }
                    kernels.causalAttention(qkv.columns(0, 192), spans, spans, caches, 0, 3, 0.1f, out.columns(0, 192));
                }
            });
        }
    }

    private static void compare(Arena arena, Matrix shape, Kernels one, Kernels many, BiConsumer<Kernels, Matrix> operation) {
        Matrix expected = Matrix.allocate(arena, shape.rows(), shape.cols());
        Matrix actual = Matrix.allocate(arena, shape.rows(), shape.cols());
        operation.accept(one, expected);
        operation.accept(many, actual);
        Expected.checkBits("threads", expected, actual);
    }

    private static Matrix matrix(Arena arena, int rows, int cols, long seed) {
        Matrix m = Matrix.allocate(arena, rows, cols);
        float[][] values = Values.NORMAL.rows(new Random(seed), rows, cols);
        for (int r = 0; r < rows; r++) {
            m.setRow(r, values[r]);
        }
        return m;
    }

    private static Matrix copy(Arena arena, Matrix source) {
        Matrix copy = Matrix.allocate(arena, source.rows(), source.cols());
        for (int r = 0; r < source.rows(); r++) {
            copy.copyRow(r, source, r);
        }
        return copy;
    }
}
