package io.github.funasrjava.kernels.cases;

import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Cases of full attention, causal attention, query/key preparation and FSMN: spans and head sizes around block edges. */
public final class AttentionCases {
    private AttentionCases() {}

    /** One case of full attention. */
    public record FullCase(int heads, int headDim, int[] queries, int[] keys, Values values) {
        @Override
        public String toString() {
            return "heads " + heads + " x " + headDim + ", queries " + List.of(RowSpans.ofLengths(queries)) + ", keys "
                    + List.of(RowSpans.ofLengths(keys)) + ", " + values;
        }
    }

    /** One case of causal attention: what each cache holds already and how many rows are added. */
    public record CausalCase(int heads, int kvHeads, int headDim, int[] past, int[] rows, Values values) {
        @Override
        public String toString() {
            return "heads " + heads + "/" + kvHeads + " x " + headDim + ", past " + List.of(RowSpans.ofLengths(past)) + ", rows "
                    + List.of(RowSpans.ofLengths(rows)) + ", " + values;
        }
    }

    /** The table of full attention. */
    public static List<FullCase> full() {
        return List.of(
                same(1, 1, Values.NORMAL, 1),
                same(2, 8, Values.NORMAL, 1, 2, 3),
                same(4, 16, Values.ZEROS, 11, 0, 12, 13),
                same(1, 32, Values.NORMAL, 31),
                same(1, 32, Values.DENORMAL, 32),
                same(1, 33, Values.NORMAL, 33),
                same(3, 20, Values.MIXED, 15, 16, 17),
                same(4, 128, Values.NORMAL, 63, 64, 65),
                same(8, 64, Values.NORMAL, 83),
                same(2, 128, Values.NORMAL, 167),
                same(1, 48, Values.NORMAL, 200),
                same(1, 17, Values.NORMAL, 257, 5),
                new FullCase(2, 48, new int[] {1, 7, 0, 30}, new int[] {40, 1, 3, 96}, Values.NORMAL),
                new FullCase(1, 16, new int[] {25}, new int[] {513}, Values.LARGE));
    }

    private static FullCase same(int heads, int headDim, Values values, int... lengths) {
        return new FullCase(heads, headDim, lengths, lengths, values);
    }

    /** The table of causal attention. */
    public static List<CausalCase> causal() {
        return List.of(
                new CausalCase(1, 1, 2, new int[] {0}, new int[] {1}, Values.NORMAL),
                new CausalCase(2, 1, 16, new int[] {0}, new int[] {5}, Values.NORMAL),
                new CausalCase(4, 2, 32, new int[] {3, 0}, new int[] {1, 2}, Values.ZEROS),
                new CausalCase(2, 2, 18, new int[] {31, 32, 33}, new int[] {1, 1, 1}, Values.NORMAL),
                new CausalCase(6, 2, 64, new int[] {30}, new int[] {16}, Values.NORMAL),
                new CausalCase(4, 1, 32, new int[] {0, 5, 63}, new int[] {33, 0, 2}, Values.DENORMAL),
                new CausalCase(16, 8, 128, new int[] {60}, new int[] {1}, Values.NORMAL),
                new CausalCase(8, 4, 32, new int[] {20, 0}, new int[] {19, 30}, Values.NORMAL),
                new CausalCase(4, 2, 128, new int[] {0}, new int[] {67}, Values.NORMAL),
                new CausalCase(3, 1, 40, new int[] {31, 32, 1}, new int[] {33, 32, 31}, Values.NORMAL),
                new CausalCase(2, 1, 96, new int[] {17, 0}, new int[] {130, 65}, Values.MIXED),
                new CausalCase(2, 2, 64, new int[] {0}, new int[] {193}, Values.NORMAL),
                new CausalCase(2, 1, 48, new int[] {5}, new int[] {200}, Values.NORMAL),
                new CausalCase(4, 2, 128, new int[] {100, 20}, new int[] {12, 13}, Values.MIXED),
                new CausalCase(2, 1, 16, new int[] {300}, new int[] {3}, Values.LARGE));
    }

    /** Full attention in f64; {@code splitError} is the relative error of a product where operands are split into terms. */
    public static Expected attention(Matrix q, RowSpans querySpans, Matrix k, Matrix v, RowSpans keySpans, int heads, float scale,
            double splitError) {
        Expected expected = new Expected(q.rows(), q.cols());
        int d = q.cols() / heads;
        for (int s = 0; s < querySpans.count(); s++) {
            int firstKey = keySpans.start(s);
            for (int row = querySpans.start(s); row < querySpans.start(s + 1); row++) {
                for (int h = 0; h < heads; h++) {
                    int column = h * d;
                    head(expected, q, row, column, d, scale, splitError, keySpans.length(s),
                            (j, c) -> k.get(firstKey + j, column + c), (j, c) -> v.get(firstKey + j, column + c));
                }
            }
        }
        return expected;
    }

    /**
     * Causal attention in f64 against what the caches hold; {@code splitError} as above, of rows that are not among the
     * last ones asked for.
     */
    public static Expected causalAttention(Matrix q, RowSpans spans, RowSpans asked, KvCache[] caches, int layer, int heads,
            float scale, double splitError) {
        Expected expected = new Expected(q.rows(), q.cols());
        for (int s = 0; s < spans.count(); s++) {
            for (int i = 0; i < spans.length(s); i++) {
                double error = i < spans.length(s) - asked.length(s) ? splitError : 0;
                for (int h = 0; h < heads; h++) {
                    int kvHead = h / (heads / caches[s].kvHeads());
                    int d = caches[s].headDim();
                    PanelMatrix keys = caches[s].keys(layer, kvHead);
                    PanelMatrix values = caches[s].values(layer, kvHead);
                    head(expected, q, spans.start(s) + i, h * d, d, scale, error, caches[s].length() + i + 1,
                            (j, c) -> key(keys, j, c), (j, c) -> value(values, j, c));
                }
            }
        }
        return expected;
    }

    /** Element of a key in the cache. */
    public static float key(PanelMatrix keys, int position, int c) {
        return keys.panels().get(ValueLayout.JAVA_FLOAT, keys.layout().offset(position, c));
    }

    /** Element of a value in the cache. */
    public static float value(PanelMatrix values, int position, int c) {
        return values.panels().get(ValueLayout.JAVA_FLOAT, values.layout().offset(c, position));
    }

    /** Sets an element of a key and of a value in the cache. */
    public static void set(KvCache cache, int layer, int head, int position, int c, float key, float value) {
        PanelMatrix keys = cache.keys(layer, head);
        PanelMatrix values = cache.values(layer, head);
        keys.panels().set(ValueLayout.JAVA_FLOAT, keys.layout().offset(position, c), key);
        values.panels().set(ValueLayout.JAVA_FLOAT, values.layout().offset(c, position), value);
    }

    @FunctionalInterface
    private interface Element {
        float at(int position, int c);
    }

    private static void head(Expected expected, Matrix q, int row, int column, int d, float scale, double splitError, int n, Element key, Element value) {
        double[] weights = new double[n];
        double scoreError = 0;
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < n; j++) {
            double dot = 0;
            double magnitude = 0;
            for (int c = 0; c < d; c++) {
                double product = (double) q.get(row, column + c) * key.at(j, c);
                dot += product;
                magnitude += Math.abs(product);
            }
            weights[j] = scale * dot;
            max = Math.max(max, weights[j]);
            scoreError = Math.max(scoreError, ((d + 4) * Expected.ULP + splitError) * scale * magnitude);
        }
        double sum = 0;
        for (int j = 0; j < n; j++) {
            weights[j] = Math.exp(weights[j] - max);
            sum += weights[j];
        }
        // A score that is off by e changes its weight by a factor exp(e), and the sum by as much.
        double relative = Math.expm1(Math.min(700, 2 * scoreError)) + (2 * n + 16) * Expected.ULP + splitError;
        for (int c = 0; c < d; c++) {
            double out = 0;
            double magnitude = 0;
            double largest = 0;
            for (int j = 0; j < n; j++) {
                out += weights[j] / sum * value.at(j, c);
                magnitude += weights[j] / sum * Math.abs(value.at(j, c));
                largest = Math.max(largest, Math.abs(value.at(j, c)));
            }
            expected.set(row, column + c, out, relative * magnitude + n * Expected.FLOOR * (1 + largest));
        }
    }

    /** Norm and rotation of one head in f64, with bounds: element c of the head that begins at the column. */
    public static Expected normAndRotate(Matrix qkv, int row, int column, int d, Matrix norm, float eps, RopeTable rope, int position) {
        Expected expected = new Expected(1, d);
        double inverse = RowCases.inverseRms(qkv, row, column, d, eps);
        int half = d / 2;
        for (int i = 0; i < half; i++) {
            double a = qkv.get(row, column + i) * inverse * norm.get(0, i);
            double b = qkv.get(row, column + half + i) * inverse * norm.get(0, half + i);
            double cos = rope.cos().get(position, i);
            double sin = rope.sin().get(position, i);
            double bound = (RowCases.rmsError(d) + 3 * Expected.ULP) * (Math.abs(a) + Math.abs(b)) + Expected.FLOOR * inverse;
            expected.set(0, i, a * cos - b * sin, bound);
            expected.set(0, half + i, b * cos + a * sin, bound);
        }
        return expected;
    }

    /** FSMN in f64. */
    public static Expected fsmn(Matrix v, Matrix w, int left, RowSpans spans, Matrix residual) {
        Expected expected = new Expected(v.rows(), v.cols());
        for (int s = 0; s < spans.count(); s++) {
            for (int t = 0; t < spans.length(s); t++) {
                int row = spans.start(s) + t;
                for (int c = 0; c < v.cols(); c++) {
                    double sum = v.get(row, c) + (residual == null ? 0 : residual.get(row, c));
                    double magnitude = Math.abs(v.get(row, c)) + (residual == null ? 0 : Math.abs(residual.get(row, c)));
                    for (int j = 0; j < w.cols(); j++) {
                        int from = t + j - left;
                        if (from >= 0 && from < spans.length(s)) {
                            double product = (double) w.get(c, j) * v.get(spans.start(s) + from, c);
                            sum += product;
                            magnitude += Math.abs(product);
                        }
                    }
                    expected.set(row, c, sum, (w.cols() + 3) * (Expected.ULP * magnitude + Expected.FLOOR));
                }
            }
        }
        return expected;
    }
}
