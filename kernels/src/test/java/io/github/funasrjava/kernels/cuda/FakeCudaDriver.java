package io.github.funasrjava.kernels.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A driver that follows a script: devices, version, memory and failures are what a test says. Its device memory is
 * native memory of the process, and what launches do is up to the executor; without one they do nothing.
 *
 * <p>It is stricter than a driver has to be. Work happens when somebody waits for its stream, and for no other. A thread
 * without the context gets an error; memory that is not there any more, that pending work touches when it is freed, or that
 * is not of the kind that a call takes is a failed test, and so is a grid that no GPU takes, and what is left behind at the end.
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
    private final Map<Long, List<Work>> graphs = new HashMap<>();
    private final Map<Long, ArrayDeque<Work>> streams = new HashMap<>();
    private final Map<Long, Kind> kinds = new HashMap<>();
    private final Set<Long> modules = new HashSet<>();
    private List<Work> capturing;
    private boolean captureSpoiled;
    private Thread capturingThread;
    private long capturedStream;
    private long next = 1;

    private record Function(long module, String name) {}

    private enum Kind { DEVICE, MANAGED, PINNED }

    /** Something that a stream will do, and the addresses that it touches. */
    private record Work(Runnable run, long... addresses) {}

    /** The driver whose context the calling thread has, as each thread of the operating system remembers. */
    private static final ThreadLocal<FakeCudaDriver> CURRENT = new ThreadLocal<>();
    /** Dynamic shared memory that a kernel has without asking for more. */
    private static final int SHARED_LIMIT = 48 << 10;

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
        return add(architecture, 4);
    }

    FakeCudaDriver add(int architecture, int multiprocessors) {
        int index = devices.size();
        devices.add(new CudaDevice(index, "Fake GPU " + index, architecture / 10, architecture % 10, multiprocessors, 99 << 10, true));
        return this;
    }

    private void call(String name) {
        calls.add(name);
        Integer failure = failures.get(name);
        if (failure != null) {
            throw new CudaException(name, failure, "a scripted failure");
        }
    }

    private void inContext(String name) {
        if (CURRENT.get() != this) {
            throw new CudaException(name, 201, "CUDA_ERROR_INVALID_CONTEXT");
        }
        call(name);
    }

    /** A real driver refuses these while it captures, and the capture is lost. */
    private void notWhileCapturing(String name) {
        if (capturing != null && Thread.currentThread() == capturingThread) {
            captureSpoiled = true;
            throw new CudaException(name, 900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED");
        }
    }

    /** Nothing happens before somebody waits, so that nobody gets away with not waiting. */
    private void enqueue(long stream, Work work) {
        for (long address : work.addresses) {
            blockOf(address);
        }
        ArrayDeque<Work> queue = streams.get(stream);
        if (queue == null) {
            throw new AssertionError("stream " + stream + " is not there");
        }
        if (capturing != null && stream == capturedStream) {
            capturing.add(work);
        } else {
            queue.add(work);
        }
    }

    /** The block that an address lies in. */
    private long blockOf(long address) {
        for (NativeBlock block : blocks.values()) {
            if (address >= block.address() && address < block.address() + block.bytes()) {
                return block.address();
            }
        }
        throw new AssertionError("address " + address + " is in no memory of the driver, or in freed memory");
    }

    private void require(long address, long bytes, Kind... allowed) {
        long block = blockOf(address);
        if (!List.of(allowed).contains(kinds.get(block)) || address + bytes > block + blocks.get(block).bytes()) {
            throw new AssertionError(bytes + " bytes at " + address + " are not " + List.of(allowed) + " memory, but of "
                    + kinds.get(block) + " memory of " + blocks.get(block).bytes());
        }
    }

    private void drain(long stream) {
        ArrayDeque<Work> queue = streams.get(stream);
        if (queue == null) {
            throw new AssertionError("stream " + stream + " is not there");
        }
        while (!queue.isEmpty()) {
            queue.poll().run.run();
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
        CURRENT.set(this);
    }

    @Override
    public synchronized void makeCurrent() {
        call("cuCtxSetCurrent");
        if (opened < 0) {
            throw new AssertionError("there is no context to make current");
        }
        CURRENT.set(this);
    }

    @Override
    public synchronized void reset() {
        calls.add("cuDevicePrimaryCtxReset");
        streams.clear();
        capturing = null;
        graphs.clear();
        functions.clear();
        modules.clear();
        List.copyOf(blocks.keySet()).forEach(this::release);
        opened = -1;
    }

    @Override
    public synchronized CudaMemory memory() {
        inContext("cuMemGetInfo");
        long held = blocks.values().stream().filter(block -> kinds.get(block.address()) != Kind.PINNED).mapToLong(NativeBlock::bytes).sum();
        return new CudaMemory(totalBytes - takenBytes - held, totalBytes);
    }

    private long allocate(String call, long bytes, Kind kind) {
        inContext(call);
        notWhileCapturing(call);
        if (bytes < 1) {
            throw new CudaException(call, 1, "CUDA_ERROR_INVALID_VALUE");
        }
        if (kind != Kind.PINNED && bytes > memory().freeBytes()) {
            throw new CudaException(call, CudaException.OUT_OF_MEMORY, "out of memory");
        }
        NativeBlock block = new NativeBlock(bytes);
        blocks.put(block.address(), block);
        kinds.put(block.address(), kind);
        if (kind != Kind.PINNED) {
            executor.allocated(block.address(), bytes);
        }
        return block.address();
    }

    private void release(long address) {
        NativeBlock block = blocks.remove(address);
        if (block == null) {
            throw new AssertionError("address " + address + " was not allocated, or was freed before");
        }
        if (kinds.remove(address) != Kind.PINNED) {
            executor.freed(address);
        }
        block.close();
    }

    /** What a stream still has to do must not touch memory that goes. */
    private void requireIdle(long address) {
        for (ArrayDeque<Work> queue : streams.values()) {
            for (Work work : queue) {
                for (long touched : work.addresses) {
                    if (blocks.containsKey(address) && blockOf(touched) == address) {
                        throw new AssertionError("memory is freed before the work that touches it was waited for");
                    }
                }
            }
        }
    }

    @Override
    public synchronized long allocate(long bytes) {
        return allocate("cuMemAlloc", bytes, Kind.DEVICE);
    }

    @Override
    public synchronized long allocateManaged(long bytes) {
        return allocate("cuMemAllocManaged", bytes, Kind.MANAGED);
    }

    @Override
    public synchronized void free(long address) {
        inContext("cuMemFree");
        notWhileCapturing("cuMemFree");
        require(address, 1, Kind.DEVICE, Kind.MANAGED);
        requireIdle(address);
        release(address);
    }

    @Override
    public synchronized long allocatePinned(long bytes) {
        return allocate("cuMemHostAlloc", bytes, Kind.PINNED);
    }

    @Override
    public synchronized void freePinned(long address) {
        inContext("cuMemFreeHost");
        notWhileCapturing("cuMemFreeHost");
        require(address, 1, Kind.PINNED);
        requireIdle(address);
        release(address);
    }

    private void copy(long to, long from, long bytes) {
        MemorySegment.copy(MemorySegment.ofAddress(from).reinterpret(bytes), 0, MemorySegment.ofAddress(to).reinterpret(bytes), 0, bytes);
    }

    @Override
    public synchronized void copyToDevice(long device, long host, long bytes, long stream) {
        inContext("cuMemcpyHtoDAsync");
        require(device, bytes, Kind.DEVICE, Kind.MANAGED);
        require(host, bytes, Kind.PINNED);
        enqueue(stream, new Work(() -> copy(device, host, bytes), device, host));
    }

    @Override
    public synchronized void copyToHost(long host, long device, long bytes, long stream) {
        inContext("cuMemcpyDtoHAsync");
        require(device, bytes, Kind.DEVICE, Kind.MANAGED);
        require(host, bytes, Kind.PINNED);
        enqueue(stream, new Work(() -> copy(host, device, bytes), device, host));
    }

    @Override
    public synchronized void copyOnDevice(long to, long from, long bytes, long stream) {
        inContext("cuMemcpyDtoDAsync");
        require(to, bytes, Kind.DEVICE, Kind.MANAGED);
        require(from, bytes, Kind.DEVICE, Kind.MANAGED);
        enqueue(stream, new Work(() -> copy(to, from, bytes), to, from));
    }

    @Override
    public synchronized void clear(long device, long bytes, long stream) {
        inContext("cuMemsetD8Async");
        require(device, bytes, Kind.DEVICE, Kind.MANAGED);
        enqueue(stream, new Work(() -> MemorySegment.ofAddress(device).reinterpret(bytes).fill((byte) 0), device));
    }

    @Override
    public synchronized long loadModule(String ptx) {
        inContext("cuModuleLoadData");
        notWhileCapturing("cuModuleLoadData");
        long module = executor.load(ptx);
        modules.add(module);
        return module;
    }

    @Override
    public synchronized void unloadModule(long module) {
        inContext("cuModuleUnload");
        notWhileCapturing("cuModuleUnload");
        modules.remove(module);
        functions.values().removeIf(function -> function.module == module);
    }

    @Override
    public synchronized long function(long module, String name) {
        functions.put(next, new Function(module, name));
        return next++;
    }

    @Override
    public synchronized long createStream() {
        inContext("cuStreamCreate");
        streams.put(next, new ArrayDeque<>());
        return next++;
    }

    @Override
    public synchronized void destroyStream(long stream) {
        inContext("cuStreamDestroy");
        if (streams.remove(stream) == null) {
            throw new AssertionError("stream " + stream + " is not there");
        }
    }

    @Override
    public synchronized void synchronize(long stream) {
        inContext("cuStreamSynchronize");
        notWhileCapturing("cuStreamSynchronize");
        drain(stream);
    }

    @Override
    public synchronized void launch(long function, int gridX, int gridY, int blockThreads, int sharedBytes, long stream,
            LaunchArguments arguments) {
        inContext("cuLaunchKernel");
        Function f = functions.get(function);
        if (f == null) {
            throw new AssertionError("function " + function + " is not there");
        }
        if (gridX < 1 || gridY < 1 || gridY > 65_535 || blockThreads < 1 || blockThreads > 1024 || sharedBytes > SHARED_LIMIT) {
            throw new AssertionError(f.name() + " cannot run as " + gridX + " x " + gridY + " blocks of " + blockThreads + " threads with "
                    + sharedBytes + " bytes of shared memory");
        }
        LaunchArguments copied = arguments.copy();
        long[] pointers = IntStream.range(0, copied.count()).filter(n -> copied.isPointer(n) && copied.slot(n) != 0)
                .mapToLong(copied::slot).toArray();
        for (long pointer : pointers) {
            require(pointer, 1, Kind.DEVICE, Kind.MANAGED);
        }
        enqueue(stream, new Work(() -> {
            launches++;
            executor.launch(f.module(), f.name(), gridX, gridY, blockThreads, sharedBytes, copied);
        }, pointers));
    }

    @Override
    public synchronized long createEvent() {
        return next++;
    }

    @Override
    public synchronized void record(long event, long stream) {
        inContext("cuEventRecord"); // time does not pass here
    }

    @Override
    public synchronized float elapsedMs(long from, long to) {
        inContext("cuEventSynchronize");
        notWhileCapturing("cuEventSynchronize");
        streams.keySet().forEach(this::drain);
        return 1;
    }

    @Override
    public synchronized void destroyEvent(long event) {
        // Events hold nothing.
    }

    @Override
    public synchronized void beginCapture(long stream) {
        inContext("cuStreamBeginCapture");
        if (capturing != null) {
            throw new AssertionError("the stream is captured already");
        }
        captureSpoiled = false;
        capturingThread = Thread.currentThread();
        capturedStream = stream;
        capturing = new ArrayList<>();
    }

    @Override
    public synchronized long endCapture(long stream) {
        List<Work> captured = capturing;
        if (Thread.currentThread() != capturingThread) {
            throw new CudaException("cuStreamEndCapture", 908, "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD");
        }
        capturing = null;
        inContext("cuStreamEndCapture");
        if (captureSpoiled) {
            throw new CudaException("cuStreamEndCapture", 901, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED");
        }
        graphs.put(next, captured);
        return next++;
    }

    @Override
    public synchronized void launchGraph(long graph, long stream) {
        inContext("cuGraphLaunch");
        notWhileCapturing("cuGraphLaunch");
        if (!graphs.containsKey(graph)) {
            throw new AssertionError("graph " + graph + " was destroyed");
        }
        enqueue(stream, new Work(() -> graphLaunches++));
        graphs.get(graph).forEach(work -> enqueue(stream, work));
    }

    @Override
    public synchronized void destroyGraph(long graph) {
        inContext("cuGraphExecDestroy");
        if (graphs.remove(graph) == null) {
            throw new AssertionError("graph " + graph + " is not there");
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (CURRENT.get() == this) {
            CURRENT.remove();
        }
        opened = -1;
        String left = streams.size() + " streams, " + blocks.size() + " blocks of memory, " + graphs.size() + " graphs, " + modules.size()
                + " modules";
        List.copyOf(blocks.keySet()).forEach(this::release);
        if (!left.equals("0 streams, 0 blocks of memory, 0 graphs, 0 modules") && failures.isEmpty()) {
            throw new AssertionError("left behind: " + left);
        }
    }
}
