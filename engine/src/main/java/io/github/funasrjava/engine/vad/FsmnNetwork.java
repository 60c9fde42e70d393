package io.github.funasrjava.engine.vad;

import io.github.funasrjava.weights.VadConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The FSMN of the voice activity detector: two affine layers, blocks of projection, causal memory and affine layer, two
 * affine layers, softmax. Plain f32; a row's result is the same bits however many rows are computed together.
 */
final class FsmnNetwork {
    /** Rows that go through together: the activations of more would leave the cache. */
    private static final int BLOCK_ROWS = 256;

    private record Block(Affine projection, FsmnMemory memory, Affine affine) {}

    private final VadConfig config;
    private final Affine in1;
    private final Affine in2;
    private final List<Block> blocks;
    private final Affine out1;
    private final Affine out2;

    /**
     * @param tensors the values of a tensor, row-major, by its name in the published model.pt; of the shapes that the
     *     configuration calls for
     */
    FsmnNetwork(VadConfig config, Function<String, float[]> tensors) {
        this.config = config;
        this.in1 = affine(tensors, "encoder.in_linear1.linear", config.inputDim());
        this.in2 = affine(tensors, "encoder.in_linear2.linear", config.inputAffineDim());
        List<Block> layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            String name = "encoder.fsmn." + i;
            float[] projection = tensors.apply(name + ".linear.linear.weight");
            float[] taps = tensors.apply(name + ".fsmn_block.conv_left.weight");
            layers.add(new Block(new Affine(projection, new float[config.projDim()], config.linearDim()),
                    new FsmnMemory(taps, config.projDim(), config.leftOrder()),
                    affine(tensors, name + ".affine.linear", config.projDim())));
        }
        this.blocks = List.copyOf(layers);
        this.out1 = affine(tensors, "encoder.out_linear1.linear", config.linearDim());
        this.out2 = affine(tensors, "encoder.out_linear2.linear", config.outputAffineDim());
    }

    private static Affine affine(Function<String, float[]> tensors, String name, int in) {
        return new Affine(tensors.apply(name + ".weight"), tensors.apply(name + ".bias"), in);
    }

    /** What a recording leaves behind in every layer. */
    static final class Past {
        private final List<float[]> rows;

        private Past(List<float[]> rows) {
            this.rows = rows;
        }
    }

    Past emptyPast() {
        return new Past(blocks.stream().map(b -> b.memory().emptyPast()).toList());
    }

    /**
     * Class probabilities.
     *
     * @param x {@code [rows, input]} normalised features
     * @return {@code [rows, output]}
     */
    float[] probabilities(float[] x, int rows, Past past) {
        float[] all = new float[rows * config.outputDim()];
        for (int r = 0; r < rows; r += BLOCK_ROWS) {
            int live = Math.min(BLOCK_ROWS, rows - r);
            float[] part = new float[live * config.inputDim()];
            System.arraycopy(x, r * config.inputDim(), part, 0, part.length);
            float[] y = forward(part, live, past);
            for (int i = 0; i < live; i++) {
                softmax(y, i * config.outputDim(), config.outputDim());
            }
            System.arraycopy(y, 0, all, r * config.outputDim(), y.length);
        }
        return all;
    }

    private float[] forward(float[] x, int rows, Past past) {
        float[] h = in2.apply(in1.apply(x, rows, false), rows, true);
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            float[] p = block.projection().apply(h, rows, false);
            block.memory().apply(p, rows, past.rows.get(i));
            h = block.affine().apply(p, rows, true);
        }
        return out2.apply(out1.apply(h, rows, false), rows, false);
    }

    private static void softmax(float[] y, int from, int count) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + count; i++) {
            max = Math.max(max, y[i]);
        }
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            double e = Math.exp(y[i] - max);
            y[i] = (float) e;
            sum += e;
        }
        for (int i = from; i < from + count; i++) {
            y[i] = (float) (y[i] / sum);
        }
    }
}
