package io.github.funasrjava.kernels.cuda;

import java.util.Locale;
import java.util.Optional;

/** Finds a GPU that can be used, asking in an order in which every missing thing is named before it can do harm. */
public final class CudaDetection {
    /** CUDA 12.0: the first driver that reads PTX ISA 8.0. */
    public static final int OLDEST_DRIVER = 12000;
    /** Turing: the first architecture that there is PTX for. */
    public static final int OLDEST_ARCHITECTURE = 75;

    private final CudaPlatform platform;

    public CudaDetection(CudaPlatform platform) {
        this.platform = platform;
    }

    /** A driver, loaded and checked, with the device that was asked for; nothing is allocated on it. */
    public record Found(CudaDriver driver, CudaDevice device) {}

    /** Whether the driver's library is installed, so that a refusal is worth a line even where nobody asked for a GPU. */
    public boolean driverInstalled() {
        return platform.driverInstalled();
    }

    /**
     * Finds the device of a number.
     *
     * @throws CudaUnavailableException when it cannot be used
     */
    public Found find(int index) {
        if (!platform.driverInstalled()) {
            throw new CudaUnavailableException("there is no NVIDIA driver here (libcuda was not found)");
        }
        CudaDriver driver;
        try {
            driver = platform.load();
        } catch (CudaException e) {
            throw new CudaUnavailableException("the NVIDIA driver does not start: " + e.getMessage() + visible(), e);
        }
        boolean usable = false;
        try {
            CudaDevice device = check(driver, index);
            usable = true;
            return new Found(driver, device);
        } catch (CudaException e) {
            throw new CudaUnavailableException(e.getMessage(), e);
        } finally {
            if (!usable) {
                driver.close();
            }
        }
    }

    private CudaDevice check(CudaDriver driver, int index) {
        int version = driver.version();
        if (version < OLDEST_DRIVER) {
            throw new CudaUnavailableException("the NVIDIA driver supports CUDA " + dotted(version) + ", and " + dotted(OLDEST_DRIVER)
                    + " is needed; install a newer driver (525.60 or later)");
        }
        int devices = driver.deviceCount();
        if (devices == 0) {
            throw new CudaUnavailableException("the NVIDIA driver shows no GPU" + visible());
        }
        if (index >= devices) {
            throw new CudaUnavailableException("there is no cuda:" + index + "; the NVIDIA driver shows "
                    + (devices == 1 ? "one GPU, cuda:0" : devices + " GPUs, cuda:0 to cuda:" + (devices - 1)) + visible());
        }
        CudaDevice device = driver.device(index);
        if (device.architecture() < OLDEST_ARCHITECTURE) {
            throw new CudaUnavailableException("the GPU " + device.name() + " has compute capability " + device.major() + "."
                    + device.minor() + ", and 7.5 is needed");
        }
        if (!device.managesMemory()) {
            // Virtual GPUs and the Windows Subsystem for Linux: touching rows while a kernel runs would end the process.
            throw new CudaUnavailableException("the GPU " + device.name()
                    + " does not let the processor touch shared memory while it computes, as virtual GPUs do not");
        }
        return device;
    }

    /** What the environment hides, because then the number of a GPU is not what other programs show. */
    private String visible() {
        return Optional.ofNullable(platform.environment().get("CUDA_VISIBLE_DEVICES"))
                .map(value -> " (CUDA_VISIBLE_DEVICES is '" + value + "')").orElse("");
    }

    private static String dotted(int version) {
        return String.format(Locale.ROOT, "%d.%d", version / 1000, version % 1000 / 10);
    }
}
