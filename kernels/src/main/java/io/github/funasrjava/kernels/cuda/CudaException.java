package io.github.funasrjava.kernels.cuda;

/** The CUDA driver reported an error. */
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** {@code CUDA_ERROR_OUT_OF_MEMORY}. */
    public static final int OUT_OF_MEMORY = 2;
    /** {@code CUDA_ERROR_UNSUPPORTED_PTX_VERSION}: the PTX is newer than the driver. */
    public static final int UNSUPPORTED_PTX_VERSION = 222;

    private final int code;

    /**
     * @param call the driver's function
     * @param code its {@code CUresult}
     * @param name how the driver calls the code
     */
    public CudaException(String call, int code, String name) {
        super("the GPU driver reported " + name + " (" + code + ") in " + call);
        this.code = code;
    }

    /** The driver's {@code CUresult}. */
    public int code() {
        return code;
    }

    /**
     * Whether the context is lost: every later call would report the same. These are memory that failed (214) or is
     * corrupt (220), a device that left (46, 719 and 999), illegal accesses and instructions (700 and 714 to 718),
     * time-outs (702), failed assertions (710) and a context that somebody else has reset (709).
     */
    public boolean contextLost() {
        return switch (code) {
            case 46, 214, 220, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 999 -> true;
            default -> false;
        };
    }
}
