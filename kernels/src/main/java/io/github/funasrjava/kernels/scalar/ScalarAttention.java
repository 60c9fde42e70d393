package io.github.funasrjava.kernels.scalar;

import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.ValueLayout;

/** Attention one query row and head at a time: scores, softmax, weighted sum of the values, all sums in f64. */
final class ScalarAttention {
    private final WorkerPool pool;

    ScalarAttention(WorkerPool pool) {
        this.pool = pool;
    }

    void full(Matrix q, RowSpans querySpans, Matrix k, Matrix v, RowSpans keySpans, int heads, float scale, Matrix out) {
        int d = q.cols() / heads;
        pool.run((item, worker) -> {
            int s = item / heads;
            int column = item % heads * d;
            int firstKey = keySpans.start(s);
            double[] weights = new double[keySpans.length(s)];
            for (int i = querySpans.start(s); i < querySpans.start(s + 1); i++) {
                for (int j = 0; j < weights.length; j++) {
                    double dot = 0;
                    for (int c = column; c < column + d; c++) {
                        dot += (double) q.get(i, c) * k.get(firstKey + j, c);
                    }
                    weights[j] = scale * dot;
                }
                softmax(weights, weights.length);
                for (int c = column; c < column + d; c++) {
                    double sum = 0;
                    for (int j = 0; j < weights.length; j++) {
                        sum += weights[j] * v.get(firstKey + j, c);
                    }
                    out.set(i, c, (float) sum);
                }
            }
        }, querySpans.count() * heads);
    }

    void causal(Matrix q, RowSpans spans, KvCache[] caches, int layer, int heads, float scale, Matrix out) {
        pool.run((item, worker) -> {
            int s = item / heads;
            int h = item % heads;
            int kvHead = h / (heads / caches[s].kvHeads());
            PanelMatrix keys = caches[s].keys(layer, kvHead);
            PanelMatrix values = caches[s].values(layer, kvHead);
            int d = caches[s].headDim();
            double[] weights = new double[caches[s].length() + spans.length(s)];
            for (int i = 0; i < spans.length(s); i++) {
                int row = spans.start(s) + i;
                int visible = caches[s].length() + i + 1;
                for (int j = 0; j < visible; j++) {
                    double dot = 0;
                    for (int c = 0; c < d; c++) {
                        float key = keys.panels().get(ValueLayout.JAVA_FLOAT, keys.layout().offset(j, c));
                        dot += (double) q.get(row, h * d + c) * key;
                    }
                    weights[j] = scale * dot;
                }
                softmax(weights, visible);
                for (int c = 0; c < d; c++) {
                    double sum = 0;
                    for (int j = 0; j < visible; j++) {
                        sum += weights[j] * values.panels().get(ValueLayout.JAVA_FLOAT, values.layout().offset(c, j));
                    }
                    out.set(row, h * d + c, (float) sum);
                }
            }
        }, spans.count() * heads);
    }

    private static void softmax(double[] scores, int n) {
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < n; j++) {
            max = Math.max(max, scores[j]);
        }
        double sum = 0;
        for (int j = 0; j < n; j++) {
            scores[j] = Math.exp(scores[j] - max);
            sum += scores[j];
        }
        for (int j = 0; j < n; j++) {
            scores[j] /= sum;
        }
    }
}
