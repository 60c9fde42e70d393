package io.github.funasrjava.engine.vad;

import java.util.ArrayList;
import java.util.List;

/**
 * The FSMN of the voice activity detector: two affine layers, blocks of projection, causal memory and affine layer, two
 * affine layers, softmax. Plain f32; a row's result is the same bits however many rows are computed together.
 */
final class FsmnNetwork {
    /** Rows that go through together: the activations of more would leave the cache. */
    private static final int BLOCK_ROWS = 256;

    private record Block(Affine projection, FsmnMemory memory, Affine affine) {}

    private final FsmnSizes sizes;
    private final Affine in1;
    private final Affine in2;
    private final List<Block> blocks;
    private final Affine out1;
    private final Affine out2;

    FsmnNetwork(FsmnSizes sizes, FsmnTensors tensors) {
        this.sizes = sizes;
        this.in1 = affine(tensors, "encoder.in_linear1.linear", sizes.inputAffine(), sizes.input());
        this.in2 = affine(tensors, "encoder.in_linear2.linear", sizes.linear(), sizes.inputAffine());
        List<Block> layers = new ArrayList<>();
        for (int i = 0; i < sizes.layers(); i++) {
            String name = "encoder.fsmn." + i;
            float[] projection = tensors.tensor(name + ".linear.linear.weight", sizes.projection(), sizes.linear());
            float[] taps = tensors.tensor(name + ".fsmn_block.conv_left.weight", sizes.projection(), 1, sizes.leftOrder(), 1);
            layers.add(new Block(new Affine(projection, new float[sizes.projection()], sizes.linear()),
                    new FsmnMemory(taps, sizes.projection(), sizes.leftOrder()),
                    affine(tensors, name + ".affine.linear", sizes.linear(), sizes.projection())));
        }
        this.blocks = List.copyOf(layers);
        this.out1 = affine(tensors, "encoder.out_linear1.linear", sizes.outputAffine(), sizes.linear());
        this.out2 = affine(tensors, "encoder.out_linear2.linear", sizes.output(), sizes.outputAffine());
    }

    private static Affine affine(FsmnTensors tensors, String name, int out, int in) {
        return new Affine(tensors.tensor(name + ".weight", out, in), tensors.tensor(name + ".bias", out), in);
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
        float[] all = new float[rows * sizes.output()];
        for (int r = 0; r < rows; r += BLOCK_ROWS) {
            int live = Math.min(BLOCK_ROWS, rows - r);
            float[] part = new float[live * sizes.input()];
            System.arraycopy(x, r * sizes.input(), part, 0, part.length);
            float[] y = forward(part, live, past);
            for (int i = 0; i < live; i++) {
                softmax(y, i * sizes.output(), sizes.output());
            }
            System.arraycopy(y, 0, all, r * sizes.output(), y.length);
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
