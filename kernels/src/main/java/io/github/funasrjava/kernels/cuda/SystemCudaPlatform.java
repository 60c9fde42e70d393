package io.github.funasrjava.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.Locale;
import java.util.Map;

/** The machine's own driver, through JCuda. No class of JCuda is loaded before {@link #load}. */
public final class SystemCudaPlatform implements CudaPlatform {
    @Override
    public boolean driverInstalled() {
        String library = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows") ? "nvcuda.dll" : "libcuda.so.1";
        try (Arena arena = Arena.ofConfined()) {
            return SymbolLookup.libraryLookup(library, arena).find("cuDriverGetVersion").isPresent();
        } catch (IllegalArgumentException | IllegalCallerException e) {
            return false; // no such library, or native access is forbidden
        }
    }

    @Override
    public CudaDriver load() {
        return JCudaLoader.load();
    }

    @Override
    public Map<String, String> environment() {
        return System.getenv();
    }
}
