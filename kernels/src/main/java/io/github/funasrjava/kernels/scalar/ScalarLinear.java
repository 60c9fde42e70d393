package io.github.funasrjava.kernels.scalar;

import io.github.funasrjava.kernels.Activation;
import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.kernels.internal.LogSumExp;
import io.github.funasrjava.kernels.internal.Operations;
import io.github.funasrjava.kernels.internal.RowDigits;
import io.github.funasrjava.kernels.internal.WorkerPool;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;

/**
 * Products with packed weights. For f32 and bf16 weights every element is one chain of fused multiply-adds over k from
 * 0 up, starting from 0; for int8 weights it is what {@link RowDigits} says. Then bias, activation, residual.
 */
final class ScalarLinear {
    private static final int ROWS = PanelLayout.PANEL_ROWS;

    private final WorkerPool pool;

    ScalarLinear(WorkerPool pool) {
        this.pool = pool;
    }

    void run(Matrix x, PanelMatrix w, Optional<Matrix> bias, Activation activation, Optional<Matrix> residual, Matrix out) {
        Digits digits = digits(x, w);
        pool.run((panel, worker) -> {
            Panel weights = new Panel(w, panel);
            float[] sums = new float[ROWS];
            int first = panel * ROWS;
            for (int row = 0; row < x.rows(); row++) {
                weights.multiply(x, digits, row, sums);
                for (int j = 0; j < weights.rows; j++) {
                    float value = sums[j];
                    if (bias.isPresent()) {
                        value += bias.get().get(0, first + j);
                    }
                    if (activation == Activation.RELU) {
                        value = Math.max(0, value);
                    }
                    if (residual.isPresent()) {
                        value += residual.get().get(row, first + j);
                    }
                    out.set(row, first + j, value);
                }
            }
        }, w.layout().panels());
    }

    void argmax(Matrix x, PanelMatrix w, Optional<Matrix> bias, TopToken[] top) {
        Digits digits = digits(x, w);
        int panels = w.layout().panels();
        int blocks = Math.ceilDiv(panels, Operations.ARGMAX_BLOCK_PANELS);
        LogSumExp[][] partial = new LogSumExp[blocks][x.rows()];
        pool.run((block, worker) -> {
            for (int row = 0; row < x.rows(); row++) {
                partial[block][row] = new LogSumExp();
            }
            int firstPanel = block * Operations.ARGMAX_BLOCK_PANELS;
            int endPanel = Math.min(panels, firstPanel + Operations.ARGMAX_BLOCK_PANELS);
            float[] sums = new float[ROWS];
            for (int panel = firstPanel; panel < endPanel; panel++) {
                Panel weights = new Panel(w, panel);
                for (int row = 0; row < x.rows(); row++) {
                    weights.multiply(x, digits, row, sums);
                    for (int j = 0; j < weights.rows; j++) {
                        float logit = bias.isPresent() ? sums[j] + bias.get().get(0, panel * ROWS + j) : sums[j];
                        partial[block][row].add(panel * ROWS + j, logit);
                    }
                }
            }
        }, blocks);
        for (int row = 0; row < x.rows(); row++) {
            LogSumExp all = new LogSumExp();
            for (int block = 0; block < blocks; block++) {
                all.merge(partial[block][row]);
            }
            top[row] = all.result();
        }
    }

    private static Digits digits(Matrix x, PanelMatrix w) {
        return w.layout().dtype() == DType.INT8 ? new Digits(x) : Digits.NONE;
    }

    /** All rows of x as int8 digits. */
    private record Digits(byte[][] high, byte[][] low, float[] scales) {
        static final Digits NONE = new Digits(new byte[0][], new byte[0][], new float[0]);

        Digits(Matrix x) {
            this(new byte[x.rows()][x.cols()], new byte[x.rows()][x.cols()], new float[x.rows()]);
            for (int row = 0; row < x.rows(); row++) {
                scales[row] = RowDigits.split(x, row, high[row], low[row]);
            }
        }
    }

    /** One panel, unpacked. */
    private static final class Panel {
        final int rows;
        private final int k;
        private final float[] floats;
        private final byte[] bytes;
        private final float[] scales = new float[ROWS];

        Panel(PanelMatrix w, int panel) {
            PanelLayout layout = w.layout();
            k = layout.k();
            rows = Math.min(ROWS, layout.n() - panel * ROWS);
            boolean int8 = layout.dtype() == DType.INT8;
            floats = new float[int8 ? 0 : k * ROWS];
            bytes = new byte[int8 ? k * ROWS : 0];
            for (int i = 0; i < k; i++) {
                for (int j = 0; j < rows; j++) {
                    long at = layout.offset(panel * ROWS + j, i);
                    switch (layout.dtype()) {
                        case F32 -> floats[i * ROWS + j] = w.panels().get(ValueLayout.JAVA_FLOAT, at);
                        case BF16 -> floats[i * ROWS + j] = PanelPacker.fromBf16(w.panels().get(ValueLayout.JAVA_SHORT, at));
                        case INT8 -> bytes[i * ROWS + j] = w.panels().get(ValueLayout.JAVA_BYTE, at);
                    }
                }
            }
            for (int j = 0; j < rows && int8; j++) {
                scales[j] = w.scales().getAtIndex(ValueLayout.JAVA_FLOAT, panel * ROWS + j);
            }
        }

        /** {@code sums[j] = x[row] . w[j]} for all rows of the panel. */
        void multiply(Matrix x, Digits digits, int row, float[] sums) {
            if (bytes.length > 0) {
                multiplyDigits(digits.high[row], digits.low[row], digits.scales[row], sums);
                return;
            }
            float[] values = x.row(row);
            Arrays.fill(sums, 0);
            for (int i = 0; i < k; i++) {
                for (int j = 0; j < ROWS; j++) {
                    sums[j] = Math.fma(values[i], floats[i * ROWS + j], sums[j]);
                }
            }
        }

        private void multiplyDigits(byte[] high, byte[] low, float rowScale, float[] sums) {
            for (int j = 0; j < ROWS; j++) {
                int highSum = 0;
                int lowSum = 0;
                for (int i = 0; i < k; i++) {
                    highSum += high[i] * bytes[i * ROWS + j];
                    lowSum += low[i] * bytes[i * ROWS + j];
                }
                sums[j] = RowDigits.combine(highSum, lowSum, rowScale, scales[j]);
            }
        }
    }
}
