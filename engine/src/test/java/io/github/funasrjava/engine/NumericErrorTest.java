package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.audio.AudioReader;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.weights.ConvertOptions;
import io.github.funasrjava.weights.Converter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongPredicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.ObjectMapper;

/** Row 52 of the reliability list: logits that are not numbers. */
class NumericErrorTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final Path MODEL = GOLDEN.resolve("tiny-nano-ctc/model");
    private static final TranscribeOptions SHORT_ANSWERS = TranscribeOptions.DEFAULT.withMaxNewTokens(12)
            .withDraft(TranscribeOptions.DraftSource.NONE);
    private static final float[] SPEECH = AudioReader.read(GOLDEN.resolve("audio/en_1s.wav"), AudioOptions.DEFAULT).samples();

    @TempDir
    static Path cache;

    private static Transcriber open(KernelOptions.Tier tier, UnaryOperator<Kernels> around) {
        return Transcriber.open(ModelSource.directory(MODEL),
                EngineOptions.DEFAULT.withCacheDir(cache).withKernels(KernelOptions.defaults().withTier(tier)), around);
    }

    private static Transcriber faulty(LongPredicate layerNorms, LongPredicate rmsNorms) {
        return open(KernelOptions.Tier.VECTOR, kernels -> new FaultyKernels(kernels, layerNorms, rmsNorms));
    }

    private static SegmentTranscript segment(Transcriber transcriber) {
        return transcriber.transcribe(SPEECH, SHORT_ANSWERS).segments().getFirst();
    }

    private static List<String> codes(SegmentTranscript segment) {
        return segment.warnings().stream().map(Warning::code).toList();
    }

    @Test
    void row52RecognisesASegmentAgainOnTheScalarKernelsAndSaysSo() {
        SegmentTranscript expected;
        try (Transcriber scalar = open(KernelOptions.Tier.SCALAR, kernels -> kernels)) {
            expected = segment(scalar);
        }
        assertFalse(expected.text().isEmpty());
        List<Transcriber> broken = List.of(faulty(_ -> true, _ -> false), faulty(_ -> false, _ -> true), faulty(_ -> false, n -> n >= 12));
        for (Transcriber transcriber : broken) {
            SegmentTranscript segment = segment(transcriber);
            assertEquals(expected.text(), segment.text());
            assertEquals(expected.tokens(), segment.tokens());
            assertEquals(expected.finishReason(), segment.finishReason());
            assertEquals("numeric_error_retried", codes(segment).getLast());
            assertTrue(segment.warnings().getLast().message().contains("scalar kernels"));
            Transcript drafted = transcriber.transcribe(SPEECH, SHORT_ANSWERS.withDraft(TranscribeOptions.DraftSource.CTC));
            assertEquals(expected.text(), drafted.text());
            transcriber.close();
        }
    }

    @Test
    void row52KeepsNoNumbersOfTheBrokenPass() {
        AtomicBoolean broken = new AtomicBoolean(true);
        try (Transcriber transcriber = faulty(_ -> false, _ -> broken.get())) {
            assertEquals("numeric_error_retried", codes(segment(transcriber)).getLast());
            broken.set(false);
            SegmentTranscript healthy = segment(transcriber);
            assertFalse(codes(healthy).contains("numeric_error_retried"));
            assertFalse(codes(healthy).contains("numeric_error"));
            assertFalse(healthy.text().isEmpty());
        }
    }

    @Test
    void row52FlagsWhatTheScalarKernelsCannotComputeEither() throws IOException {
        Path model = cache.resolve("nan-weights");
        Converter.convert(MODEL, model, ConvertOptions.defaults());
        spoil(model.resolve("model.safetensors"), "llm.model.norm.weight");
        for (KernelOptions.Tier tier : List.of(KernelOptions.Tier.VECTOR, KernelOptions.Tier.SCALAR)) {
            try (Transcriber transcriber = Transcriber.open(model, EngineOptions.DEFAULT.withKernels(KernelOptions.defaults().withTier(tier)))) {
                SegmentTranscript segment = segment(transcriber);
                assertEquals(FinishReason.NUMERIC_ERROR, segment.finishReason());
                assertEquals(List.of("numeric_error"), codes(segment));
                assertEquals("", segment.text());
            }
        }
    }

    /** Puts a NaN, in bf16 and in f32 alike, in front of a tensor's values. */
    private static void spoil(Path safetensors, String tensor) throws IOException {
        byte[] bytes = Files.readAllBytes(safetensors);
        int header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
        int begin = 8 + header + new ObjectMapper().readTree(bytes, 8, header).path(tensor).path("data_offsets").path(0).asInt();
        Arrays.fill(bytes, begin, begin + 4, (byte) 0xff);
        Files.write(safetensors, bytes);
    }
}
