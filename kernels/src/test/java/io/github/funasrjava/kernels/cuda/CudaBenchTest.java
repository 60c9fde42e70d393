package io.github.funasrjava.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.DeviceMeasurement;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.cuda.ptx.PtxInterpreter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The device's bench on a scripted driver whose events are always one millisecond apart. */
class CudaBenchTest {
    private final List<String> notes = new ArrayList<>();

    @Test
    void everyKernelIsMeasuredAsARecordedPassAndNothingIsLeftBehind() {
        FakeCudaDriver driver = FakeCudaDriver.with(90);
        driver.totalBytes = 700_000_000;
        CudaSession session = new CudaSession(driver, driver.device(0));
        try (CudaOperations operations = new CudaOperations(session, Accuracy.FULL, notes::add)) {
            DeviceMeasurement measured = new CudaBench(session, operations, 4096).measure(true);
            assertEquals("cuda:0, Fake GPU 0, sm_90", measured.device());
            assertEquals(List.of("linear", "layerNorm", "fsmn", "rmsNorm", "swiglu", "argmaxLinear", "attention", "causalAttention"),
                    measured.kernels().stream().map(DeviceMeasurement.KernelTime::operation).distinct().toList());
            // 50 launches in 1 ms.
            assertTrue(measured.kernels().stream().allMatch(kernel -> kernel.micros() == 20.0));
            DeviceMeasurement.KernelTime first = measured.kernels().getFirst();
            assertEquals("1 x 1024 x 4096", first.shape());
            assertEquals(2.0 * 1024 * 4096 / 20e-6 / 1e12, first.teraflops(), 1e-9);
            assertTrue(measured.copyGigabytesPerSecond() > 0 && measured.matrixTeraflops() > 0);
            assertEquals(0, session.accounted(CudaSession.Use.ACTIVATIONS), "activations were freed");
        }
        assertEquals(List.of(), notes, "every operation could be recorded");
    }

    @Test
    void ceilingsAloneTakeNoKernels() {
        FakeCudaDriver driver = FakeCudaDriver.with(75);
        driver.totalBytes = 500_000_000;
        CudaSession session = new CudaSession(driver, driver.device(0));
        try (CudaOperations operations = new CudaOperations(session, Accuracy.FULL, notes::add)) {
            DeviceMeasurement measured = new CudaBench(session, operations).measure(false);
            assertEquals(List.of(), measured.kernels());
            assertEquals(measured.copyGigabytesPerSecond(), measured.ceilings().bestRead().orElseThrow());
        }
    }

    /** The loops do what is counted: all bytes are copied, and the sums are those of eight times the rounds' products. */
    @Test
    void theCeilingsCopyEverythingAndMultiplyAsOftenAsIsCounted() {
        PtxInterpreter interpreter = new PtxInterpreter();
        int module = interpreter.load(CudaKernelCode.ptx(80));
        try (Arena arena = Arena.ofConfined()) {
            int count = 1100;
            MemorySegment from = arena.allocate(count * 16L, 16);
            MemorySegment to = arena.allocate(count * 16L, 16);
            for (int i = 0; i < 4 * count; i++) {
                from.setAtIndex(ValueLayout.JAVA_INT, i, i);
            }
            MemorySegment operands = arena.allocate(6 * 256 * 4L, 16);
            for (int i = 0; i < 6 * 256; i++) {
                operands.setAtIndex(ValueLayout.JAVA_INT, i, 0x3f803f80); // 1 and 1
            }
            MemorySegment out = arena.allocate(256 * 4L, 16);
            for (MemorySegment memory : List.of(from, to, operands, out)) {
                interpreter.allocated(memory.address(), memory.byteSize());
            }
            LaunchArguments arguments = new LaunchArguments(arena).pointer(from.address()).pointer(to.address()).integer(count);
            interpreter.launch(module, "ceiling_copy", 1, 1, 256, 0, arguments.count(), arguments::slot);
            assertEquals(-1, from.mismatch(to));
            arguments.clear().pointer(operands.address()).integer(3).pointer(out.address());
            interpreter.launch(module, "ceiling_matrix", 1, 1, 256, 0, arguments.count(), arguments::slot);
            // A lane holds 4 elements of each of 8 sums; an element gains 16 per product.
            assertEquals(8 * 4 * 3 * 16f, out.getAtIndex(ValueLayout.JAVA_FLOAT, 200));
        }
    }
}
