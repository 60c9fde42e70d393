package io.github.funasrjava.bench;

import io.github.funasrjava.engine.EngineOptions;
import io.github.funasrjava.engine.RtfBench;
import io.github.funasrjava.engine.Transcriber;
import io.github.funasrjava.kernels.KernelOptions;
import java.nio.file.Path;
import java.util.Locale;
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
 * The whole way from samples to tokens: {@code java -jar benchmarks.jar Rtf -p model=DIR -p seconds=5,10,30}. The
 * secondary metric {@code rtf} is compute time divided by audio time. Measures through the same class as
 * {@code engine.jar bench rtf}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 7)
@Fork(value = 1, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class Rtf {
    /** Model directory, published or converted. */
    @Param("")
    public String model;

    /** Seconds of audio. */
    @Param({"5", "10", "30"})
    public double seconds;

    /** Tokens that are generated, whatever the model says. */
    @Param("35")
    public int tokens;

    /** Computing threads; 0 takes all processors. */
    @Param("0")
    public int threads;

    /** Kernel tier: auto, scalar, vector, x86. */
    @Param("auto")
    public String kernels;

    private Transcriber transcriber;
    private float[] samples;

    /** Compute time divided by audio time. */
    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Metrics {
        public double rtf;

        /** Each iteration counts anew. */
        @Setup(Level.Iteration)
        public void reset() {
            rtf = 0;
        }
    }

    @Setup(Level.Trial)
    public void open() {
        if (model.isBlank()) {
            throw new IllegalArgumentException("name a model directory: -p model=DIR");
        }
        KernelOptions.Tier tier = KernelOptions.Tier.valueOf(kernels.toUpperCase(Locale.ROOT));
        transcriber = Transcriber.open(Path.of(model),
                EngineOptions.DEFAULT.withKernels(KernelOptions.defaults().withTier(tier).withThreads(threads)));
        samples = RtfBench.noise(seconds);
    }

    @Benchmark
    public double wholeWay(Metrics metrics) {
        metrics.rtf = RtfBench.once(transcriber, samples, tokens) / 1000 / seconds;
        return metrics.rtf;
    }

    @TearDown(Level.Trial)
    public void close() {
        transcriber.close();
    }
}
