package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.cuda.ptx.PtxInterpreter;
import io.github.funasrjava.kernels.internal.TierAttempt;

/** The CUDA kernels on a scripted driver whose grids the PTX interpreter runs: no GPU is needed, and none is measured. */
public final class InterpretedCuda {
    private InterpretedCuda() {}

    /** Opens the kernels of an architecture. */
    public static Kernels open(int architecture, KernelOptions options) {
        FakeCudaDriver driver = driver().add(architecture);
        return CudaKernels.open(new CudaDetection(FakeCudaPlatform.with(driver)).find(0), options);
    }

    /** The same with another number of multiprocessors, on which sizes of tiles depend. */
    public static Kernels open(int architecture, int multiprocessors, KernelOptions options) {
        FakeCudaDriver driver = driver().add(architecture, multiprocessors);
        return CudaKernels.open(new CudaDetection(FakeCudaPlatform.with(driver)).find(0), options);
    }

    /** A machine with one such GPU. */
    public static CudaDetection machine(int architecture) {
        return new CudaDetection(FakeCudaPlatform.with(driver().add(architecture)));
    }

    /** A machine with a GPU that computes nothing. */
    public static CudaDetection brokenMachine() {
        return new CudaDetection(FakeCudaPlatform.with(FakeCudaDriver.with(80)));
    }

    /** For a table of tiers. */
    public static TierAttempt attempt(int architecture, KernelOptions options) {
        return new TierAttempt.Opened(open(architecture, options));
    }

    /** A GPU that a test can lose. */
    public static final class Losable {
        private final FakeCudaDriver driver;

        /** One of an architecture. */
        public Losable(int architecture) {
            driver = driver().add(architecture);
        }

        /** Opens the kernels on it. */
        public Kernels open(KernelOptions options) {
            return CudaKernels.open(new CudaDetection(FakeCudaPlatform.with(driver)).find(0), options);
        }

        /** From here on every wait reports an illegal access (700), as a lost context does. */
        public void lose() {
            driver.lose();
        }

        /** Graphs that were launched. */
        public int graphLaunches() {
            return driver.graphLaunches;
        }
    }

    static FakeCudaDriver driver() {
        PtxInterpreter interpreter = new PtxInterpreter();
        return new FakeCudaDriver(new FakeCudaDriver.Executor() {
            @Override
            public long load(String ptx) {
                return interpreter.load(ptx);
            }

            @Override
            public void launch(long module, String function, int gridX, int gridY, int blockThreads, int sharedBytes,
                    LaunchArguments arguments) {
                interpreter.launch((int) module, function, gridX, gridY, blockThreads, sharedBytes, arguments.count(), arguments::slot);
            }

            @Override
            public void allocated(long address, long bytes) {
                interpreter.allocated(address, bytes);
            }

            @Override
            public void freed(long address) {
                interpreter.freed(address);
            }
        });
    }
}
