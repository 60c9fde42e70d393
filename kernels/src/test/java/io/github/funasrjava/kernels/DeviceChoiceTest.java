package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.cuda.CudaDetection;
import io.github.funasrjava.kernels.cuda.CudaDriver;
import io.github.funasrjava.kernels.cuda.CudaPlatform;
import io.github.funasrjava.kernels.cuda.CudaUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceChoiceTest {
    @Test
    void readsEveryForm() {
        assertEquals(DeviceChoice.AUTO, DeviceChoice.parse("auto"));
        assertEquals(DeviceChoice.CPU, DeviceChoice.parse("CPU"));
        assertEquals(DeviceChoice.cuda(0), DeviceChoice.parse("cuda"));
        assertEquals(DeviceChoice.cuda(17), DeviceChoice.parse("cuda:17"));
        assertEquals("cuda:17", DeviceChoice.cuda(17).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gpu", "cuda:", "cuda:-1", "cuda:12345", "cuda:0x", "cuda 0", "cpu:0"})
    void refusesEverythingElse(String text) {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> DeviceChoice.parse(text)).getMessage().contains("'" + text + "'"));
    }

    @Test
    void row71AutoFallsBackToTheProcessorWithOneLine() {
        List<String> lines = new ArrayList<>();
        try (Kernels kernels = KernelSelector.open(options(), DeviceChoice.AUTO, lines::add, broken(true))) {
            assertTrue(!kernels.tier().startsWith("cuda"), kernels.tier());
        }
        assertEquals(List.of("computing on the CPU: the binding is broken"), lines);
    }

    @Test
    void autoSaysNothingWhereThereIsNoDriver() {
        List<String> lines = new ArrayList<>();
        KernelSelector.open(options(), DeviceChoice.AUTO, lines::add, broken(false)).close();
        assertEquals(List.of(), lines);
    }

    @Test
    void row71RefusesWhereAGpuIsAskedFor() {
        KernelsUnavailableException e = assertThrows(KernelsUnavailableException.class,
                () -> KernelSelector.open(options(), DeviceChoice.cuda(1), line -> { }, broken(true)));
        assertEquals("--device cuda:1 cannot be used: the binding is broken", e.getMessage());
    }

    private static KernelOptions options() {
        return KernelOptions.defaults().withThreads(1);
    }

    /** A machine whose driver cannot be loaded, or that has none. */
    private static CudaDetection broken(boolean installed) {
        return new CudaDetection(new CudaPlatform() {
            @Override
            public boolean driverInstalled() {
                return installed;
            }

            @Override
            public CudaDriver load() {
                throw new CudaUnavailableException("the binding is broken");
            }

            @Override
            public Map<String, String> environment() {
                return Map.of();
            }
        });
    }
}
