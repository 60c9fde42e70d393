package io.github.funasrjava.bench.compare;

import io.github.funasrjava.bench.compare.LlamaLibrary.LlamaFailure;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * A GGUF model in llama.cpp, as it is fastest by itself: its own choice of backend and of weights that are repacked, a
 * thread pool that stays, a context for as many sequences as there are streams.
 *
 * <p>All calls run on a thread of their own: llama.cpp sets the matrix unit up once per thread and must find it so.
 */
final class LlamaDecoder implements TextDecoder {
    /** llama.cpp's caches grow in steps of as many positions. */
    private static final int CACHE_STEP = 256;

    private final LlamaLibrary library;
    private final int threadCount;
    private final int vocabularySize;
    private final List<String> loadLog;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(task -> Thread.ofPlatform().daemon().name("llama").unstarted(task));
    private final MemorySegment model;
    private final MemorySegment pool;
    private Optional<MemorySegment> context = Optional.empty();
    private Arena arena = Arena.ofShared();
    private Workload workload = Workload.prefill(1);

    LlamaDecoder(LlamaLibrary library, Path file, int threads) {
        this.library = library;
        this.threadCount = threads;
        try (Arena call = Arena.ofShared()) {
            library.takeLog();
            MemorySegment params = onThread(() -> library.modelDefaultParams.pointer((SegmentAllocator) call));
            model = onThread(() -> library.loadModel.pointer(call.allocateFrom(file.toString()), params));
            loadLog = library.takeLog();
            if (model.equals(MemorySegment.NULL)) {
                thread.shutdown();
                throw new LlamaFailure("llama.cpp could not load the exported model: "
                        + (loadLog.isEmpty() ? "no reason given" : String.join(" | ", loadLog.subList(Math.max(0, loadLog.size() - 3), loadLog.size()))));
            }
            MemorySegment poolParams = call.allocate(LlamaLibrary.PARAMETERS_BYTES * 2L, 8);
            pool = onThread(() -> {
                library.poolParams.call(poolParams, threads);
                return library.newPool.pointer(poolParams);
            });
        }
        vocabularySize = onThread(() -> library.vocabularySize.integer(library.vocabulary.pointer(model)));
    }

    /** Lines of the log that tell where the weights went: {@code AMX model buffer size = ...}. */
    List<String> weightBuffers() {
        return loadLog.stream().filter(line -> line.contains("model buffer size")).map(line -> line.substring(line.indexOf(':') + 1).strip()).toList();
    }

    @Override
    public void prepare(Workload next) {
        workload = next;
        onThread(() -> {
            freeContext();
            arena = Arena.ofShared();
            context = Optional.of(open());
            if (!next.isPrefill()) {
                for (int s = 0; s < next.streams(); s++) {
                    promptOf(s);
                }
            }
            return next;
        });
    }

    private MemorySegment open() {
        int positions = (workload.positions() + CACHE_STEP - 1) / CACHE_STEP * CACHE_STEP;
        int batch = Math.min(CompareOptions.MOST_ROWS, positions * workload.streams());
        int[] asked = {positions * workload.streams(), batch, batch, workload.streams()};
        MemorySegment params = library.contextDefaultParams.pointer((SegmentAllocator) arena);
        MemorySegment.copy(asked, 0, params, ValueLayout.JAVA_INT, 0, asked.length);
        MemorySegment opened = library.initContext.pointer(model, params);
        if (opened.equals(MemorySegment.NULL)) {
            throw new LlamaFailure("llama.cpp could not make a context of " + asked[0] + " positions: " + String.join(" ", library.takeLog()));
        }
        library.setThreads.call(opened, threadCount, threadCount);
        library.attachPool.call(opened, pool, pool);
        for (int i = 0; i < asked.length; i++) {
            int got = library.sizes.get(i).integer(opened);
            requireUnderstood(asked[i], got, i);
        }
        requireUnderstood(threadCount, library.threads.integer(opened), 4);
        requireUnderstood(threadCount, library.threadsBatch.integer(opened), 4);
        return opened;
    }

    private static void requireUnderstood(int asked, int got, int what) {
        if (asked != got) {
            throw new LlamaFailure("llama.cpp was asked for " + asked + " and made " + got + " "
                    + List.of("positions", "rows of a batch", "rows of a pass", "sequences", "threads").get(what)
                    + ", so its parameters are not those of the version that CONTRIBUTING.md names.");
        }
    }

    @Override
    public void run() {
        onThread(() -> {
            library.resumePool.call(pool);
            if (workload.isPrefill()) {
                promptOf(0);
            } else {
                for (int s = 0; s < workload.streams(); s++) {
                    library.memoryRemove.call(memory(), s, workload.prompt(), -1);
                }
                for (int step = 0; step < workload.steps(); step++) {
                    step(workload.prompt() + step);
                }
            }
            // Waiting threads spin, for longer than the pause between the turns.
            library.pausePool.call(pool);
            return workload;
        });
    }

    private void promptOf(int stream) {
        library.memoryRemove.call(memory(), stream, -1, -1);
        int rows = workload.prompt();
        Batch batch = new Batch(rows);
        for (int i = 0; i < rows; i++) {
            batch.row(i, stream, i, i == rows - 1);
        }
        batch.decode();
        logitsOf(0, -1).get(ValueLayout.JAVA_FLOAT, 0);
    }

    private void step(int position) {
        Batch batch = new Batch(workload.streams());
        for (int s = 0; s < workload.streams(); s++) {
            batch.row(s, s, position, true);
        }
        batch.decode();
        for (int s = 0; s < workload.streams(); s++) {
            logitsOf(s, s).get(ValueLayout.JAVA_FLOAT, 0);
        }
    }

    private MemorySegment memory() {
        return library.memory.pointer(context.orElseThrow());
    }

    /** The logits of row {@code index} of the last batch, -1 for the last. */
    private MemorySegment logitsOf(int stream, int index) {
        MemorySegment found = library.logits.pointer(context.orElseThrow(), index);
        if (found.equals(MemorySegment.NULL)) {
            throw new LlamaFailure("llama.cpp gives no logits for stream " + stream + ".");
        }
        return found.reinterpret((long) vocabularySize * Float.BYTES);
    }

    @Override
    public float[][] logits() {
        return onThread(() -> {
            float[][] rows = new float[workload.streams()][];
            for (int s = 0; s < rows.length; s++) {
                rows[s] = logitsOf(s, workload.isPrefill() ? -1 : s).toArray(ValueLayout.JAVA_FLOAT);
            }
            return rows;
        });
    }

    private void freeContext() {
        context.ifPresent(library.freeContext::call);
        context = Optional.empty();
        arena.close();
    }

    private <T> T onThread(Supplier<T> work) {
        try {
            return thread.submit(work::get).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new LlamaFailure("llama.cpp failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LlamaFailure("Interrupted.", e);
        }
    }

    @Override
    public void close() {
        onThread(() -> {
            freeContext();
            library.freePool.call(pool);
            library.freeModel.call(model);
            return model;
        });
        thread.shutdown();
    }

    /** Rows for one call of llama_decode, in memory of the context's arena. */
    private final class Batch {
        private final MemorySegment struct;
        private final MemorySegment tokens;
        private final MemorySegment positions;
        private final MemorySegment sequences;
        private final MemorySegment wanted;

        Batch(int rows) {
            struct = arena.allocate(LlamaLibrary.BATCH);
            tokens = arena.allocate(ValueLayout.JAVA_INT, rows);
            positions = arena.allocate(ValueLayout.JAVA_INT, rows);
            sequences = arena.allocate(ValueLayout.JAVA_INT, rows);
            wanted = arena.allocate(ValueLayout.JAVA_BYTE, rows);
            MemorySegment counts = arena.allocate(ValueLayout.JAVA_INT, rows);
            MemorySegment pointers = arena.allocate(ValueLayout.ADDRESS, rows);
            for (int i = 0; i < rows; i++) {
                counts.setAtIndex(ValueLayout.JAVA_INT, i, 1);
                pointers.setAtIndex(ValueLayout.ADDRESS, i, sequences.asSlice((long) i * Integer.BYTES));
            }
            struct.set(ValueLayout.JAVA_INT, 0, rows);
            MemorySegment[] fields = {tokens, MemorySegment.NULL, positions, counts, pointers, wanted};
            for (int i = 0; i < fields.length; i++) {
                struct.set(ValueLayout.ADDRESS, (i + 1L) * ValueLayout.ADDRESS.byteSize(), fields[i]);
            }
        }

        void row(int row, int stream, int position, boolean logitsWanted) {
            tokens.setAtIndex(ValueLayout.JAVA_INT, row, workload.token(stream, position, vocabularySize));
            positions.setAtIndex(ValueLayout.JAVA_INT, row, position);
            sequences.setAtIndex(ValueLayout.JAVA_INT, row, stream);
            wanted.set(ValueLayout.JAVA_BYTE, row, (byte) (logitsWanted ? 1 : 0));
        }

        void decode() {
            int code = library.decode.integer(context.orElseThrow(), struct);
            if (code != 0) {
                throw new LlamaFailure("llama.cpp's llama_decode ended with code " + code + ": " + String.join(" ", library.takeLog()));
            }
        }
    }
}
