package io.github.funasrjava.bench;

import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RopeTable;
import io.github.funasrjava.kernels.RowSpans;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
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

/** What stands between the products of a layer at the sizes of the published model: attention, FSMN, norms, gates. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class AttentionKernelBenchmark {
    private static final int DECODER_HEADS = 16;
    private static final int KV_HEADS = 8;
    private static final int HEAD_DIM = 128;

    /** Kernel tier, such as scalar, vector, vector-256, x86. */
    @Param("auto")
    public String kernels;

    /** Computing threads; 0 takes all processors. */
    @Param("0")
    public int threads;

    private final Arena arena = Arena.ofShared();
    private Kernels implementation;

    /** Encoder rows: 167 are 10 s of audio. */
    @State(Scope.Benchmark)
    public static class Encoder {
        @Param({"83", "167", "500"})
        public int encoderRows;
        private RowSpans spans;
        private Matrix qkv;
        private Matrix taps;
        private Matrix wide;
        private Matrix out;

        @Setup(Level.Trial)
        public void allocate(AttentionKernelBenchmark benchmark) {
            spans = RowSpans.ofLengths(encoderRows);
            qkv = KernelSetup.random(benchmark.arena, encoderRows, 3 * 512);
            taps = KernelSetup.random(benchmark.arena, 512, 11);
            wide = KernelSetup.random(benchmark.arena, encoderRows, 2 * 3072);
            out = Matrix.allocate(benchmark.arena, encoderRows, 3072);
        }
    }

    /** Decoder rows beyond 80 positions that the cache holds. */
    @State(Scope.Benchmark)
    public static class Decoder {
        @Param({"1", "16", "64", "500"})
        public int decoderRows;
        private RowSpans spans;
        private KvCache[] caches;
        private RopeTable rope;
        private Matrix qkv;
        private Matrix norm;
        private Matrix out;

        @Setup(Level.Trial)
        public void allocate(AttentionKernelBenchmark benchmark) {
            spans = RowSpans.ofLengths(decoderRows);
            caches = new KvCache[] {new KvCache(1, KV_HEADS, HEAD_DIM, 80 + decoderRows)};
            caches[0].advanceTo(80);
            rope = RopeTable.compute(benchmark.arena, 80 + decoderRows, HEAD_DIM, 1e6);
            qkv = KernelSetup.random(benchmark.arena, decoderRows, (DECODER_HEADS + 2 * KV_HEADS) * HEAD_DIM);
            // Ones: each call normalises the result of the one before, and smaller weights would end in denormals, which are slow.
            float[] ones = new float[HEAD_DIM];
            Arrays.fill(ones, 1);
            norm = Matrix.allocate(benchmark.arena, 1, HEAD_DIM);
            norm.setRow(0, ones);
            out = Matrix.allocate(benchmark.arena, decoderRows, DECODER_HEADS * HEAD_DIM);
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
    public void attention(Encoder e) {
        implementation.attention(e.qkv.columns(0, 512), e.spans, e.qkv.columns(512, 512), e.qkv.columns(1024, 512), e.spans, 4,
                0.088f, e.out.columns(0, 512));
    }

    @Benchmark
    public void fsmn(Encoder e) {
        implementation.fsmn(e.qkv.columns(1024, 512), e.taps, 5, e.spans, Optional.empty(), e.out.columns(0, 512));
    }

    @Benchmark
    public void layerNorm(Encoder e) {
        implementation.layerNorm(e.qkv.columns(0, 512), e.qkv.rows(0, 1).columns(0, 512), e.qkv.rows(0, 1).columns(512, 512),
                1e-5f, e.out.columns(0, 512));
    }

    @Benchmark
    public void swiglu(Encoder e) {
        implementation.swiglu(e.wide, e.out);
    }

    @Benchmark
    public void causalAttention(Decoder d) {
        implementation.causalAttention(d.qkv.columns(0, DECODER_HEADS * HEAD_DIM), d.spans, d.spans, d.caches, 0, DECODER_HEADS, 0.088f,
                d.out);
    }

    @Benchmark
    public void qkNormRopeAppend(Decoder d) {
        implementation.qkNormRopeAppend(d.qkv, d.norm, d.norm, 1e-6f, d.rope, d.spans, d.caches, 0, DECODER_HEADS);
    }
}
