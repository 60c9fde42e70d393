package io.github.funasrjava.kernels.scalar;

import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.RopeTable;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** The operations that treat one row, or one span, at a time. Sums are f64, results are rounded once to f32. */
final class ScalarRows {
    private ScalarRows() {}

    static void layerNorm(Matrix x, int row, Matrix weight, Matrix bias, float eps, Matrix out) {
        int n = x.cols();
        double sum = 0;
        for (int c = 0; c < n; c++) {
            sum += x.get(row, c);
        }
        double mean = sum / n;
        double squares = 0;
        for (int c = 0; c < n; c++) {
            double centred = x.get(row, c) - mean;
            squares += centred * centred;
        }
        double inverse = 1 / Math.sqrt(squares / n + eps);
        for (int c = 0; c < n; c++) {
            out.set(row, c, (float) ((x.get(row, c) - mean) * inverse * weight.get(0, c) + bias.get(0, c)));
        }
    }

    static void rmsNorm(Matrix x, int row, Matrix weight, float eps, Matrix out) {
        double inverse = inverseRms(x, row, 0, x.cols(), eps);
        for (int c = 0; c < x.cols(); c++) {
            out.set(row, c, (float) (x.get(row, c) * inverse * weight.get(0, c)));
        }
    }

    private static double inverseRms(Matrix x, int row, int from, int n, float eps) {
        double squares = 0;
        for (int c = from; c < from + n; c++) {
            squares += (double) x.get(row, c) * x.get(row, c);
        }
        return 1 / Math.sqrt(squares / n + eps);
    }

    static void swiglu(Matrix gateUp, int row, Matrix out) {
        int n = out.cols();
        for (int c = 0; c < n; c++) {
            double gate = gateUp.get(row, c);
            out.set(row, c, (float) (gate / (1 + Math.exp(-gate)) * gateUp.get(row, n + c)));
        }
    }

    static void logSoftmax(Matrix x, int row, Matrix out) {
        float max = Float.NEGATIVE_INFINITY;
        for (int c = 0; c < x.cols(); c++) {
            max = Math.max(max, x.get(row, c));
        }
        double sum = 0;
        for (int c = 0; c < x.cols(); c++) {
            sum += Math.exp((double) x.get(row, c) - max);
        }
        double logSumExp = max + Math.log(sum);
        for (int c = 0; c < x.cols(); c++) {
            out.set(row, c, (float) (x.get(row, c) - logSumExp));
        }
    }

    static void fsmn(Matrix v, Matrix w, int left, int start, int length, Optional<Matrix> residual, Matrix out) {
        for (int t = 0; t < length; t++) {
            for (int c = 0; c < v.cols(); c++) {
                double sum = v.get(start + t, c);
                for (int j = 0; j < w.cols(); j++) {
                    int from = t + j - left;
                    if (from >= 0 && from < length) {
                        sum += (double) w.get(c, j) * v.get(start + from, c);
                    }
                }
                if (residual.isPresent()) {
                    sum += residual.get().get(start + t, c);
                }
                out.set(start + t, c, (float) sum);
            }
        }
    }

    static void qkNormRopeAppend(Matrix qkv, int row, Matrix qNorm, Matrix kNorm, float eps, RopeTable rope, KvCache cache,
            int position, int layer, int heads) {
        int d = cache.headDim();
        for (int h = 0; h < heads; h++) {
            float[] query = normAndRotate(qkv, row, h * d, d, qNorm, eps, rope, position);
            for (int c = 0; c < d; c++) {
                qkv.set(row, h * d + c, query[c]);
            }
        }
        for (int h = 0; h < cache.kvHeads(); h++) {
            float[] key = normAndRotate(qkv, row, (heads + h) * d, d, kNorm, eps, rope, position);
            PanelMatrix keys = cache.keys(layer, h);
            PanelMatrix values = cache.values(layer, h);
            int valueColumn = (heads + cache.kvHeads() + h) * d;
            for (int c = 0; c < d; c++) {
                keys.panels().set(ValueLayout.JAVA_FLOAT, keys.layout().offset(position, c), key[c]);
                values.panels().set(ValueLayout.JAVA_FLOAT, values.layout().offset(c, position), qkv.get(row, valueColumn + c));
            }
        }
    }

    /** One head of one row, normed, then rotated by its position. */
    private static float[] normAndRotate(Matrix qkv, int row, int from, int d, Matrix norm, float eps, RopeTable rope,
            int position) {
        double inverse = inverseRms(qkv, row, from, d, eps);
        int half = d / 2;
        float[] rotated = new float[d];
        for (int i = 0; i < half; i++) {
            double a = qkv.get(row, from + i) * inverse * norm.get(0, i);
            double b = qkv.get(row, from + half + i) * inverse * norm.get(0, half + i);
            double cos = rope.cos().get(position, i);
            double sin = rope.sin().get(position, i);
            rotated[i] = (float) (a * cos - b * sin);
            rotated[half + i] = (float) (b * cos + a * sin);
        }
        return rotated;
    }
}
