package io.github.funasrjava.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Rows 71, 72 and 74 of the reliability cases, against a scripted driver. */
class CudaDetectionTest {
    private static String refusal(FakeCudaPlatform platform, int index) {
        return assertThrows(CudaUnavailableException.class, () -> new CudaDetection(platform).find(index)).getMessage();
    }

    private static String refusal(FakeCudaDriver driver) {
        String refusal = refusal(FakeCudaPlatform.with(driver), 0);
        assertTrue(driver.closed, "a driver that is not used is closed");
        assertEquals(-1, driver.opened, "no context is made on a device that is refused");
        return refusal;
    }

    @Test
    void row71RefusesWithoutDriverBeforeTheBindingIsLoaded() {
        assertEquals("there is no NVIDIA driver here (libcuda was not found)", refusal(FakeCudaPlatform.withoutDriver(), 0));
    }

    @Test
    void row71RefusesDriverOlderThanCuda12() {
        FakeCudaDriver driver = FakeCudaDriver.with(80);
        driver.version = 11080;
        assertEquals("the NVIDIA driver supports CUDA 11.8, and 12.0 is needed; install a newer driver (525.60 or later)",
                refusal(driver));
        FakeCudaDriver oldest = FakeCudaDriver.with(80);
        oldest.version = 12000;
        assertEquals(80, new CudaDetection(FakeCudaPlatform.with(oldest)).find(0).device().architecture());
    }

    @Test
    void row71RefusesArchitectureBelowTuring() {
        assertEquals("the GPU Fake GPU 0 has compute capability 7.0, and 7.5 is needed", refusal(FakeCudaDriver.with(70)));
        assertEquals(75, new CudaDetection(FakeCudaPlatform.with(FakeCudaDriver.with(75))).find(0).device().architecture());
    }

    @Test
    void row71RefusesDeviceThatDoesNotShareMemory() {
        FakeCudaDriver driver = FakeCudaDriver.with();
        driver.devices.add(new CudaDevice(0, "Virtual GPU", 8, 0, 4, 99 << 10, false));
        assertTrue(refusal(driver).startsWith("the GPU Virtual GPU does not let the processor touch shared memory"));
    }

    @Test
    void row71RefusesDriverThatDoesNotStart() {
        FakeCudaPlatform platform = new FakeCudaPlatform(true, () -> {
            throw new CudaException("cuInit", 803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH");
        }, Map.of());
        assertEquals("the NVIDIA driver does not start: the GPU driver reported CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803) in cuInit",
                refusal(platform, 0));
    }

    @Test
    void row71RefusesWhenTheBindingCannotBeUnpacked() {
        FakeCudaPlatform platform = new FakeCudaPlatform(true, () -> {
            throw new CudaUnavailableException("JCuda, the binding to it, is not usable");
        }, Map.of());
        assertTrue(refusal(platform, 0).contains("JCuda"));
    }

    @Test
    void row72NamesTheNumbersWhenMemoryIsTakenByOthers() {
        CudaMemory.Needs needs = new CudaMemory.Needs(2_100_000_000L, 400_000_000L, 300_000_000L);
        FakeCudaDriver driver = FakeCudaDriver.with(80);
        driver.open(0);
        assertEquals(Optional.empty(), driver.memory().refusal(needs));
        driver.takenBytes = 13_500_000_000L;
        String refusal = driver.memory().refusal(needs).orElseThrow();
        assertTrue(refusal.startsWith("the GPU has 2,500 MB free of 16,000 MB, and the model needs 3,069 MB (weights 2,100 MB, "
                + "keys and values 400 MB, workspace 300 MB, reserve 269 MB)"), refusal);
    }

    @Test
    void row72AcceptsExactlyWhatIsFree() {
        CudaMemory.Needs needs = new CudaMemory.Needs(1000, 100, 10);
        assertEquals(Optional.empty(), new CudaMemory(needs.totalBytes(), needs.totalBytes()).refusal(needs));
        assertTrue(new CudaMemory(needs.totalBytes() - 1, needs.totalBytes()).refusal(needs).isPresent());
    }

    @Test
    void row74TakesTheDeviceOfTheNumber() {
        FakeCudaDriver driver = FakeCudaDriver.with(75, 90);
        CudaDetection.Found found = new CudaDetection(FakeCudaPlatform.with(driver)).find(1);
        assertEquals("cuda:1, Fake GPU 1, sm_90", found.device().toString());
        assertFalse(driver.closed);
    }

    @Test
    void row74RefusesNumberThatIsNotThereAndNamesWhatHidesIt() {
        assertEquals("there is no cuda:2; the NVIDIA driver shows 2 GPUs, cuda:0 to cuda:1",
                refusal(FakeCudaPlatform.with(FakeCudaDriver.with(75, 90)), 2));
        FakeCudaPlatform hidden = new FakeCudaPlatform(true, () -> FakeCudaDriver.with(90), Map.of("CUDA_VISIBLE_DEVICES", "3"));
        assertEquals("there is no cuda:1; the NVIDIA driver shows one GPU, cuda:0 (CUDA_VISIBLE_DEVICES is '3')", refusal(hidden, 1));
        FakeCudaPlatform none = new FakeCudaPlatform(true, FakeCudaDriver::with, Map.of("CUDA_VISIBLE_DEVICES", ""));
        assertEquals("the NVIDIA driver shows no GPU (CUDA_VISIBLE_DEVICES is '')", refusal(none, 0));
    }

    @Test
    void row73TellsLostContextsFromOtherErrors() {
        for (int code : new int[] {46, 214, 220, 700, 702, 710, 714, 715, 716, 717, 718, 719, 999}) {
            assertTrue(new CudaException("cuStreamSynchronize", code, "").contextLost(), "code " + code);
        }
        for (int code : new int[] {1, 2, 200, 201, 218, 222, 400, 701}) {
            assertFalse(new CudaException("cuLaunchKernel", code, "").contextLost(), "code " + code);
        }
    }
}
