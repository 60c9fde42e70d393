package io.github.funasrjava.kernels.cases;

import io.github.funasrjava.kernels.Matrix;
import java.util.ArrayList;
import java.util.List;

/** Cases of the operations that treat each row alone: layerNorm, rmsNorm, swiglu, logSoftmax. */
public final class RowCases {
    /** Columns around one, two and four vectors of 4, 8 and 16 lanes, and the sizes of the model. */
    private static final int[] COLS = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 512, 560, 1024,
        1030};
    private static final int[] ROWS = {1, 2, 5, 19};

    private RowCases() {}

    /** One case. */
    public record RowCase(int rows, int cols, Values values) {}

    /** The table. */
    public static List<RowCase> all() {
        List<RowCase> cases = new ArrayList<>();
        for (int cols : COLS) {
            for (Values values : Values.values()) {
                cases.add(new RowCase(ROWS[cases.size() % ROWS.length], cols, values));
            }
        }
        return cases;
    }

    /** Layer norm in f64; the bound allows an f32 mean and variance in two passes, but not in one. */
    public static Expected layerNorm(Matrix x, Matrix weight, Matrix bias, float eps) {
        int n = x.cols();
        Expected expected = new Expected(x.rows(), n);
        for (int r = 0; r < x.rows(); r++) {
            double sum = 0;
            double largest = 0;
            for (int c = 0; c < n; c++) {
                sum += x.get(r, c);
                largest = Math.max(largest, Math.abs(x.get(r, c)));
            }
            double mean = sum / n;
            double squares = 0;
            for (int c = 0; c < n; c++) {
                squares += (x.get(r, c) - mean) * (x.get(r, c) - mean);
            }
            double inverse = 1 / Math.sqrt(squares / n + eps);
            double centredError = (n / 16.0 + 8) * Expected.ULP * largest;
            for (int c = 0; c < n; c++) {
                double normed = (x.get(r, c) - mean) * inverse;
                double value = normed * weight.get(0, c) + bias.get(0, c);
                // The centred value is off by the error of the mean, the variance by its square and by roundings.
                double relative = (n / 16.0 + 8) * Expected.ULP + 0.5 * Math.pow(centredError * inverse, 2);
                expected.set(r, c, value, Math.abs(weight.get(0, c)) * (centredError * inverse + Math.abs(normed) * relative)
                        + 3 * Expected.ULP * (Math.abs(value) + Math.abs(bias.get(0, c))));
            }
        }
        return expected;
    }

    /** RMS norm in f64. */
    public static Expected rmsNorm(Matrix x, Matrix weight, float eps) {
        Expected expected = new Expected(x.rows(), x.cols());
        for (int r = 0; r < x.rows(); r++) {
            double inverse = inverseRms(x, r, 0, x.cols(), eps);
            for (int c = 0; c < x.cols(); c++) {
                double value = x.get(r, c) * inverse * weight.get(0, c);
                expected.set(r, c, value, rmsError(x.cols()) * Math.abs(value) + Expected.FLOOR * inverse);
            }
        }
        return expected;
    }

    static double inverseRms(Matrix x, int row, int from, int n, float eps) {
        double squares = 0;
        for (int c = from; c < from + n; c++) {
            squares += (double) x.get(row, c) * x.get(row, c);
        }
        return 1 / Math.sqrt(squares / n + eps);
    }

    /** Relative error of an f32 RMS norm over n values. */
    static double rmsError(int n) {
        return (n / 16.0 + 10) * Expected.ULP;
    }

    /** SwiGLU in f64. */
    public static Expected swiglu(Matrix gateUp) {
        int n = gateUp.cols() / 2;
        Expected expected = new Expected(gateUp.rows(), n);
        for (int r = 0; r < gateUp.rows(); r++) {
            for (int c = 0; c < n; c++) {
                double gate = gateUp.get(r, c);
                double up = gateUp.get(r, n + c);
                double value = gate / (1 + Math.exp(-gate)) * up;
                // Below about -87 the logistic is smaller than any normal f32 and may be 0.
                double bound = 10 * Expected.ULP * Math.abs(value) + Expected.FLOOR * Math.abs(gate * up);
                expected.set(r, c, value, bound + Expected.FLOOR * Math.abs(up));
            }
        }
        return expected;
    }

    /** Logarithm of the softmax in f64. */
    public static Expected logSoftmax(Matrix x) {
        Expected expected = new Expected(x.rows(), x.cols());
        for (int r = 0; r < x.rows(); r++) {
            double logSumExp = logSumExp(x.row(r));
            for (int c = 0; c < x.cols(); c++) {
                double value = x.get(r, c) - logSumExp;
                expected.set(r, c, value, (x.cols() / 16.0 + 16) * Expected.ULP
                        + 2 * Expected.ULP * (Math.abs(x.get(r, c)) + Math.abs(logSumExp) + Math.abs(value)));
            }
        }
        return expected;
    }

    static double logSumExp(float[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        return max + Math.log(sum);
    }
}
