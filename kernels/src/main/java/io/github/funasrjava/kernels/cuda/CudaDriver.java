package io.github.funasrjava.kernels.cuda;

/**
 * What is asked of the CUDA driver. One implementation goes through JCuda; tests have another that follows a script.
 * Addresses and handles are plain numbers; handles are valid for the driver object that gave them.
 *
 * <p>Every method throws {@link CudaException} when the driver reports an error, which may be that of an earlier
 * asynchronous call. Except for {@link #version}, {@link #deviceCount} and {@link #device} all methods need
 * {@link #open} first and the context current, which the driver remembers by thread of the operating system: another
 * context may have become current there since, and a virtual thread may have moved, so {@link #makeCurrent} comes before calls. Two threads may call at a time, with
 * streams of their own.
 */
public interface CudaDriver extends AutoCloseable {
    /** The CUDA version that the driver supports: {@code 1000 * major + 10 * minor}. */
    int version();

    /** Devices that the process may see. */
    int deviceCount();

    /** What a device is. */
    CudaDevice device(int index);

    /** Takes the primary context of a device and makes it current for the calling thread. */
    void open(int index);

    /** Makes the opened context current for the calling thread. */
    void makeCurrent();

    /** Gives up the context, after an error that it does not recover from; {@link #open} takes a new one. */
    void reset();

    /** Memory of the opened device. */
    CudaMemory memory();

    /** Device memory, aligned to 256 bytes. */
    long allocate(long bytes);

    /**
     * Memory with one address on both sides, which the driver moves to whoever touches it, and which is at home on the
     * device.
     */
    long allocateManaged(long bytes);

    /** Frees memory of {@link #allocate} or {@link #allocateManaged}. */
    void free(long address);

    /** Host memory that the device copies from at full speed. */
    long allocatePinned(long bytes);

    /** Frees memory of {@link #allocatePinned}. */
    void freePinned(long address);

    /** Copies from host to device memory, in the stream's order. */
    void copyToDevice(long device, long host, long bytes, long stream);

    /** Copies from device to host memory, in the stream's order. */
    void copyToHost(long host, long device, long bytes, long stream);

    /** Copies within device memory, in the stream's order. */
    void copyOnDevice(long to, long from, long bytes, long stream);

    /** Fills device or managed memory with zeros, in the stream's order. */
    void clear(long device, long bytes, long stream);

    /** Compiles PTX for the opened device. */
    long loadModule(String ptx);

    /** Gives back what {@link #loadModule} made. */
    void unloadModule(long module);

    /** An entry of a module. */
    long function(long module, String name);

    /** A stream: what is put into it runs in order. */
    long createStream();

    /** Ends a stream. */
    void destroyStream(long stream);

    /** Waits until everything in the stream is done. */
    void synchronize(long stream);

    /** Starts a grid of {@code gridX * gridY} blocks with up to 48 KiB of shared memory, the static part included. */
    void launch(long function, int gridX, int gridY, int blockThreads, int sharedBytes, long stream, LaunchArguments arguments);

    /** A point in time of a stream. */
    long createEvent();

    /** Marks the point that the stream has reached. */
    void record(long event, long stream);

    /** Milliseconds between two recorded events; waits for the second. */
    float elapsedMs(long from, long to);

    /** Frees an event. */
    void destroyEvent(long event);

    /** From here on the stream's work is noted, not done. */
    void beginCapture(long stream);

    /** Ends noting; the result can be launched any number of times. */
    long endCapture(long stream);

    /** Puts captured work into a stream. */
    void launchGraph(long graph, long stream);

    /** Frees captured work. */
    void destroyGraph(long graph);

    /** Gives up the context and everything in it. */
    @Override
    void close();
}
