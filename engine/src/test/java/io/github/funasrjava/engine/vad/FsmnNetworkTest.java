package io.github.funasrjava.engine.vad;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.funasrjava.weights.FrontendConfig;
import io.github.funasrjava.weights.VadConfig;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The network with small, odd sizes and random weights. */
class FsmnNetworkTest {
    private static final VadConfig CONFIG = new VadConfig(
            new FrontendConfig(16_000, 3, 25, 10, 5, 1), 15, 7, 13, 5, 2, 4, 6, 9, VadGolden.DETECTION);

    private final Map<String, float[]> tensors = new HashMap<>();
    private final FsmnNetwork network = new FsmnNetwork(CONFIG, name -> tensors.computeIfAbsent(name, this::random));

    private float[] random(String name) {
        int[] sizes = switch (name.replaceAll("fsmn\\.[0-9]", "fsmn")) {
            case "encoder.in_linear1.linear.weight" -> new int[] {7, 15};
            case "encoder.in_linear1.linear.bias" -> new int[] {7};
            case "encoder.in_linear2.linear.weight" -> new int[] {13, 7};
            case "encoder.in_linear2.linear.bias", "encoder.fsmn.affine.linear.bias" -> new int[] {13};
            case "encoder.fsmn.linear.linear.weight" -> new int[] {5, 13};
            case "encoder.fsmn.fsmn_block.conv_left.weight" -> new int[] {5, 4};
            case "encoder.fsmn.affine.linear.weight" -> new int[] {13, 5};
            case "encoder.out_linear1.linear.weight" -> new int[] {6, 13};
            case "encoder.out_linear1.linear.bias" -> new int[] {6};
            case "encoder.out_linear2.linear.weight" -> new int[] {9, 6};
            case "encoder.out_linear2.linear.bias" -> new int[] {9};
            default -> throw new IllegalArgumentException("unknown tensor " + name);
        };
        return gaussian(Arrays.stream(sizes).reduce(1, (a, b) -> a * b), name.hashCode());
    }

    private static float[] gaussian(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (0.4 * random.nextGaussian());
        }
        return values;
    }

    @Test
    void agreesWithTheFormulasInDoublePrecision() {
        int rows = 37;
        float[] x = gaussian(rows * 15, 1);
        float[] actual = network.probabilities(x, rows, network.emptyPast());
        double[][] h = new double[rows][];
        for (int t = 0; t < rows; t++) {
            double[] input = new double[15];
            for (int k = 0; k < 15; k++) {
                input[k] = x[t * 15 + k];
            }
            h[t] = relu(affine("encoder.in_linear2", affine("encoder.in_linear1", input)));
        }
        for (int layer = 0; layer < 2; layer++) {
            String name = "encoder.fsmn." + layer;
            float[] taps = tensors.get(name + ".fsmn_block.conv_left.weight");
            double[][] p = new double[rows][];
            for (int t = 0; t < rows; t++) {
                p[t] = linear(tensors.get(name + ".linear.linear.weight"), new float[5], h[t]);
            }
            for (int t = 0; t < rows; t++) {
                double[] o = p[t].clone();
                for (int c = 0; c < 5; c++) {
                    for (int j = 0; j < 4; j++) {
                        o[c] += t - 3 + j >= 0 ? taps[c * 4 + j] * p[t - 3 + j][c] : 0;
                    }
                }
                h[t] = relu(affine(name + ".affine", o));
            }
        }
        for (int t = 0; t < rows; t++) {
            double[] y = affine("encoder.out_linear2", affine("encoder.out_linear1", h[t]));
            double sum = Arrays.stream(y).map(Math::exp).sum();
            for (int c = 0; c < 9; c++) {
                assertEquals(Math.exp(y[c]) / sum, actual[t * 9 + c], 1e-4, "class " + c + " of row " + t);
            }
        }
    }

    @Test
    void rowsAreTheSameBitsHoweverManyAreComputedTogether() {
        int rows = 600;
        float[] x = gaussian(rows * 15, 2);
        float[] whole = network.probabilities(x, rows, network.emptyPast());
        for (int piece : new int[] {1, 2, 15, 16, 17, 255, 257}) {
            FsmnNetwork.Past past = network.emptyPast();
            float[] pieces = new float[whole.length];
            for (int r = 0; r < rows; r += piece) {
                int live = Math.min(piece, rows - r);
                float[] part = network.probabilities(Arrays.copyOfRange(x, r * 15, (r + live) * 15), live, past);
                System.arraycopy(part, 0, pieces, r * 9, part.length);
            }
            assertArrayEquals(whole, pieces, "pieces of " + piece);
        }
    }

    private double[] affine(String name, double[] x) {
        return linear(tensors.get(name + ".linear.weight"), tensors.get(name + ".linear.bias"), x);
    }

    private static double[] linear(float[] weight, float[] bias, double[] x) {
        double[] y = new double[bias.length];
        for (int n = 0; n < y.length; n++) {
            y[n] = bias[n];
            for (int k = 0; k < x.length; k++) {
                y[n] += weight[n * x.length + k] * x[k];
            }
        }
        return y;
    }

    private static double[] relu(double[] x) {
        return Arrays.stream(x).map(v -> Math.max(0, v)).toArray();
    }
}
