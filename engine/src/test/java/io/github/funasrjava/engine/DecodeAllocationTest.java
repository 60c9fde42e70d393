package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.github.funasrjava.engine.decode.Draft;
import io.github.funasrjava.engine.decode.GenerationRequest;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.kernels.KvCache;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a decoding step leaves for the garbage collector, on the tier that ships: machine code. */
class DecodeAllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int STEPS = 200;
    /** A token's entry, its place in the lists, and the arrays of one pass over one stream. */
    private static final long RESULT_BYTES = 1024;

    @TempDir
    Path cache;

    @Test
    void aPassThroughAllLayersAllocatesNothing() {
        try (Transcriber transcriber = onMachineCode(); Arena arena = Arena.ofShared()) {
            long bytes = transcriber.withModel(model -> {
                Matrix x = Matrix.allocate(arena, 1, model.config.decoder().hiddenSize());
                int[] id = {5};
                RowSpans spans = RowSpans.ofLengths(1);
                try (KvCache cache = model.decoder.newCache(STEPS)) {
                    KvCache[] caches = {cache};
                    long least = Long.MAX_VALUE;
                    // The first rounds also compile, link and grow buffers.
                    for (int round = 0; round < 20; round++) {
                        cache.truncate(0);
                        long before = THREADS.getCurrentThreadAllocatedBytes();
                        for (int i = 0; i < STEPS; i++) {
                            model.decoder.embed(id, x);
                            model.decoder.forward(x, spans, caches, StageTap.NONE);
                        }
                        least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
                    }
                    return least;
                }
            });
            assertEquals(0, bytes / STEPS, bytes + " bytes in " + STEPS + " passes");
        }
    }

    @Test
    void aStepAllocatesItsResultAlone() {
        try (Transcriber transcriber = onMachineCode(); Arena arena = Arena.ofShared()) {
            long bytes = transcriber.withModel(model -> {
                Matrix none = Matrix.allocate(arena, 0, model.config.decoder().hiddenSize());
                long least = Long.MAX_VALUE;
                for (int round = 0; round < 10; round++) {
                    long[] allocated = new long[2];
                    for (int i = 0; i < 2; i++) {
                        GenerationRequest request = new GenerationRequest(new int[0], none, new int[] {3, 4, 5}, Draft.NONE,
                                10 + i * STEPS, true);
                        long before = THREADS.getCurrentThreadAllocatedBytes();
                        model.generator.generate(List.of(request), StageTap.NONE, () -> false);
                        allocated[i] = THREADS.getCurrentThreadAllocatedBytes() - before;
                    }
                    least = Math.min(least, allocated[1] - allocated[0]);
                }
                return least;
            });
            assertTrue(bytes / STEPS <= RESULT_BYTES, bytes / STEPS + " bytes per step");
        }
    }

    private Transcriber onMachineCode() {
        Transcriber transcriber = DemoRecordings.open(cache);
        if (!transcriber.info().kernels().startsWith("x86")) {
            transcriber.close();
            assumeTrue(false, "this machine does not run the machine-code kernels");
        }
        return transcriber;
    }
}
