package io.github.funasrjava.bench;

import io.github.funasrjava.kernels.internal.WorkerPool;
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

/** What an operation costs beyond its items: handing them out, and waiting for the last one. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BarrierKernelBenchmark {
    /** Computing threads, the calling one included. */
    @Param({"1", "2"})
    public int threads;

    /** Items of the operation; none of them does anything. */
    @Param({"2", "16", "64"})
    public int items;

    private final WorkerPool.Task nothing = (index, worker) -> { };
    private WorkerPool pool;

    @Setup(Level.Trial)
    public void open() {
        pool = new WorkerPool(threads);
    }

    @TearDown(Level.Trial)
    public void close() {
        pool.close();
    }

    @Benchmark
    public void barrier() {
        pool.run(nothing, items);
    }
}
