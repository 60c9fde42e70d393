package io.github.funasrjava.bench;

import io.github.funasrjava.engine.RtfBench;
import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.frontend.FrontendConfig;
import io.github.funasrjava.engine.frontend.KaldiFbank;
import io.github.funasrjava.engine.frontend.LowFrameRate;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Samples to low-frame-rate rows: filter bank and stacking, one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FbankBenchmark {
    /** Seconds of audio. */
    @Param({"10", "30"})
    public double seconds;

    private final KaldiFbank fbank = new KaldiFbank(FrontendConfig.FUN_ASR_NANO);
    private final LowFrameRate lowFrameRate = LowFrameRate.of(FrontendConfig.FUN_ASR_NANO);
    private float[] samples;

    @Setup
    public void record() {
        samples = RtfBench.noise(seconds);
    }

    @Benchmark
    public Features samplesToRows() {
        return lowFrameRate.apply(fbank.compute(samples));
    }
}
