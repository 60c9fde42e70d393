package io.github.funasrjava.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KernelsUnavailableException;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.PanelLayout;
import io.github.funasrjava.kernels.PanelMatrix;
import io.github.funasrjava.kernels.PanelPacker;
import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Faults and memory of the CUDA kernels, against a scripted driver. Rows 71 to 74 of the reliability cases. */
class CudaKernelsTest {
    private final FakeCudaDriver driver = FakeCudaDriver.with(75, 90);

    private Kernels open(int index) {
        return CudaKernels.open(new CudaDetection(FakeCudaPlatform.with(driver)).find(index), KernelOptions.defaults());
    }

    @Test
    void row74LogsTheChosenDeviceAndTakesItsKernels() {
        try (Kernels kernels = open(1)) {
            assertEquals("cuda-sm_90", kernels.tier());
            assertEquals("cuda-sm_90 on cuda:1, Fake GPU 1, sm_90, 4 multiprocessors, driver for CUDA 12.4", kernels.description());
            assertEquals(1, driver.opened);
        }
        assertTrue(driver.closed);
    }

    @Test
    void row71ReportsPtxThatTheDriverDoesNotRead() {
        driver.failures.put("cuModuleLoadData", CudaException.UNSUPPORTED_PTX_VERSION);
        assertEquals(CudaException.UNSUPPORTED_PTX_VERSION, assertThrows(CudaException.class, () -> open(0)).code());
    }

    @Test
    void row72RefusesAModelThatDoesNotFitBeforeAllocating() {
        try (Kernels kernels = open(0)) {
            driver.takenBytes = 15_000_000_000L;
            String message = assertThrows(KernelsUnavailableException.class,
                    () -> kernels.requireRoom(2_100_000_000L, 240_000_000L, 268_435_456L)).getMessage();
            assertTrue(message.startsWith("the GPU has 1,000 MB free of 16,000 MB, and the model needs"), message);
            assertTrue(driver.blocks.isEmpty(), "nothing was allocated");
            driver.takenBytes = 0;
            kernels.requireRoom(2_100_000_000L, 240_000_000L, 268_435_456L);
        }
    }

    @Test
    void row72FailsOneRequestWhenMemoryRunsOut() {
        try (Kernels kernels = open(0)) {
            driver.takenBytes = driver.totalBytes - 1000;
            String message = assertThrows(KernelsUnavailableException.class, () -> kernels.newCache(28, 8, 128, 100)).getMessage();
            assertTrue(message.contains("out of memory") || message.contains("(2) in cuMemAlloc"), message);
            assertTrue(message.contains("of 16,000 MB are free, and this program holds"), message);
            driver.takenBytes = 0;
            kernels.newCache(28, 8, 128, 100).close();
        }
    }

    @Test
    void row73NamesTheLostDeviceInEveryLaterCallAndOpensAgain() {
        Kernels kernels = open(0);
        try (Arena arena = Arena.ofShared()) {
            Matrix x = Matrix.allocate(arena, 1, 8);
            driver.failures.put("cuStreamSynchronize", 700);
            for (int i = 0; i < 2; i++) {
                String message = assertThrows(KernelsUnavailableException.class, () -> kernels.logSoftmax(x, x)).getMessage();
                assertTrue(message.startsWith("device_lost: the GPU driver reported a scripted failure (700) in cuStreamSynchronize"), message);
            }
            driver.failures.clear();
            assertThrows(KernelsUnavailableException.class, kernels::finish, "a lost context stays lost");
            kernels.close();
            try (Kernels again = CudaKernels.open(new CudaDetection(FakeCudaPlatform.with(FakeCudaDriver.with(75))).find(0),
                    KernelOptions.defaults())) {
                again.finish();
            }
        }
    }

    @Test
    void cachesShareBlocksAndGiveThemBack() {
        try (Kernels kernels = open(0)) {
            KvCache first = kernels.newCache(2, 1, 16, 17);
            assertEquals(32, first.capacity());
            KvCache second = kernels.newCache(2, 1, 16, 0);
            second.reserve(900);
            int pools = driver.blocks.size();
            second.close();
            KvCache third = kernels.newCache(2, 1, 16, 900);
            assertEquals(pools, driver.blocks.size(), "the blocks of the closed cache are taken again");
            third.close();
            first.close();
            assertThrows(RuntimeException.class, () -> first.keys(0, 0), "its keys are on the device");
        }
    }

    /** A cache that cannot have all its blocks has none, so that no block belongs to two. */
    @Test
    void row72LeavesNoBlocksToACacheThatDidNotFit() {
        try (Kernels kernels = open(0)) {
            KvCache first = kernels.newCache(2, 1, 16, 16 * 60);
            driver.takenBytes = driver.totalBytes - 200_000;
            KvCache second = kernels.newCache(2, 1, 16, 16);
            assertThrows(KernelsUnavailableException.class, () -> second.reserve(16 * 2000));
            assertEquals(16, second.capacity());
            driver.takenBytes = 0;
            second.reserve(16 * 2000);
            Set<Integer> blocks = new HashSet<>();
            for (KvCache cache : new KvCache[] {first, second}) {
                for (int block : ((PagedPool.Sequence) cache.storage().orElseThrow()).table()) {
                    assertTrue(blocks.add(block), "block " + block + " belongs to two");
                }
            }
            assertEquals(2060, blocks.size());
            first.close();
            second.close();
        }
    }

    @Test
    void row72AnOperationWorksAgainAfterPinnedMemoryOrScratchRanOut() {
        try (Kernels kernels = open(0); Arena arena = Arena.ofShared()) {
            Matrix small = Matrix.allocate(arena, 1, 8);
            Matrix large = Matrix.allocate(arena, 1000, 1000);
            kernels.logSoftmax(small, small);
            for (String call : List.of("cuMemHostAlloc", "cuMemAlloc")) {
                driver.failures.put(call, CudaException.OUT_OF_MEMORY);
                for (int i = 0; i < 2; i++) {
                    assertThrows(KernelsUnavailableException.class, () -> kernels.logSoftmax(large, large));
                }
                driver.failures.clear();
                kernels.logSoftmax(small, small);
            }
            kernels.logSoftmax(large, large);
        }
    }

    /** The driver remembers one context per thread; whoever worked last is not whoever works now. */
    @Test
    void row74TwoDevicesInOneProcessDoNotTakeEachOthersContext() throws InterruptedException {
        FakeCudaDriver otherDriver = FakeCudaDriver.with(80);
        try (Kernels one = open(0);
                Kernels other = CudaKernels.open(new CudaDetection(FakeCudaPlatform.with(otherDriver)).find(0), KernelOptions.defaults());
                Arena arena = Arena.ofShared()) {
            Matrix x = Matrix.allocate(arena, 1, 8);
            for (Kernels kernels : List.of(one, other, one)) {
                kernels.logSoftmax(x, x);
                kernels.finish();
            }
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread elsewhere = Thread.ofVirtual().start(() -> {
                try {
                    one.logSoftmax(x, x);
                } catch (RuntimeException e) {
                    failure.set(e);
                }
            });
            elsewhere.join();
            assertEquals(null, failure.get());
        }
    }

    /** Another session may hold the same context, which then keeps what was left in it. */
    @Test
    void everythingIsGivenBackWhenKernelsAreClosed() {
        Kernels kernels = open(1);
        Arena arena = kernels.newArena();
        Matrix x = Matrix.allocate(arena, 40, 48);
        kernels.logSoftmax(x, x);
        kernels.newCache(2, 1, 16, 100);
        kernels.close(); // the driver fails when something is left
        assertTrue(driver.closed && driver.blocks.isEmpty());
        arena.close();
    }

    @Test
    void closingTwiceIsHarmlessAndEndsUse() {
        Kernels kernels = open(0);
        try (Arena arena = Arena.ofShared()) {
            Matrix x = Matrix.allocate(arena, 40, 48);
            PanelMatrix w = PanelPacker.pack(arena, new PanelLayout(DType.BF16, 48, 48), (row, values) -> values[row] = 1);
            KvCache cache = kernels.newCache(2, 1, 16, 100);
            kernels.linear(x, w, Matrix.allocate(arena, 40, 48));
            kernels.close();
            kernels.close();
            int calls = driver.calls.size();
            for (Runnable use : List.<Runnable>of(() -> kernels.logSoftmax(x, x), () -> kernels.linear(x, w, Matrix.allocate(arena, 40, 48)),
                    kernels::finish, () -> kernels.newCache(2, 1, 16, 1000), () -> Matrix.allocate(kernels.newArena(), 1, 1))) {
                String message = assertThrows(IllegalStateException.class, use::run).getMessage();
                assertTrue(message.contains("closed"), message);
            }
            cache.close();
            assertEquals(calls, driver.calls.size(), "the driver hears nothing any more");
        }
    }

    @Test
    void row73ClosingIsNoErrorWhereTheDeviceWasLostUnnoticed() {
        Kernels kernels = open(0);
        driver.failures.put("cuStreamSynchronize", 700);
        kernels.close();
        assertTrue(driver.calls.contains("cuDevicePrimaryCtxReset"), "what is lost is not used again");
    }

    @Test
    void activationsBeginAsZerosThatTheDeviceWrote() {
        try (Kernels kernels = open(0); Arena arena = kernels.newArena()) {
            Matrix x = Matrix.allocate(arena, 3, 5);
            assertTrue(driver.calls.contains("cuMemsetD8Async"));
            assertEquals(0f, x.get(2, 4));
        }
    }
}
