package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.audio.AudioReader;
import io.github.funasrjava.kernels.KernelOptions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The system has no memory for the buffers of one request. */
class MemoryShortageTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final TranscribeOptions SHORT_ANSWERS = TranscribeOptions.DEFAULT.withMaxNewTokens(4);
    private static final int NEVER = Integer.MAX_VALUE / 2;

    @TempDir
    Path cache;

    /** How many allocations still succeed. */
    private final AtomicInteger left = new AtomicInteger(NEVER);

    /** Memory of the kernels, until there is no more. */
    private record ScarceArena(Arena arena, AtomicInteger left) implements Arena {
        @Override
        public MemorySegment allocate(long bytes, long alignment) {
            if (left.getAndDecrement() == 0) {
                throw new OutOfMemoryError("scripted");
            }
            return arena.allocate(bytes, alignment);
        }

        @Override
        public MemorySegment.Scope scope() {
            return arena.scope();
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    /** A program that ends with a code for each kind of failure must see which it is. */
    @Test
    void shortageWhileAModelIsOpenedComesAsItIs() {
        assertThrows(OutOfMemoryError.class, () -> Transcriber.open(ModelSource.directory(GOLDEN.resolve("tiny-nano-ctc/model")),
                EngineOptions.DEFAULT.withCacheDir(cache), kernels -> {
                    kernels.close();
                    throw new OutOfMemoryError("scripted");
                }).close());
    }

    /** Wherever it runs out while a longer recording needs larger buffers, that one fails alone. */
    @Test
    void requestThatFindsNoMemoryFailsAlone() {
        float[] whole = AudioReader.read(GOLDEN.resolve("audio/en_1s.wav"), AudioOptions.DEFAULT).samples();
        float[] begin = Arrays.copyOf(whole, 6400);
        EngineOptions options = EngineOptions.DEFAULT.withCacheDir(cache).withKernels(KernelOptions.defaults().withThreads(1));
        int failures = 0;
        for (boolean failed = true; failed; failures += failed ? 1 : 0) {
            left.set(NEVER);
            try (Transcriber transcriber = Transcriber.open(ModelSource.directory(GOLDEN.resolve("tiny-nano-ctc/model")), options,
                    kernels -> new FaultyKernels(kernels, n -> false, n -> false, () -> new ScarceArena(kernels.newArena(), left)))) {
                String text = transcriber.transcribe(begin, SHORT_ANSWERS).text();
                left.set(failures);
                failed = false;
                try {
                    transcriber.transcribe(whole, SHORT_ANSWERS);
                } catch (OutOfMemoryError e) {
                    failed = true;
                }
                left.set(NEVER);
                assertEquals(text, transcriber.transcribe(begin, SHORT_ANSWERS).text(), "after failure " + failures);
                transcriber.transcribe(whole, SHORT_ANSWERS);
            }
        }
        assertTrue(failures > 5, failures + " failures");
    }
}
