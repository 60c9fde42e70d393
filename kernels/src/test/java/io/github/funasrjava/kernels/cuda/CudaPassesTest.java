package io.github.funasrjava.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.kernels.DType;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.KernelsUnavailableException;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.Pass;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Recorded passes, on a stand-in for the driver that refuses while it captures what a driver refuses, and launches what it
 * captured. The interpreter of the PTX computes where results are compared; nothing here ran on a GPU.
 */
class CudaPassesTest {
    private final List<String> notes = new ArrayList<>();

    private Kernels open(FakeCudaDriver driver) {
        return CudaKernels.open(new CudaDetection(FakeCudaPlatform.with(driver)).find(0), KernelOptions.defaults(), notes::add);
    }

    private static long count(FakeCudaDriver driver, String call) {
        return driver.calls.stream().filter(call::equals).count();
    }

    /** Steps of one sequence across a block of 16 positions, of drafts, and of several sequences in changing arrangements. */
    private static List<TopToken> steps(Kernels kernels, DType dtype, boolean asPasses) {
        List<TopToken> all = new ArrayList<>();
        try (SmallDecoder decoder = new SmallDecoder(kernels, dtype); KvCache first = decoder.newCache(); KvCache second = decoder.newCache()) {
            KvCache[] one = {first};
            KvCache[] two = {first, second};
            int[] ids = IntStream.range(0, 14).map(i -> 7 * i % SmallDecoder.VOCABULARY).toArray();
            all.addAll(List.of(decoder.step(false, one, new int[] {14}, ids)));
            for (int i = 0; i < 5; i++) {
                all.addAll(List.of(decoder.step(asPasses, one, new int[] {1}, 3 * i)));
            }
            for (int[] lengths : new int[][] {{2, 1}, {1, 2}, {3, 0}, {0, 3}}) {
                all.addAll(List.of(decoder.step(asPasses, two, lengths, 4, 9, 31)));
                second.truncate(Math.max(0, second.length() - 1));
            }
            all.addAll(List.of(decoder.step(asPasses, one, new int[] {1}, 11)));
        }
        return all;
    }

    @ParameterizedTest
    @CsvSource({"75, BF16", "80, BF16", "90, BF16", "80, INT8"})
    void aRepeatedPassGivesTheBitsOfSingleOperations(int architecture, DType dtype) {
        FakeCudaDriver plain = InterpretedCuda.driver().add(architecture);
        FakeCudaDriver repeated = InterpretedCuda.driver().add(architecture);
        List<TopToken> expected;
        try (Kernels kernels = open(plain)) {
            expected = steps(kernels, dtype, false);
        }
        try (Kernels kernels = open(repeated)) {
            assertEquals(expected, steps(kernels, dtype, true));
        }
        assertEquals(List.of(), notes);
        assertEquals(0, plain.graphLaunches);
        assertEquals(8, repeated.graphLaunches, "all steps but the first of each number of rows");
        assertEquals(2, count(repeated, "cuStreamBeginCapture"), "one graph for one row and one for three rows");
    }

    @Test
    void aRepeatedStepTakesFourCallsOfTheDriver() {
        FakeCudaDriver driver = FakeCudaDriver.with(90);
        try (Kernels kernels = open(driver); SmallDecoder decoder = new SmallDecoder(kernels, DType.BF16); KvCache cache = decoder.newCache()) {
            KvCache[] caches = {cache};
            decoder.step(true, caches, new int[] {1}, 1);
            decoder.step(true, caches, new int[] {1}, 1);
            for (int i = 0; i < 20; i++) {
                int before = driver.calls.size();
                int launched = driver.launches;
                decoder.step(true, caches, new int[] {1}, i);
                assertEquals(List.of("cuMemcpyHtoDAsync", "cuMemcpyHtoDAsync", "cuGraphLaunch", "cuStreamSynchronize"),
                        driver.calls.subList(before, driver.calls.size()).stream().filter(call -> !call.equals("cuCtxSetCurrent")).toList(), "step " + i);
                assertEquals(1 + 2 * 6 + 2, driver.launches - launched, "a look-up, six kernels for each of two layers, logits and the best of them");
            }
        }
    }

    @Test
    void memoryThatIsReplacedTakesItsGraphsAlong() {
        FakeCudaDriver driver = FakeCudaDriver.with(90);
        try (Kernels kernels = open(driver); SmallDecoder decoder = new SmallDecoder(kernels, DType.BF16);
                KvCache cache = decoder.newCache(); KvCache large = decoder.newCache()) {
            KvCache[] caches = {cache};
            for (int i = 0; i < 3; i++) {
                decoder.step(true, caches, new int[] {1}, i);
            }
            assertEquals(1, count(driver, "cuStreamBeginCapture"));
            decoder.grow(2);
            assertEquals(1, count(driver, "cuGraphExecDestroy"), "activations moved");
            decoder.step(true, caches, new int[] {1}, 3);
            large.reserve(16 * 70);
            assertEquals(2, count(driver, "cuGraphExecDestroy"), "the pool of keys and values moved");
            decoder.step(true, caches, new int[] {1}, 4);
            assertEquals(3, count(driver, "cuStreamBeginCapture"));
            assertEquals(4, driver.graphLaunches);
        }
        assertEquals(List.of(), notes);
        assertTrue(driver.blocks.isEmpty(), "everything was freed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cuStreamBeginCapture", "cuStreamEndCapture"})
    void whatCannotBeCapturedRunsOperationByOperationWithOneLine(String call) {
        FakeCudaDriver driver = FakeCudaDriver.with(90);
        driver.failures.put(call, 801);
        try (Kernels kernels = open(driver); SmallDecoder decoder = new SmallDecoder(kernels, DType.BF16);
                KvCache cache = decoder.newCache(); KvCache other = decoder.newCache()) {
            for (int i = 0; i < 4; i++) {
                decoder.step(true, new KvCache[] {cache}, new int[] {1}, i);
                decoder.step(true, new KvCache[] {cache, other}, new int[] {1, 1}, i, i);
            }
        }
        assertEquals(0, driver.graphLaunches);
        assertEquals(1, notes.size(), notes.toString());
        assertTrue(notes.getFirst().startsWith("passes run operation by operation on the GPU, because one could not be recorded: "), notes.getFirst());
    }

    @Test
    void aPassThatWaitsInTheMiddleIsNotCaptured() {
        FakeCudaDriver driver = InterpretedCuda.driver().add(80);
        try (Kernels kernels = open(driver); Arena arena = kernels.newArena()) {
            Matrix x = Matrix.allocate(arena, 2, 8);
            for (int i = 0; i < 3; i++) {
                kernels.pass(Pass.ofSpans("waits", RowSpans.ofLengths(2)), () -> {
                    kernels.logSoftmax(x, x);
                    kernels.finish();
                });
            }
            assertEquals((float) -Math.log(8), x.get(1, 7), 1e-6f);
        }
        assertEquals(0, driver.graphLaunches);
        assertEquals(List.of("passes run operation by operation on the GPU, because one could not be recorded: it waits"), notes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cuMemAlloc", "cuMemHostAlloc"})
    void row72APassIsRepeatedAfterMemoryForItsTablesRanOut(String call) {
        FakeCudaDriver driver = FakeCudaDriver.with(90);
        try (Kernels kernels = open(driver); SmallDecoder decoder = new SmallDecoder(kernels, DType.BF16); KvCache cache = decoder.newCache()) {
            KvCache[] caches = {cache};
            decoder.step(true, caches, new int[] {1}, 1);
            driver.failures.put(call, CudaException.OUT_OF_MEMORY);
            for (int i = 0; i < 2; i++) {
                assertThrows(KernelsUnavailableException.class, () -> decoder.step(true, caches, new int[] {1}, 1));
            }
            driver.failures.clear();
            decoder.step(true, caches, new int[] {1}, 1);
            assertEquals(1, driver.graphLaunches);
        }
    }

    @Test
    void aBoundedNumberOfGraphsIsKept() {
        FakeCudaDriver driver = FakeCudaDriver.with(90);
        try (Kernels kernels = open(driver); Arena arena = kernels.newArena()) {
            Matrix x = Matrix.allocate(arena, 1, 8);
            for (int key = 0; key < CudaPasses.MAX_GRAPHS + 10; key++) {
                for (int i = 0; i < 2; i++) {
                    kernels.pass(Pass.ofSpans(key, RowSpans.ofLengths(1)), () -> kernels.logSoftmax(x, x));
                }
            }
            assertEquals(CudaPasses.MAX_GRAPHS + 10, count(driver, "cuStreamBeginCapture"));
            assertEquals(10, count(driver, "cuGraphExecDestroy"));
        }
    }

    @Test
    void row73ReportsADeviceThatIsLostWhileAPassIsRepeated() {
        FakeCudaDriver driver = FakeCudaDriver.with(90);
        Kernels kernels = open(driver);
        try (SmallDecoder decoder = new SmallDecoder(kernels, DType.BF16); KvCache cache = decoder.newCache()) {
            for (int i = 0; i < 3; i++) {
                decoder.step(true, new KvCache[] {cache}, new int[] {1}, i);
            }
            assertEquals(Optional.empty(), kernels.lost());
            driver.failures.put("cuGraphLaunch", 700);
            assertTrue(assertThrows(KernelsUnavailableException.class, () -> decoder.step(true, new KvCache[] {cache}, new int[] {1}, 4))
                    .getMessage().startsWith("device_lost: "));
            assertTrue(kernels.lost().isPresent());
        }
        kernels.close();
    }

    /** Spans that fill a bucket up change no bit of the others, whatever the lengths are when it was recorded. */
    @ParameterizedTest
    @ValueSource(ints = {75, 80})
    void attentionAndMemoryOfABucketGiveTheBitsOfTheirRowsAlone(int architecture) {
        try (Kernels kernels = open(InterpretedCuda.driver().add(architecture)); Arena arena = kernels.newArena()) {
            assertEquals(64, kernels.passRows(33));
            int rows = 20;
            float[] values = new float[rows * 48];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) Math.sin(0.37 * i + 0.001 * i * i);
            }
            Matrix x = Matrix.allocate(arena, rows, 48);
            kernels.put(values, x);
            Matrix taps = Matrix.allocate(arena, 16, 5);
            Matrix heard = Matrix.allocate(arena, rows, 16);
            Matrix memory = Matrix.allocate(arena, rows, 16);
            for (int length : new int[] {20, 11, 3, 17}) {
                RowSpans filled = RowSpans.ofLengths(length, rows - length);
                kernels.pass(Pass.ofSpans("encoder", filled), () -> layer(kernels, x, taps, filled, heard, memory));
                kernels.finish();
                Matrix aloneHeard = Matrix.allocate(arena, length, 16);
                Matrix aloneMemory = Matrix.allocate(arena, length, 16);
                layer(kernels, x.rows(0, length), taps, RowSpans.ofLengths(length), aloneHeard, aloneMemory);
                kernels.finish();
                for (int r = 0; r < length; r++) {
                    assertArrayEquals(aloneHeard.row(r), heard.row(r), "attention, row " + r + " of " + length);
                    assertArrayEquals(aloneMemory.row(r), memory.row(r), "memory, row " + r + " of " + length);
                }
            }
        }
        assertEquals(List.of(), notes);
    }

    private static void layer(Kernels kernels, Matrix x, Matrix taps, RowSpans spans, Matrix heard, Matrix memory) {
        Matrix v = x.columns(32, 16);
        kernels.fsmn(v, taps, 2, spans, Optional.empty(), memory);
        kernels.attention(x.columns(0, 16), spans, x.columns(16, 16), v, spans, 2, 0.3f, heard);
    }
}
