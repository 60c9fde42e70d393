package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.audio.AudioReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Callers that wait for the model at the same time. */
class BatchQueueTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final TranscribeOptions SHORT_ANSWERS = TranscribeOptions.DEFAULT.withMaxNewTokens(12);
    private static final int POLL_MS = 5;

    @TempDir
    static Path cache;

    private static Transcriber transcriber;
    private static float[] speech;

    @BeforeAll
    static void open() {
        EngineOptions options = EngineOptions.DEFAULT.withCacheDir(cache).withLimits(Limits.DEFAULT.withBatchSize(3));
        transcriber = Transcriber.open(GOLDEN.resolve("tiny-nano-ctc/model"), options);
        speech = AudioReader.read(GOLDEN.resolve("audio/en_1s.wav"), AudioOptions.DEFAULT).samples();
    }

    @AfterAll
    static void close() {
        transcriber.close();
    }

    /** Each caller's time in the decoder is its share of the pass: of two equal inputs in one pass, exactly the same. */
    @Test
    void callersThatAskTheSameWaySharePassesUpToTheBatchSize() throws Exception {
        Transcript alone = transcriber.transcribe(speech, SHORT_ANSWERS);
        List<Transcript> together = atOnce(SHORT_ANSWERS, SHORT_ANSWERS, SHORT_ANSWERS, SHORT_ANSWERS);
        for (Transcript one : together) {
            assertEquals(alone.segments(), one.segments());
        }
        assertEquals(prefillMs(together.get(0)), prefillMs(together.get(1)));
        assertEquals(prefillMs(together.get(0)), prefillMs(together.get(2)));
        assertNotEquals(prefillMs(together.get(0)), prefillMs(together.get(3)), "the batch holds three");
    }

    @Test
    void callersThatAskDifferentlyGetWhatTheyAskedFor() throws Exception {
        TranscribeOptions other = SHORT_ANSWERS.withLanguage("en");
        List<Transcript> together = atOnce(SHORT_ANSWERS, other, SHORT_ANSWERS);
        assertEquals(transcriber.transcribe(speech, other).segments(), together.get(1).segments());
        assertEquals(transcriber.transcribe(speech, SHORT_ANSWERS).segments(), together.get(2).segments());
        assertEquals(prefillMs(together.get(0)), prefillMs(together.get(2)), "the one between does not part them");
    }

    @Test
    void aCallerWhoseRequestBreaksThePassFailsAlone() throws Exception {
        TranscribeOptions broken = SHORT_ANSWERS.withCancelled(new java.util.function.BooleanSupplier() {
            private int asked;

            @Override
            public boolean getAsBoolean() {
                // Asked once while reading; the next time is within the pass.
                if (asked++ > 0) {
                    throw new InputException("broken");
                }
                return false;
            }
        });
        List<FutureTask<Transcript>> calls = begin(List.of(broken, SHORT_ANSWERS, SHORT_ANSWERS));
        assertInstanceOf(InputException.class, assertThrows(ExecutionException.class, calls.get(0)::get).getCause());
        Transcript alone = transcriber.transcribe(speech, SHORT_ANSWERS);
        assertEquals(alone.segments(), calls.get(1).get().segments());
        assertEquals(alone.segments(), calls.get(2).get().segments());
    }

    private static double prefillMs(Transcript transcript) {
        return transcript.timings().prefillMs();
    }

    private static List<Transcript> atOnce(TranscribeOptions... requests) throws Exception {
        List<Transcript> done = new ArrayList<>();
        for (FutureTask<Transcript> call : begin(Arrays.asList(requests))) {
            done.add(call.get());
        }
        return done;
    }

    /** Lets the callers come, in this order, while the model is busy. */
    private static List<FutureTask<Transcript>> begin(List<TranscribeOptions> requests) {
        return transcriber.withModel(model -> {
            List<FutureTask<Transcript>> calls = new ArrayList<>();
            for (TranscribeOptions request : requests) {
                FutureTask<Transcript> call = new FutureTask<>(() -> transcriber.transcribe(speech, request));
                calls.add(call);
                awaitWaiting(Thread.ofPlatform().daemon().start(call));
            }
            return calls;
        });
    }

    private static void awaitWaiting(Thread thread) {
        try {
            while (thread.getState() != Thread.State.WAITING) {
                Thread.sleep(POLL_MS);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
