package io.github.funasrjava.kernels.cuda;

/**
 * A GPU.
 *
 * @param index its number among the devices that the process sees
 * @param name as the driver calls it
 * @param major major number of the compute capability
 * @param minor minor number of the compute capability
 * @param multiprocessors number of multiprocessors
 * @param sharedBytesPerBlock dynamic shared memory that a block may ask for
 * @param managesMemory whether the processor may touch managed memory while kernels run
 */
public record CudaDevice(int index, String name, int major, int minor, int multiprocessors, int sharedBytesPerBlock,
        boolean managesMemory) {
    /** Compute capability as one number, 75 for 7.5. */
    public int architecture() {
        return 10 * major + minor;
    }

    @Override
    public String toString() {
        return "cuda:" + index + ", " + name + ", sm_" + architecture();
    }
}
