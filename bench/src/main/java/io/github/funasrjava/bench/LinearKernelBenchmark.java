package io.github.funasrjava.bench;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The products of one layer of the published model, with weights that come from memory: layer after layer of a set that
 * is larger than the caches. The secondary metrics {@code flops} and {@code bytes} are per second: multiply-adds count
 * twice, bytes are those of the weights.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class LinearKernelBenchmark {
    private static final long WORKING_SET_BYTES = 400L << 20;
    /** {@code [n, k]} of the four products of an encoder layer. */
    private static final int[][] ENCODER = {{1536, 512}, {512, 512}, {2048, 512}, {512, 2048}};
    /** {@code [n, k]} of the four products of a decoder layer. */
    private static final int[][] DECODER = {{4096, 1024}, {1024, 2048}, {6144, 1024}, {1024, 3072}};

    /** Kernel tier, such as scalar, vector, vector-256, x86, x86-fast. */
    @Param("auto")
    public String kernels;

    /** Computing threads; 0 takes all processors. */
    @Param("0")
    public int threads;

    /** Storage of the weights. */
    @Param({"BF16", "INT8", "F32"})
    public DType weights;

    private final Arena arena = Arena.ofShared();
    private Kernels implementation;

    /** What one second got done. */
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    @State(Scope.Thread)
    public static class Work {
        public double flops;
        public double bytes;

        /** Each iteration counts anew. */
        @Setup(Level.Iteration)
        public void reset() {
            flops = 0;
            bytes = 0;
        }
    }

    /** Layers of weights, larger together than the caches, and the layer whose turn it is. */
    private static final class Layers {
        private final List<PanelMatrix[]> layers = new ArrayList<>();
        private final Matrix[] inputs;
        private final Matrix[] outputs;
        private final int rows;
        private int turn;

        Layers(Arena arena, DType dtype, int[][] shapes, int rows) {
            this.rows = rows;
            PanelMatrix[] first = new PanelMatrix[shapes.length];
            inputs = new Matrix[shapes.length];
            outputs = new Matrix[shapes.length];
            long bytes = 0;
            for (int i = 0; i < shapes.length; i++) {
                first[i] = KernelSetup.weights(arena, dtype, shapes[i][0], shapes[i][1]);
                inputs[i] = KernelSetup.random(arena, rows, shapes[i][1]);
                outputs[i] = Matrix.allocate(arena, rows, shapes[i][0]);
                bytes += first[i].panels().byteSize();
            }
            layers.add(first);
            while (layers.size() * bytes < WORKING_SET_BYTES) {
                PanelMatrix[] next = new PanelMatrix[shapes.length];
                for (int i = 0; i < shapes.length; i++) {
                    next[i] = KernelSetup.copy(arena, first[i]);
                }
                layers.add(next);
            }
        }

        void runOne(Kernels kernels, Work work) {
            PanelMatrix[] layer = layers.get(turn);
            turn = (turn + 1) % layers.size();
            for (int i = 0; i < layer.length; i++) {
                kernels.linear(inputs[i], layer[i], outputs[i]);
                work.flops += 2.0 * rows * layer[i].n() * layer[i].k();
                work.bytes += layer[i].panels().byteSize();
            }
        }
    }

    /** An encoder layer: 83, 167 and 500 rows are 5, 10 and 30 s of audio. */
    @State(Scope.Benchmark)
    public static class EncoderLayers {
        @Param({"83", "167", "500"})
        public int encoderRows;
        private Layers layers;

        @Setup(Level.Trial)
        public void allocate(LinearKernelBenchmark benchmark) {
            layers = new Layers(benchmark.arena, benchmark.weights, ENCODER, encoderRows);
        }
    }

    /** A decoder layer: one row, rows that are verified together, a prompt. */
    @State(Scope.Benchmark)
    public static class DecoderLayers {
        @Param({"1", "2", "4", "8", "16", "64"})
        public int decoderRows;
        private Layers layers;

        @Setup(Level.Trial)
        public void allocate(LinearKernelBenchmark benchmark) {
            layers = new Layers(benchmark.arena, benchmark.weights, DECODER, decoderRows);
        }
    }

    @Setup(Level.Trial)
    public void open() {
        implementation = KernelSetup.open(kernels, threads);
    }

    @TearDown(Level.Trial)
    public void close() {
        implementation.close();
        arena.close();
    }

    @Benchmark
    public void encoderLayer(EncoderLayers encoder, Work work) {
        encoder.layers.runOne(implementation, work);
    }

    @Benchmark
    public void decoderLayer(DecoderLayers decoder, Work work) {
        decoder.layers.runOne(implementation, work);
    }
}
