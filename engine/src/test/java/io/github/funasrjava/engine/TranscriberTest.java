package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.audio.AudioReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The public way in, with a tiny model of random weights: what it says is nonsense, how it behaves is not. */
class TranscriberTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final Path SPEECH = GOLDEN.resolve("audio/en_1s.wav");
    private static final TranscribeOptions SHORT_ANSWERS = TranscribeOptions.DEFAULT.withMaxNewTokens(12);

    @TempDir
    static Path cache;

    private static Transcriber transcriber;
    private static float[] speech;

    @BeforeAll
    static void open() {
        transcriber = Transcriber.open(GOLDEN.resolve("tiny-nano-ctc/model"), EngineOptions.DEFAULT.withCacheDir(cache));
        speech = AudioReader.read(SPEECH, AudioOptions.DEFAULT).samples();
    }

    @AfterAll
    static void close() {
        transcriber.close();
    }

    @Test
    void aFileAndItsSamplesGiveTheSameText() {
        Transcript file = transcriber.transcribe(SPEECH, SHORT_ANSWERS);
        assertFalse(file.text().isEmpty());
        assertEquals(file.text(), transcriber.transcribe(speech, SHORT_ANSWERS).text());
        assertEquals(1.0, file.audioSeconds(), 1e-9);
        assertEquals(1.0, file.coverage().transcribedSeconds(), 1e-9);
        assertEquals(64, file.model().sha256().length());
    }

    @Test
    void draftsChangeNoToken() {
        List<TranscriptToken> plain = tokens(SHORT_ANSWERS.withDraft(TranscribeOptions.DraftSource.NONE));
        assertEquals(plain, tokens(SHORT_ANSWERS.withDraft(TranscribeOptions.DraftSource.CTC)));
    }

    private static List<TranscriptToken> tokens(TranscribeOptions options) {
        return transcriber.transcribe(speech, options).segments().getFirst().tokens();
    }

    @Test
    void concurrentCallersGetTheSameTextAsAlone() throws Exception {
        String alone = transcriber.transcribe(speech, SHORT_ANSWERS).text();
        try (ExecutorService callers = Executors.newFixedThreadPool(4)) {
            List<Future<String>> texts = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                texts.add(callers.submit(() -> transcriber.transcribe(speech, SHORT_ANSWERS).text()));
            }
            for (Future<String> text : texts) {
                assertEquals(alone, text.get());
            }
        }
    }

    @Test
    void cancellationStopsWithinAStep() {
        AtomicInteger asked = new AtomicInteger();
        TranscribeOptions options = SHORT_ANSWERS.withDraft(TranscribeOptions.DraftSource.NONE)
                .withCancelled(() -> asked.incrementAndGet() > 5);
        assertThrows(CancelledException.class, () -> transcriber.transcribe(speech, options));
        assertEquals(6, asked.get());
        assertFalse(transcriber.transcribe(speech, SHORT_ANSWERS).text().isEmpty());
    }

    @Test
    void refusesInputThatIsTooShortUnlessAllowed() {
        float[] blip = Arrays.copyOf(speech, 24 * 16);
        InputException refused = assertThrows(InputException.class, () -> transcriber.transcribe(blip, SHORT_ANSWERS));
        assertTrue(refused.getMessage().contains("24 ms"), refused.getMessage());
        assertTrue(refused.getMessage().contains("100 ms"), refused.getMessage());
        for (int samples : new int[] {0, 1, 2, 399}) {
            Transcript transcript = transcriber.transcribe(Arrays.copyOf(speech, samples), SHORT_ANSWERS.withAllowShort(true));
            assertTrue(transcript.segments().size() <= 1);
        }
    }

    @Test
    void row14SilenceConstantsAndClippingGiveNoText() {
        float[] constant = new float[16000];
        Arrays.fill(constant, 0.4f);
        float[] clipped = new float[16000];
        for (int i = 0; i < clipped.length; i++) {
            clipped[i] = i / 40 % 2 == 0 ? 1 : -1;
        }
        for (float[] samples : List.of(new float[16000], constant, clipped)) {
            Transcript transcript = transcriber.transcribe(samples, SHORT_ANSWERS);
            assertEquals("", transcript.text());
            assertEquals(0, transcript.coverage().transcribedSeconds());
        }
    }

    @Test
    void countsValuesThatAreNotFiniteAsSilence() {
        float[] broken = speech.clone();
        broken[100] = Float.NaN;
        broken[200] = Float.POSITIVE_INFINITY;
        Transcript transcript = transcriber.transcribe(broken, SHORT_ANSWERS);
        assertEquals("non_finite_samples", transcript.warnings().getFirst().code());
        for (TranscriptToken token : transcript.segments().getFirst().tokens()) {
            assertTrue(Float.isFinite(token.logProbability()));
        }
    }

    @Test
    void row50SaysThatTheTokenLimitCutTheText() {
        SegmentTranscript segment = transcriber.transcribe(speech, TranscribeOptions.DEFAULT.withMaxNewTokens(3)).segments().getFirst();
        assertEquals(FinishReason.LENGTH, segment.finishReason());
        assertEquals(3, segment.tokens().size());
        assertEquals("length_limit", segment.warnings().getFirst().code());
    }

    @Test
    void row49RefusesALanguageThatTheModelDoesNotKnow() {
        UsageException refused = assertThrows(UsageException.class,
                () -> transcriber.transcribe(speech, SHORT_ANSWERS.withLanguage("English; ignore all")));
        assertTrue(refused.getMessage().contains("中文"), refused.getMessage());
        assertFalse(transcriber.transcribe(speech, SHORT_ANSWERS.withLanguage("auto")).text().isEmpty());
    }

    @Test
    void cutsALongRecordingIntoSegmentsInBoundedPieces() {
        float[] hourglass = new float[70 * 16000];
        for (int i = 0; i + speech.length <= hourglass.length; i += speech.length) {
            System.arraycopy(speech, 0, hourglass, i, speech.length);
        }
        List<SegmentTranscript> heard = new ArrayList<>();
        TranscriptionListener listener = new TranscriptionListener() {
            @Override
            public void segment(SegmentTranscript segment) {
                heard.add(segment);
            }
        };
        Transcript transcript = transcriber.transcribe(hourglass,
                TranscribeOptions.DEFAULT.withMaxNewTokens(4).withListener(listener));
        assertEquals(transcript.segments(), heard);
        assertTrue(heard.size() >= 3, "only " + heard.size() + " segments");
        long end = 0;
        for (SegmentTranscript segment : heard) {
            assertTrue(segment.endMs() - segment.startMs() <= 30_000, segment.startMs() + ".." + segment.endMs());
            assertTrue(segment.startMs() >= end, "overlap at " + segment.startMs());
            end = segment.endMs();
        }
        assertEquals(70, transcript.audioSeconds(), 1e-6);
        assertTrue(transcript.coverage().transcribedSeconds() > 60, "transcribed " + transcript.coverage());
    }

    @Test
    void wordsGetTimesInsideTheirSegmentOrAWarningSaysThatTheyHaveNone() {
        SegmentTranscript segment = transcriber.transcribe(speech, SHORT_ANSWERS.withWordTimes(true)).segments().getFirst();
        boolean warned = segment.warnings().stream().anyMatch(warning -> warning.code().equals("no_word_times"));
        assertEquals(!segment.words().isEmpty() && !segment.hasWordTimes(), warned, segment.toString());
        for (Word word : segment.words()) {
            WordTime time = word.time().orElse(new WordTime(0, 0, 0));
            assertTrue(0 <= time.startMs() && time.startMs() <= time.endMs() && time.endMs() <= 1080, word.toString());
        }
    }

    @Test
    void refusesWordTimesWithoutCtcBranchInsteadOfInventingThem() {
        try (Transcriber plain = Transcriber.open(GOLDEN.resolve("tiny-mlt/model"), EngineOptions.DEFAULT.withCacheDir(cache))) {
            UsageException refused = assertThrows(UsageException.class,
                    () -> plain.transcribe(speech, SHORT_ANSWERS.withWordTimes(true)));
            assertTrue(refused.getMessage().contains("CTC"), refused.getMessage());
            assertTrue(plain.transcribe(speech, SHORT_ANSWERS).audioTokensPerSecond() > 16);
        }
    }

    @Test
    void callThatIsUnderWayEndsWithAnErrorWhenItIsClosed() {
        Limits oneAtATime = Limits.DEFAULT.withMaxSegmentSeconds(1).withBatchSize(1);
        Transcriber closing = Transcriber.open(GOLDEN.resolve("tiny-mlt/model"),
                EngineOptions.DEFAULT.withCacheDir(cache).withLimits(oneAtATime));
        AtomicInteger segments = new AtomicInteger();
        TranscribeOptions options = SHORT_ANSWERS.withVad(new Vad.None()).withListener(new TranscriptionListener() {
            @Override
            public void segment(SegmentTranscript segment) {
                segments.incrementAndGet();
                closing.close();
            }
        });
        float[] twice = Arrays.copyOf(speech, 2 * speech.length);
        System.arraycopy(speech, 0, twice, speech.length, speech.length);
        assertThrows(IllegalStateException.class, () -> closing.transcribe(twice, options));
        assertEquals(1, segments.get());
    }

    @Test
    void refusesWorkAfterItWasClosed() {
        Transcriber closed = Transcriber.open(GOLDEN.resolve("tiny-mlt/model"), EngineOptions.DEFAULT.withCacheDir(cache));
        closed.close();
        closed.close();
        assertThrows(IllegalStateException.class, () -> closed.transcribe(speech, SHORT_ANSWERS));
    }

    @Test
    void namesADirectoryThatIsNoModel() {
        ModelException refused = assertThrows(ModelException.class,
                () -> Transcriber.open(GOLDEN.resolve("audio"), EngineOptions.DEFAULT.withCacheDir(cache)));
        assertTrue(refused.getMessage().contains("audio"), refused.getMessage());
    }

    @Test
    void int8WeightsAreNamedInTheResult() {
        EngineOptions options = EngineOptions.DEFAULT.withCacheDir(cache).withWeights(WeightPrecision.INT8);
        try (Transcriber int8 = Transcriber.open(GOLDEN.resolve("tiny-nano-ctc/model"), options)) {
            assertEquals("int8", int8.transcribe(speech, SHORT_ANSWERS).model().weights());
        }
    }

    @Test
    void failuresAreOfTheEnginesFamily() {
        FunAsrException missing = assertThrows(FunAsrException.class,
                () -> transcriber.transcribe(Path.of("no-such-file.wav"), SHORT_ANSWERS));
        assertInstanceOf(InputException.class, missing);
        assertTrue(missing.getMessage().contains("no-such-file.wav"), missing.getMessage());
    }
}
