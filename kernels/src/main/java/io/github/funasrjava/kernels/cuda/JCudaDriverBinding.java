package io.github.funasrjava.kernels.cuda;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmemAttach_flags;
import jcuda.driver.CUmem_advise;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** The driver API through JCuda. The only class that knows JCuda. */
final class JCudaDriverBinding implements CudaDriver {
    private static final int NAME_BYTES = 256;

    private final Map<Long, Object> handles = new ConcurrentHashMap<>();
    private final CUcontext context = new CUcontext();
    private CUdevice opened = new CUdevice();
    private boolean open;
    private final AtomicLong lastHandle = new AtomicLong();

    private JCudaDriverBinding() {}

    /** Loads JCuda's native library and initialises the driver. */
    static CudaDriver load() {
        JCudaDriver.setExceptionsEnabled(false);
        check("cuInit", JCudaDriver.cuInit(0));
        return new JCudaDriverBinding();
    }

    /** Host memory at an address. */
    private static final class HostPointer extends Pointer {
        HostPointer(long address) {
            super(address);
        }

        HostPointer() {
            super();
        }

        long address() {
            return getNativePointer();
        }
    }

    /** Device memory that the driver fills in. */
    private static final class DevicePointer extends CUdeviceptr {
        long address() {
            return getNativePointer();
        }
    }

    /** JCuda makes an address from a base, here 0, and an offset. */
    private static CUdeviceptr at(long address) {
        return new CUdeviceptr().withByteOffset(address);
    }

    private static void check(String call, int result) {
        if (result != CUresult.CUDA_SUCCESS) {
            throw new CudaException(call, result, CUresult.stringFor(result));
        }
    }

    private long keep(Object object) {
        long handle = lastHandle.incrementAndGet();
        handles.put(handle, object);
        return handle;
    }

    private <T> T get(long handle, Class<T> type) {
        return type.cast(handles.get(handle));
    }

    private CUstream stream(long handle) {
        return get(handle, CUstream.class);
    }

    @Override
    public int version() {
        int[] version = new int[1];
        check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(version));
        return version[0];
    }

    @Override
    public int deviceCount() {
        int[] count = new int[1];
        check("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(count));
        return count[0];
    }

    @Override
    public CudaDevice device(int index) {
        CUdevice device = handleOf(index);
        byte[] name = new byte[NAME_BYTES];
        check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, name.length, device));
        int end = 0;
        while (end < name.length && name[end] != 0) {
            end++;
        }
        return new CudaDevice(index, new String(name, 0, end, StandardCharsets.UTF_8),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_CONCURRENT_MANAGED_ACCESS) != 0);
    }

    private static CUdevice handleOf(int index) {
        CUdevice device = new CUdevice();
        check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, index));
        return device;
    }

    private static int attribute(CUdevice device, int which) {
        int[] value = new int[1];
        check("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, which, device));
        return value[0];
    }

    @Override
    public void open(int index) {
        opened = handleOf(index);
        check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, opened));
        open = true;
        makeCurrent();
    }

    @Override
    public void makeCurrent() {
        check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
    }

    @Override
    public void reset() {
        handles.clear();
        if (open) {
            open = false;
            int reset = JCudaDriver.cuDevicePrimaryCtxReset(opened);
            // A reset does not give up what was retained.
            int released = JCudaDriver.cuDevicePrimaryCtxRelease(opened);
            check("cuDevicePrimaryCtxReset", reset);
            check("cuDevicePrimaryCtxRelease", released);
        }
    }

    @Override
    public CudaMemory memory() {
        long[] free = new long[1];
        long[] total = new long[1];
        check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
        return new CudaMemory(free[0], total[0]);
    }

    @Override
    public long allocate(long bytes) {
        DevicePointer pointer = new DevicePointer();
        check("cuMemAlloc", JCudaDriver.cuMemAlloc(pointer, bytes));
        return pointer.address();
    }

    @Override
    public long allocateManaged(long bytes) {
        DevicePointer pointer = new DevicePointer();
        check("cuMemAllocManaged",
                JCudaDriver.cuMemAllocManaged(pointer, bytes, CUmemAttach_flags.CU_MEM_ATTACH_GLOBAL));
        // Pages come to be on the device and stay there unless the processor touches them. It is advice: a driver that does
        // not take it computes the same, so its answer does not matter.
        JCudaDriver.cuMemAdvise(pointer, bytes, CUmem_advise.CU_MEM_ADVISE_SET_PREFERRED_LOCATION, opened);
        return pointer.address();
    }

    @Override
    public void free(long address) {
        check("cuMemFree", JCudaDriver.cuMemFree(at(address)));
    }

    @Override
    public long allocatePinned(long bytes) {
        HostPointer pointer = new HostPointer();
        check("cuMemHostAlloc", JCudaDriver.cuMemHostAlloc(pointer, bytes, 0));
        return pointer.address();
    }

    @Override
    public void freePinned(long address) {
        check("cuMemFreeHost", JCudaDriver.cuMemFreeHost(new HostPointer(address)));
    }

    @Override
    public void copyToDevice(long device, long host, long bytes, long stream) {
        check("cuMemcpyHtoDAsync", JCudaDriver.cuMemcpyHtoDAsync(at(device), new HostPointer(host), bytes, stream(stream)));
    }

    @Override
    public void copyToHost(long host, long device, long bytes, long stream) {
        check("cuMemcpyDtoHAsync", JCudaDriver.cuMemcpyDtoHAsync(new HostPointer(host), at(device), bytes, stream(stream)));
    }

    @Override
    public void copyOnDevice(long to, long from, long bytes, long stream) {
        check("cuMemcpyDtoDAsync", JCudaDriver.cuMemcpyDtoDAsync(at(to), at(from), bytes, stream(stream)));
    }

    @Override
    public void clear(long device, long bytes, long stream) {
        check("cuMemsetD8Async", JCudaDriver.cuMemsetD8Async(at(device), (byte) 0, bytes, stream(stream)));
    }

    @Override
    public long loadModule(String ptx) {
        CUmodule module = new CUmodule();
        byte[] text = ptx.getBytes(StandardCharsets.US_ASCII);
        byte[] terminated = Arrays.copyOf(text, text.length + 1);
        check("cuModuleLoadData", JCudaDriver.cuModuleLoadData(module, terminated));
        return keep(module);
    }

    @Override
    public void unloadModule(long module) {
        check("cuModuleUnload", JCudaDriver.cuModuleUnload(get(module, CUmodule.class)));
        handles.remove(module);
    }

    @Override
    public long function(long module, String name) {
        CUfunction function = new CUfunction();
        check("cuModuleGetFunction", JCudaDriver.cuModuleGetFunction(function, get(module, CUmodule.class), name));
        return keep(function);
    }

    @Override
    public long createStream() {
        CUstream stream = new CUstream();
        check("cuStreamCreate", JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
        return keep(stream);
    }

    @Override
    public void destroyStream(long stream) {
        check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream(stream)));
        handles.remove(stream);
    }

    @Override
    public void synchronize(long stream) {
        check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream(stream)));
    }

    @Override
    public void launch(long function, int gridX, int gridY, int blockThreads, int sharedBytes, long stream,
            LaunchArguments arguments) {
        check("cuLaunchKernel", JCudaDriver.cuLaunchKernel(get(function, CUfunction.class), gridX, gridY, 1, blockThreads, 1, 1,
                sharedBytes, stream(stream), new HostPointer(arguments.table()), null));
    }

    @Override
    public long createEvent() {
        CUevent event = new CUevent();
        check("cuEventCreate", JCudaDriver.cuEventCreate(event, 0));
        return keep(event);
    }

    @Override
    public void record(long event, long stream) {
        check("cuEventRecord", JCudaDriver.cuEventRecord(get(event, CUevent.class), stream(stream)));
    }

    @Override
    public float elapsedMs(long from, long to) {
        float[] ms = new float[1];
        check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(get(to, CUevent.class)));
        check("cuEventElapsedTime", JCudaDriver.cuEventElapsedTime(ms, get(from, CUevent.class), get(to, CUevent.class)));
        return ms[0];
    }

    @Override
    public void destroyEvent(long event) {
        check("cuEventDestroy", JCudaDriver.cuEventDestroy(get(event, CUevent.class)));
        handles.remove(event);
    }

    @Override
    public void beginCapture(long stream) {
        check("cuStreamBeginCapture",
                JCudaDriver.cuStreamBeginCapture(stream(stream), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    }

    @Override
    public long endCapture(long stream) {
        CUgraph graph = new CUgraph();
        check("cuStreamEndCapture", JCudaDriver.cuStreamEndCapture(stream(stream), graph));
        CUgraphExec executable = new CUgraphExec();
        int instantiated = JCudaDriver.cuGraphInstantiate(executable, graph, 0);
        check("cuGraphDestroy", JCudaDriver.cuGraphDestroy(graph));
        check("cuGraphInstantiate", instantiated);
        return keep(executable);
    }

    @Override
    public void launchGraph(long graph, long stream) {
        check("cuGraphLaunch", JCudaDriver.cuGraphLaunch(get(graph, CUgraphExec.class), stream(stream)));
    }

    @Override
    public void destroyGraph(long graph) {
        check("cuGraphExecDestroy", JCudaDriver.cuGraphExecDestroy(get(graph, CUgraphExec.class)));
        handles.remove(graph);
    }

    @Override
    public void close() {
        handles.clear();
        if (open) {
            open = false;
            check("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(opened));
        }
    }
}
