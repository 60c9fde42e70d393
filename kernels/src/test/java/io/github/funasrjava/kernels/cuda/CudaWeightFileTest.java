package io.github.funasrjava.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KernelsUnavailableException;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.cases.Expected;
import io.github.funasrjava.kernels.cases.LinearCases;
import io.github.funasrjava.kernels.cases.Values;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file of weights on its way to the device, against a scripted driver. */
class CudaWeightFileTest {
    private static CudaSession open(FakeCudaDriver driver) {
        return new CudaSession(driver, driver.device(0));
    }

    private static MemorySegment file(Arena arena, long bytes) {
        MemorySegment file = arena.allocate(bytes, 64);
        for (long i = 0; i < bytes / 8; i++) {
            file.setAtIndex(ValueLayout.JAVA_LONG, i, i * 0x9E3779B97F4A7C15L);
        }
        return file.asReadOnly();
    }

    @Test
    void piecesArriveInOrderAndWhoNeedsThemWaits() {
        FakeCudaDriver driver = FakeCudaDriver.with(90);
        long bytes = 3 * CudaWeightFile.PIECE_BYTES + 4096;
        try (CudaSession session = open(driver); Arena arena = Arena.ofShared()) {
            MemorySegment file = file(arena, bytes);
            try (CudaWeightFile weights = new CudaWeightFile(session, file)) {
                for (long offset : new long[] {0, 64, CudaWeightFile.PIECE_BYTES - 64, 3 * CudaWeightFile.PIECE_BYTES - 1024}) {
                    long there = weights.find(file.asSlice(offset, 2048)).orElseThrow();
                    assertEquals(-1, MemorySegment.ofAddress(there).reinterpret(2048).mismatch(file.asSlice(offset, 2048)), "from " + offset);
                }
                assertEquals(OptionalLong.empty(), weights.find(arena.allocate(64)), "memory beside the file");
                assertEquals(OptionalLong.empty(), weights.find(file.asSlice(4, 64)), "what kernels could not read at once");
                assertEquals(OptionalLong.empty(), weights.find(file.asSlice(bytes - 64, 64).reinterpret(128)), "more than the file holds");
            }
            assertEquals(bytes, session.accounted(CudaSession.Use.WEIGHTS));
            assertEquals(2, driver.calls.stream().filter("cuMemHostAlloc"::equals).count(), "two pinned buffers take turns");
            assertEquals(4, driver.calls.stream().filter("cuMemcpyHtoDAsync"::equals).count(), "four pieces");
        }
    }

    @Test
    void row73AFailureOnTheWayReachesWhoNeedsTheWeights() {
        FakeCudaDriver driver = FakeCudaDriver.with(90);
        driver.failures.put("cuMemcpyHtoDAsync", 700);
        try (CudaSession session = open(driver); Arena arena = Arena.ofShared()) {
            MemorySegment file = file(arena, 1 << 20);
            try (CudaWeightFile weights = new CudaWeightFile(session, file)) {
                String message = assertThrows(KernelsUnavailableException.class, () -> weights.find(file)).getMessage();
                assertTrue(message.startsWith("device_lost: the GPU driver reported a scripted failure (700) in cuMemcpyHtoDAsync"), message);
            }
            assertTrue(session.lost().isPresent());
        }
    }

    @Test
    void row72AFileThatDoesNotFitIsRefusedWhenItIsOpened() {
        FakeCudaDriver driver = FakeCudaDriver.with(90);
        try (Kernels kernels = CudaKernels.open(new CudaDetection(FakeCudaPlatform.with(driver)).find(0), KernelOptions.defaults());
                Arena arena = Arena.ofShared()) {
            driver.takenBytes = driver.totalBytes - 1000;
            MemorySegment file = file(arena, 1 << 20);
            assertTrue(assertThrows(KernelsUnavailableException.class, () -> kernels.prefetch(file)).getMessage().contains("MB are free"));
        }
    }

    /** On sm_75 the weights are converted where they are, once. */
    @ParameterizedTest
    @ValueSource(ints = {75, 80})
    void productsWithWeightsOfTheFileAreThoseOfWeightsByThemselves(int architecture) {
        try (Kernels alone = InterpretedCuda.open(architecture, KernelOptions.defaults());
                Kernels fetched = InterpretedCuda.open(architecture, KernelOptions.defaults()); Arena arena = Arena.ofShared()) {
            PanelMatrix packed = LinearCases.pack(arena, DType.BF16, Values.NORMAL.bf16Rows(new Random(2), 70, 300));
            MemorySegment file = arena.allocate(packed.panels().byteSize() + 128, 64);
            MemorySegment.copy(packed.panels(), 0, file, 128, packed.panels().byteSize());
            PanelMatrix inFile = new PanelMatrix(packed.layout(), file.asReadOnly().asSlice(128));
            fetched.prefetch(file.asReadOnly());
            Matrix x = Matrix.allocate(arena, 3, 300);
            for (int c = 0; c < 300; c++) {
                x.set(1, c, (float) Math.sin(c));
            }
            Matrix expected = Matrix.allocate(arena, 3, 70);
            Matrix actual = Matrix.allocate(arena, 3, 70);
            alone.linear(x, packed, expected);
            for (int i = 0; i < 2; i++) {
                fetched.linear(x, inFile, actual);
                Expected.checkBits("product " + i, expected, actual);
            }
        }
    }
}
