package io.github.funasrjava.kernels.cuda;

import java.util.Map;

/** What finding a GPU depends on, so that tests can take its place. */
public interface CudaPlatform {
    /** Whether the driver's library is installed. Asked before anything else; must not load a class of JCuda. */
    boolean driverInstalled();

    /**
     * Loads the driver.
     *
     * @throws CudaUnavailableException when its binding cannot be unpacked or loaded
     * @throws CudaException when it cannot be initialised
     */
    CudaDriver load();

    /** Variables of the process's environment. */
    Map<String, String> environment();
}
