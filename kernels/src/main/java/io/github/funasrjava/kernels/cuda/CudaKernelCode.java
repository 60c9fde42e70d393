package io.github.funasrjava.kernels.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** The PTX for a device and the functions in it. */
final class CudaKernelCode {
    private static final int[] ARCHITECTURES = {90, 80, 75};

    private final CudaDriver driver;
    private final long module;
    private final Map<String, Long> functions = new HashMap<>();

    CudaKernelCode(CudaDriver driver, CudaDevice device) {
        this.driver = driver;
        this.module = driver.loadModule(ptx(architectureFor(device)));
    }

    /** The newest architecture that there is PTX for and that the device runs. */
    static int architectureFor(CudaDevice device) {
        for (int architecture : ARCHITECTURES) {
            if (device.architecture() >= architecture) {
                return architecture;
            }
        }
        throw new CudaUnavailableException("there are no kernels for compute capability " + device.major() + "." + device.minor());
    }

    static String ptx(int architecture) {
        String name = "kernels.sm_" + architecture + ".ptx";
        try (InputStream in = CudaKernelCode.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new CudaUnavailableException("the kernels for sm_" + architecture + " are missing from this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives the code back to the driver. */
    void unload() {
        functions.clear();
        driver.unloadModule(module);
    }

    long function(String name) {
        return functions.computeIfAbsent(name, n -> driver.function(module, n));
    }
}
