package io.github.funasrjava.bench.onnx;

import io.github.funasrjava.bench.onnx.OnnxGraph.Attribute;
import io.github.funasrjava.bench.onnx.OnnxGraph.Element;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import io.github.funasrjava.weights.AdaptorConfig;
import io.github.funasrjava.weights.EncoderConfig;
import io.github.funasrjava.weights.ModelWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Writes the audio encoder and the adaptor of an open model as an ONNX model with f32 weights, for other engines to run.
 * Inputs: {@code features [1, T, 560]}, low-frame-rate rows, and {@code kept [1]}, how many of the leading adaptor rows
 * are wanted (the last block computes only those, as the engine does). Output: {@code audio [1, kept, llm_dim]}.
 *
 * <p>The comparison is worth as much as this graph is good, so it has the form in which ONNX Runtime 1.22 was fastest by
 * its own profile: products as {@code Gemm} of rank 2 (fused with bias and ReLU, weights packed beforehand); q, k and v as
 * three products instead of one with a {@code Split} behind it; the attention as ONNX Runtime's own blocked
 * {@code MultiHeadAttention}, which beats MatMul, Softmax, MatMul; FSMN as a convolution of rank 4, which gets the
 * blocked kernel that one of rank 3 does not. {@code SkipLayerNormalization} instead of Add and LayerNormalization gained
 * nothing.
 */
public final class EncoderExport {
    /** Name of the model file; its weights lie beside it. */
    public static final String MODEL_FILE = "encoder.onnx";
    /** Name of the file with the weights. */
    public static final String WEIGHTS_FILE = "encoder.weights";
    /** Input with the low-frame-rate rows. */
    public static final String FEATURES = "features";
    /** Input with the number of adaptor rows that are wanted. */
    public static final String KEPT = "kept";
    /** Output with the adaptor's rows. */
    public static final String AUDIO = "audio";

    private static final float ENCODER_EPS = 1e-5f;
    private static final float ADAPTOR_EPS = 1e-12f;

    private final ModelWeights weights;
    private final WeightFile file;
    private final OnnxGraph graph = new OnnxGraph("fun_asr_encoder_and_adaptor");
    private final EncoderConfig encoder;
    private final AdaptorConfig adaptor;

    private EncoderExport(ModelWeights weights, WeightFile file) {
        this.weights = weights;
        this.file = file;
        this.encoder = weights.config().encoder();
        this.adaptor = weights.config().adaptor();
    }

    /**
     * Writes {@link #MODEL_FILE} and {@link #WEIGHTS_FILE}.
     *
     * @param directory an existing directory that holds neither of them
     * @param mostRows longest input that the model will take, which is how far its table of positions goes
     * @return the model file
     * @throws UsageException if the model has a form that is not exported
     * @throws IOException if a file cannot be written
     */
    public static Path write(ModelWeights weights, Path directory, int mostRows) throws IOException {
        if (weights.config().adaptor().downsampleRate() != 1) {
            throw new UsageException("only models with audio_adaptor_conf.downsample_rate 1 can be written as ONNX, this one has "
                    + weights.config().adaptor().downsampleRate());
        }
        Path model = directory.resolve(MODEL_FILE);
        try (WeightFile file = new WeightFile(directory.resolve(WEIGHTS_FILE))) {
            Files.write(model, new EncoderExport(weights, file).build(mostRows));
        }
        return model;
    }

    private byte[] build(int mostRows) throws IOException {
        graph.input(FEATURES, Element.FLOAT, 1, "T", encoder.inputWidth());
        graph.input(KEPT, Element.INT64, 1);
        Stream x = sanmLayer(new Stream(embed(mostRows)), "audio_encoder.encoders0.0", encoder.inputWidth());
        for (int i = 0; i < encoder.blocks() - 1; i++) {
            x = sanmLayer(x, "audio_encoder.encoders." + i, encoder.width());
        }
        x = new Stream(norm(x, "audio_encoder.after_norm", encoder.width(), ENCODER_EPS).normed());
        for (int i = 0; i < encoder.tpBlocks(); i++) {
            x = sanmLayer(x, "audio_encoder.tp_encoders." + i, encoder.width());
        }
        String encoded = norm(x, "audio_encoder.tp_norm", encoder.width(), ENCODER_EPS).normed();
        String wide = graph.node("Relu", List.of(linear(encoded, "audio_adaptor.linear1")));
        Stream y = new Stream(linear(wide, "audio_adaptor.linear2"));
        for (int i = 0; i < adaptor.layers(); i++) {
            y = adaptorLayer(y, "audio_adaptor.blocks." + i, i == adaptor.layers() - 1);
        }
        String audio = y.added().isEmpty() ? leadingRows(y.rows()) : graph.node("Add", List.of(y.rows(), y.added().get()));
        graph.add(OnnxGraph.STANDARD, "Unsqueeze", List.of(audio, graph.integers(0)), List.of(AUDIO));
        graph.output(AUDIO, Element.FLOAT, 1, "kept_rows", adaptor.width());
        return graph.toByteArray();
    }

    /** Scaled features plus positions: the sines of the first half of the columns, the cosines of the second. */
    private String embed(int mostRows) throws IOException {
        int inputs = encoder.inputWidth();
        int half = inputs / 2;
        float increment = (float) (Math.log(10000) / (half - 1));
        String table = graph.weight("positions", file.append(mostRows, inputs, (t, row) -> {
            for (int i = 0; i < half; i++) {
                float angle = (t + 1) * (float) Math.exp(i * -increment);
                row[i] = (float) Math.sin(angle);
                row[half + i] = (float) Math.cos(angle);
            }
        }), mostRows, inputs);
        String rows = graph.node("Squeeze", List.of(FEATURES, graph.integers(0)));
        String count = graph.node("Shape", List.of(rows), Attribute.of("start", 0), Attribute.of("end", 1));
        String positions = graph.node("Slice", List.of(table, graph.integers(0), count, graph.integers(0)));
        String scaled = graph.node("Mul", List.of(rows, graph.scalar((float) Math.sqrt(encoder.width()))));
        return graph.node("Add", List.of(scaled, positions));
    }

    private Stream sanmLayer(Stream x, String prefix, int inputs) throws IOException {
        int width = encoder.width();
        Normed first = norm(x, prefix + ".norm1", inputs, ENCODER_EPS);
        Heads parts = heads(first.normed(), first.normed(), prefix, width);
        String heard = attention(parts, encoder.attentionHeads(), width);
        String attended = graph.node("Add", List.of(linear(heard, prefix + ".self_attn.linear_out"), memory(parts.v(), prefix)));
        return feedForward(inputs == width ? new Stream(first.sum(), attended) : new Stream(attended), prefix, width, ENCODER_EPS);
    }

    private Stream adaptorLayer(Stream y, String prefix, boolean last) throws IOException {
        int width = adaptor.width();
        Normed first = norm(y, prefix + ".norm1", width, ADAPTOR_EPS);
        String wanted = last ? leadingRows(first.normed()) : first.normed();
        String heard = attention(heads(wanted, first.normed(), prefix, width), adaptor.attentionHeads(), width);
        String residual = last ? leadingRows(first.sum()) : first.sum();
        return feedForward(new Stream(residual, linear(heard, prefix + ".self_attn.linear_out")), prefix, width, ADAPTOR_EPS);
    }

    private Stream feedForward(Stream x, String prefix, int width, float eps) throws IOException {
        Normed second = norm(x, prefix + ".norm2", width, eps);
        String hidden = graph.node("Relu", List.of(linear(second.normed(), prefix + ".feed_forward.w_1")));
        return new Stream(second.sum(), linear(hidden, prefix + ".feed_forward.w_2"));
    }

    /** The residual stream: rows, and what is still to be added to them. */
    private record Stream(String rows, Optional<String> added) {
        Stream(String rows) {
            this(rows, Optional.empty());
        }

        Stream(String rows, String added) {
            this(rows, Optional.of(added));
        }
    }

    /** The residual stream after an addition, and its layer norm. */
    private record Normed(String sum, String normed) {}

    private Normed norm(Stream x, String name, int width, float eps) throws IOException {
        String sum = x.added().map(added -> graph.node("Add", List.of(x.rows(), added))).orElse(x.rows());
        String normed = graph.node("LayerNormalization",
                List.of(sum, vector(name + ".weight", 0, width), vector(name + ".bias", 0, width)),
                Attribute.of("axis", -1), Attribute.of("epsilon", eps));
        return new Normed(sum, normed);
    }

    private String leadingRows(String rows) {
        return graph.node("Slice", List.of(rows, graph.integers(0), KEPT, graph.integers(0)));
    }

    /** Queries, keys and values, {@code [rows, width]} each. */
    private record Heads(String q, String k, String v) {}

    private Heads heads(String queried, String remembered, String prefix, int width) throws IOException {
        String name = prefix + ".self_attn.linear_q_k_v";
        return new Heads(linear(queried, name, 0, width), linear(remembered, name, width, width), linear(remembered, name, 2 * width, width));
    }

    /** {@code softmax(q k^T / sqrt(width / heads)) v} per head, every head on columns of its own. */
    private String attention(Heads parts, int heads, int width) {
        String out = graph.fresh("heard");
        graph.add(OnnxGraph.MICROSOFT, "MultiHeadAttention",
                List.of(batched(parts.q(), width), batched(parts.k(), width), batched(parts.v(), width)), List.of(out),
                Attribute.of("num_heads", heads), Attribute.of("scale", (float) (1 / Math.sqrt((double) width / heads))));
        return graph.node("Reshape", List.of(out, graph.integers(-1, width)));
    }

    private String batched(String rows, int width) {
        return graph.node("Reshape", List.of(rows, graph.integers(1, -1, width)));
    }

    /** {@code v} plus its depthwise convolution over time, as an image of one line. */
    private String memory(String v, String prefix) throws IOException {
        int width = encoder.width();
        int taps = encoder.kernelSize();
        String name = prefix + ".self_attn.fsmn_block.weight";
        Matrix kernel = weights.rows(name);
        WeightFile.Place place = file.append(width, taps, (row, into) -> System.arraycopy(kernel.row(row), 0, into, 0, taps));
        String columns = graph.node("Transpose", List.of(v), Attribute.list("perm", 1, 0));
        String image = graph.node("Reshape", List.of(columns, graph.integers(1, width, 1, -1)));
        String convolved = graph.node("Conv", List.of(image, graph.weight(name, place, width, 1, 1, taps)), Attribute.of("group", width),
                Attribute.list("kernel_shape", 1, taps), Attribute.list("pads", 0, encoder.leftPadding(), 0, encoder.rightPadding()));
        String rows = graph.node("Transpose", List.of(graph.node("Reshape", List.of(convolved, graph.integers(width, -1)))),
                Attribute.list("perm", 1, 0));
        return graph.node("Add", List.of(v, rows));
    }

    /** {@code x W^T + b}. */
    private String linear(String x, String name) throws IOException {
        return linear(x, name, 0, weights.matrix(name + ".weight").n());
    }

    /** {@code x W^T + b} with {@code rows} output rows of W from {@code first} on. */
    private String linear(String x, String name, int first, int rows) throws IOException {
        PanelMatrix matrix = weights.matrix(name + ".weight");
        String part = first == 0 && rows == matrix.n() ? name : name + "." + first;
        String weight = graph.weight(part + ".weight",
                file.append(rows, matrix.k(), (row, into) -> PanelPacker.unpackRow(matrix, first + row, into)), rows, matrix.k());
        String bias = graph.weight(part + ".bias", vectorPlace(name + ".bias", first, rows), rows);
        return graph.node("Gemm", List.of(x, weight, bias), Attribute.of("transB", 1));
    }

    private String vector(String name, int first, int length) throws IOException {
        return graph.weight(name, vectorPlace(name, first, length), length);
    }

    private WeightFile.Place vectorPlace(String name, int first, int length) throws IOException {
        float[] values = weights.vector(name).row(0);
        return file.append(1, length, (_, into) -> System.arraycopy(values, first, into, 0, length));
    }
}
