package io.github.funasrjava.kernels.cuda;

import io.github.funasrjava.kernels.KernelsUnavailableException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * An opened device: its stream, its code, and an account of its memory. Once the driver says that the context is lost,
 * every later use fails with one sentence; another session can be opened.
 */
final class CudaSession implements AutoCloseable {
    /** What device memory is for. */
    enum Use { WEIGHTS, CACHE, WORKSPACE, ACTIVATIONS }

    private final CudaDriver driver;
    private final CudaDevice device;
    private final CudaKernelCode code;
    private final long stream;
    private final Arena arena = Arena.ofShared();
    private final LaunchArguments arguments = new LaunchArguments(arena);
    private final long[] accounted = new long[Use.values().length];
    private final TreeMap<Long, Allocation> allocations = new TreeMap<>();
    private final List<Long> freedLater = new ArrayList<>();
    private LongConsumer beforeFreeing = address -> { };
    private Optional<CudaRecording> recording = Optional.empty();
    private long waits;
    private volatile String lost = "";
    private boolean closed;

    private record Allocation(long bytes, Use use) {}

    CudaSession(CudaDriver driver, CudaDevice device) {
        this.driver = driver;
        this.device = device;
        driver.open(device.index());
        code = new CudaKernelCode(driver, device);
        stream = driver.createStream();
    }

    CudaDevice device() {
        return device;
    }

    /** Whether the device multiplies bf16; else 16-bit weights are kept as scaled f16. */
    boolean multipliesBf16() {
        return device.architecture() >= 80;
    }

    long stream() {
        return stream;
    }

    /** Runs calls of the driver on the calling thread; failures come as one sentence. */
    <T> T call(Supplier<T> calls) {
        if (closed) {
            throw new IllegalStateException("these kernels are closed");
        }
        if (!lost.isEmpty()) {
            throw new KernelsUnavailableException(lost);
        }
        try {
            // Every time: another session may have worked on this thread, and a virtual thread on another one of the system's.
            driver.makeCurrent();
            return calls.get();
        } catch (CudaException e) {
            throw new KernelsUnavailableException(failureOf(e));
        }
    }

    /** The sentence for an error of the driver. One that the context does not survive is remembered. */
    String failureOf(CudaException e) {
        if (e.contextLost()) {
            lost = "device_lost: " + e.getMessage() + " on " + device;
            return lost;
        }
        return e.getMessage() + " on " + device + memoryNote(e);
    }

    private String memoryNote(CudaException e) {
        if (e.code() != CudaException.OUT_OF_MEMORY) {
            return "";
        }
        CudaMemory memory = driver.memory();
        return String.format(Locale.ROOT, "; %,d MB of %,d MB are free, and this program holds %,d MB",
                memory.freeBytes() / 1_000_000, memory.totalBytes() / 1_000_000, held() / 1_000_000);
    }

    void call(Runnable calls) {
        call(() -> {
            calls.run();
            return 0;
        });
    }

    CudaDriver driver() {
        return driver;
    }

    /** Arguments of the next launch. */
    LaunchArguments arguments() {
        return arguments.clear();
    }

    /** Arguments of the next launch, behind those that it was given already. */
    LaunchArguments moreArguments() {
        return arguments;
    }

    /** Whether this was closed. */
    boolean closed() {
        return closed;
    }

    /** Why the context is gone; empty while it is not. */
    Optional<String> lost() {
        return lost.isEmpty() ? Optional.empty() : Optional.of(lost);
    }

    /** Is told of every allocation before it is freed, when nothing runs any more. */
    void beforeFreeing(LongConsumer listener) {
        beforeFreeing = listener;
    }

    /** The pass that is being captured. */
    Optional<CudaRecording> recording() {
        return recording;
    }

    /** From here on what is put into the stream is captured. */
    void beginRecording(CudaRecording begun) {
        call(() -> driver.beginCapture(stream));
        recording = Optional.of(begun);
    }

    /** What was captured, ready for launches; 0 where nothing was begun. */
    long endRecording() {
        if (recording.isEmpty()) {
            return 0;
        }
        recording = Optional.empty();
        try {
            return call(() -> driver.endCapture(stream));
        } finally {
            if (lost.isEmpty()) {
                freedLater.forEach(this::release);
            }
            freedLater.clear();
        }
    }

    /** Fails where a pass is being captured, which must neither allocate nor wait. */
    void notWhileRecording(String what) {
        if (recording.isPresent()) {
            throw new CudaRecording.NotRepeatable("it " + what);
        }
    }

    /** How often somebody waited for the stream. */
    long waits() {
        return waits;
    }

    /** Starts a kernel with what {@link #arguments} was given. */
    void launch(String kernel, int gridX, int gridY, int blockThreads, int sharedBytes) {
        recording.ifPresent(this::noteMemory);
        call(() -> driver.launch(code.function(kernel), gridX, gridY, blockThreads, sharedBytes, stream, arguments));
    }

    void launch(String kernel, int gridX, int gridY, int blockThreads) {
        launch(kernel, gridX, gridY, blockThreads, 0);
    }

    private void noteMemory(CudaRecording into) {
        for (int i = 0; i < arguments.count(); i++) {
            if (arguments.isPointer(i) && arguments.slot(i) != 0) {
                Map.Entry<Long, Allocation> entry = allocations.floorEntry(arguments.slot(i));
                if (entry != null) {
                    into.touches(entry.getKey());
                }
            }
        }
    }

    long allocate(Use use, long bytes) {
        notWhileRecording("allocates memory");
        return call(() -> {
            long address = use == Use.ACTIVATIONS ? driver.allocateManaged(bytes) : driver.allocate(bytes);
            allocations.put(address, new Allocation(bytes, use));
            accounted[use.ordinal()] += bytes;
            return address;
        });
    }

    /** Frees memory when everything that uses it is done. */
    void free(long address) {
        Allocation allocation = allocations.remove(address);
        if (allocation == null || closed || !lost.isEmpty()) {
            return; // the context took it along
        }
        accounted[allocation.use.ordinal()] -= allocation.bytes;
        if (recording.isPresent()) {
            freedLater.add(address);
        } else {
            release(address);
        }
    }

    private void release(long address) {
        synchronize();
        beforeFreeing.accept(address);
        call(() -> driver.free(address));
    }

    /** Whether kernels reach memory at this address. */
    boolean isOurs(long address) {
        Map.Entry<Long, Allocation> entry = allocations.floorEntry(address);
        return entry != null && address < entry.getKey() + entry.getValue().bytes;
    }

    /** Fills memory with zeros, and waits: the processor may write to it next. */
    void clear(long address, long bytes) {
        call(() -> driver.clear(address, bytes, stream));
        synchronize();
    }

    long accounted(Use use) {
        return accounted[use.ordinal()];
    }

    private long held() {
        long sum = 0;
        for (long bytes : accounted) {
            sum += bytes;
        }
        return sum;
    }

    void synchronize() {
        notWhileRecording("waits");
        call(() -> driver.synchronize(stream));
        waits++;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        Optional<CudaException> failed = Optional.empty();
        try {
            if (lost.isEmpty()) {
                giveBack();
            }
        } catch (CudaException e) {
            failureOf(e); // a lost context may show only here
            failed = Optional.of(e);
        }
        try {
            if (!lost.isEmpty()) {
                driver.reset();
            }
            driver.close();
        } catch (CudaException e) {
            failed = Optional.of(failed.orElse(e));
        }
        allocations.clear();
        arena.close();
        // A lost context may refuse to go; what was lost has been said, and opening again says what is left.
        if (lost.isEmpty() && failed.isPresent()) {
            throw failed.get();
        }
    }

    /** The context outlives this session where another one has it too, so nothing is left to it. */
    private void giveBack() {
        driver.makeCurrent();
        driver.synchronize(stream);
        allocations.keySet().forEach(driver::free);
        driver.destroyStream(stream);
        code.unload();
    }
}
