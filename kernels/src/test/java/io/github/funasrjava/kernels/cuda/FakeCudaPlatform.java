package io.github.funasrjava.kernels.cuda;

import java.util.Map;
import java.util.function.Supplier;

/** A machine with a scripted driver, or with none. */
record FakeCudaPlatform(boolean driverInstalled, Supplier<CudaDriver> loader, Map<String, String> environment)
        implements CudaPlatform {
    static FakeCudaPlatform with(CudaDriver driver) {
        return new FakeCudaPlatform(true, () -> driver, Map.of());
    }

    static FakeCudaPlatform withoutDriver() {
        return new FakeCudaPlatform(false, () -> {
            throw new AssertionError("the driver must not be loaded where there is none");
        }, Map.of());
    }

    @Override
    public CudaDriver load() {
        return loader.get();
    }
}
