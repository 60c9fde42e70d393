package io.github.funasrjava.kernels.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A driver that follows a script: devices, version, memory and failures are what a test says. Its device memory is
 * native memory of the process, and what launches do is up to the executor; without one they do nothing.
 */
final class FakeCudaDriver implements CudaDriver {
    /** Executes the kernels of a module. */
    interface Executor {
        /** Takes a module and returns its handle. */
        long load(String ptx);

        /** Runs one grid. */
        void launch(long module, String function, int gridX, int gridY, int blockThreads, int sharedBytes, LaunchArguments arguments);

        /** Tells of memory that kernels may touch. */
        default void allocated(long address, long bytes) { }

        /** Tells of memory that they may touch no longer. */
        default void freed(long address) { }
    }

    final List<CudaDevice> devices = new ArrayList<>();
    final List<String> calls = new ArrayList<>();
    final Map<String, Integer> failures = new HashMap<>();
    final Map<Long, NativeBlock> blocks = new HashMap<>();
    int version = 12040;
    long totalBytes = 16_000_000_000L;
    long takenBytes;
    int opened = -1;
    boolean closed;
    int contexts;
    int launches;
    int graphLaunches;

    private final Executor executor;
    private final Map<Long, Function> functions = new HashMap<>();
    private final Map<Long, List<Runnable>> graphs = new HashMap<>();
    private final ArrayDeque<Runnable> pending = new ArrayDeque<>();
    private List<Runnable> capturing;
    private boolean captureSpoiled;
    private Thread capturingThread;
    private long capturedStream;
    private long next = 1;

    private record Function(long module, String name) {}

    FakeCudaDriver(Executor executor) {
        this.executor = executor;
    }

    FakeCudaDriver() {
        this(new Executor() {
            @Override
            public long load(String ptx) {
                return 1;
            }

            @Override
            public void launch(long module, String function, int gridX, int gridY, int blockThreads, int sharedBytes,
                    LaunchArguments arguments) {
                // Nothing computes.
            }
        });
    }

    static FakeCudaDriver with(int... architectures) {
        FakeCudaDriver driver = new FakeCudaDriver();
        for (int architecture : architectures) {
            driver.add(architecture);
        }
        return driver;
    }

    synchronized void lose() {
        failures.put("cuStreamSynchronize", 700);
    }

    FakeCudaDriver add(int architecture) {
        int index = devices.size();
        devices.add(new CudaDevice(index, "Fake GPU " + index, architecture / 10, architecture % 10, 4, 99 << 10, true));
        return this;
    }

    private void call(String name) {
        calls.add(name);
        Integer failure = failures.get(name);
        if (failure != null) {
            throw new CudaException(name, failure, "a scripted failure");
        }
    }

    /** A real driver refuses these while it captures, and the capture is lost. */
    private void notWhileCapturing(String name) {
        if (capturing != null && Thread.currentThread() == capturingThread) {
            captureSpoiled = true;
            throw new CudaException(name, 900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED");
        }
    }

    /** Nothing happens before somebody waits, so that nobody gets away with not waiting. */
    private void enqueue(long stream, Runnable work) {
        if (capturing != null && stream == capturedStream) {
            capturing.add(work);
        } else {
            pending.add(work);
        }
    }

    private void drain() {
        while (!pending.isEmpty()) {
            pending.poll().run();
        }
    }

    @Override
    public synchronized int version() {
        call("cuDriverGetVersion");
        return version;
    }

    @Override
    public synchronized int deviceCount() {
        call("cuDeviceGetCount");
        return devices.size();
    }

    @Override
    public synchronized CudaDevice device(int index) {
        return devices.get(index);
    }

    @Override
    public synchronized void open(int index) {
        call("cuDevicePrimaryCtxRetain");
        opened = index;
        contexts++;
    }

    @Override
    public synchronized void makeCurrent() {
        call("cuCtxSetCurrent");
    }

    @Override
    public synchronized void reset() {
        calls.add("cuDevicePrimaryCtxReset");
        pending.clear();
        capturing = null;
        graphs.clear();
        functions.clear();
        List.copyOf(blocks.keySet()).forEach(this::release);
        opened = -1;
    }

    @Override
    public synchronized CudaMemory memory() {
        return new CudaMemory(totalBytes - takenBytes - blocks.values().stream().mapToLong(NativeBlock::bytes).sum(), totalBytes);
    }

    private long allocate(String call, long bytes) {
        call(call);
        notWhileCapturing(call);
        if (bytes > memory().freeBytes()) {
            throw new CudaException(call, CudaException.OUT_OF_MEMORY, "out of memory");
        }
        NativeBlock block = new NativeBlock(bytes);
        blocks.put(block.address(), block);
        executor.allocated(block.address(), bytes);
        return block.address();
    }

    private void release(long address) {
        NativeBlock block = blocks.remove(address);
        if (block == null) {
            throw new AssertionError("address " + address + " was not allocated, or was freed before");
        }
        executor.freed(address);
        block.close();
    }

    @Override
    public synchronized long allocate(long bytes) {
        return allocate("cuMemAlloc", bytes);
    }

    @Override
    public synchronized long allocateManaged(long bytes) {
        return allocate("cuMemAllocManaged", bytes);
    }

    @Override
    public synchronized void free(long address) {
        call("cuMemFree");
        notWhileCapturing("cuMemFree");
        release(address);
    }

    @Override
    public synchronized long allocatePinned(long bytes) {
        return allocate("cuMemHostAlloc", bytes);
    }

    @Override
    public synchronized void freePinned(long address) {
        release(address);
    }

    private void copy(long to, long from, long bytes) {
        MemorySegment.copy(MemorySegment.ofAddress(from).reinterpret(bytes), 0, MemorySegment.ofAddress(to).reinterpret(bytes), 0, bytes);
    }

    @Override
    public synchronized void copyToDevice(long device, long host, long bytes, long stream) {
        call("cuMemcpyHtoDAsync");
        enqueue(stream, () -> copy(device, host, bytes));
    }

    @Override
    public synchronized void copyToHost(long host, long device, long bytes, long stream) {
        call("cuMemcpyDtoHAsync");
        enqueue(stream, () -> copy(host, device, bytes));
    }

    @Override
    public synchronized void copyOnDevice(long to, long from, long bytes, long stream) {
        call("cuMemcpyDtoDAsync");
        enqueue(stream, () -> copy(to, from, bytes));
    }

    @Override
    public synchronized long loadModule(String ptx) {
        call("cuModuleLoadData");
        return executor.load(ptx);
    }

    @Override
    public synchronized long function(long module, String name) {
        functions.put(next, new Function(module, name));
        return next++;
    }

    @Override
    public synchronized void allowShared(long function, int bytes) {
        call("cuFuncSetAttribute");
    }

    @Override
    public synchronized long createStream() {
        return next++;
    }

    @Override
    public synchronized void destroyStream(long stream) {
        // Streams hold nothing.
    }

    @Override
    public synchronized void synchronize(long stream) {
        call("cuStreamSynchronize");
        notWhileCapturing("cuStreamSynchronize");
        drain();
    }

    @Override
    public synchronized void launch(long function, int gridX, int gridY, int blockThreads, int sharedBytes, long stream,
            LaunchArguments arguments) {
        call("cuLaunchKernel");
        Function f = functions.get(function);
        LaunchArguments copied = arguments.copy();
        enqueue(stream, () -> {
            launches++;
            executor.launch(f.module(), f.name(), gridX, gridY, blockThreads, sharedBytes, copied);
        });
    }

    @Override
    public synchronized long createEvent() {
        return next++;
    }

    @Override
    public synchronized void record(long event, long stream) {
        // Time does not pass here.
    }

    @Override
    public synchronized float elapsedMs(long from, long to) {
        return 1;
    }

    @Override
    public synchronized void destroyEvent(long event) {
        // Events hold nothing.
    }

    @Override
    public synchronized void beginCapture(long stream) {
        call("cuStreamBeginCapture");
        captureSpoiled = false;
        capturingThread = Thread.currentThread();
        capturedStream = stream;
        capturing = new ArrayList<>();
    }

    @Override
    public synchronized long endCapture(long stream) {
        List<Runnable> captured = capturing;
        capturing = null;
        call("cuStreamEndCapture");
        if (captureSpoiled) {
            throw new CudaException("cuStreamEndCapture", 901, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED");
        }
        graphs.put(next, captured);
        return next++;
    }

    @Override
    public synchronized void launchGraph(long graph, long stream) {
        call("cuGraphLaunch");
        notWhileCapturing("cuGraphLaunch");
        if (!graphs.containsKey(graph)) {
            throw new AssertionError("graph " + graph + " was destroyed");
        }
        enqueue(stream, () -> graphLaunches++);
        graphs.get(graph).forEach(work -> enqueue(stream, work));
    }

    @Override
    public synchronized void destroyGraph(long graph) {
        call("cuGraphExecDestroy");
        graphs.remove(graph);
    }

    @Override
    public synchronized void close() {
        closed = true;
        pending.clear();
        List.copyOf(blocks.keySet()).forEach(this::release);
    }
}
