package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.audio.AudioReader;
import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.cuda.InterpretedCuda;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encodings and answers that are repeated as recorded passes, in the interpreter of the PTX; no GPU ran. */
class CudaPassTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    @TempDir
    Path cache;

    private final InterpretedCuda.Losable device = new InterpretedCuda.Losable(80);
    private final float[] speech = AudioReader.read(GOLDEN.resolve("audio/en_1s.wav"), AudioOptions.DEFAULT).samples();

    private LoadedModel open() {
        EngineOptions options = EngineOptions.DEFAULT.withCacheDir(cache).withKernels(KernelOptions.defaults().withThreads(1));
        return LoadedModel.open(ModelSource.directory(GOLDEN.resolve("tiny-nano-ctc/model")), options, kernels -> {
            kernels.close();
            return device.open(KernelOptions.defaults());
        });
    }

    private static Features features(LoadedModel model, float[] samples) {
        return model.lowFrameRate.apply(model.fbank.compute(samples));
    }

    @Test
    void clipsOfOneLengthBucketShareARecordAndGetTheBitsOfSingleOperations() {
        try (LoadedModel model = open()) {
            int before = 0;
            for (int samples : new int[] {8000, 5000, 16000, 3000}) {
                Features clip = features(model, Arrays.copyOf(speech, samples));
                RowSpans spans = RowSpans.ofLengths(clip.rows());
                float[][] repeated = rows(model, model.encoder.encode(List.of(clip), spans, StageTap.NONE));
                assertEquals(clip.rows(), repeated.length);
                float[][] single = rows(model, model.encoder.encode(List.of(clip), spans, (name, rows) -> { }));
                assertArrayEquals(single, repeated, samples + " samples");
                if (samples != 8000) {
                    assertEquals(++before, device.graphLaunches(), "one launch for the encoding of " + samples + " samples");
                }
            }
        }
    }

    @Test
    void answersAreThoseOfTheProcessor() {
        String onProcessor;
        TranscribeOptions shortAnswers = TranscribeOptions.DEFAULT.withMaxNewTokens(6);
        EngineOptions options = EngineOptions.DEFAULT.withCacheDir(cache).withKernels(KernelOptions.defaults().withThreads(1));
        ModelSource source = ModelSource.directory(GOLDEN.resolve("tiny-nano-ctc/model"));
        try (Transcriber transcriber = Transcriber.open(source, options)) {
            onProcessor = transcriber.transcribe(speech, shortAnswers).text();
        }
        try (Transcriber transcriber = Transcriber.open(source, options, kernels -> {
            kernels.close();
            return device.open(KernelOptions.defaults());
        })) {
            for (int i = 0; i < 3; i++) {
                assertEquals(onProcessor, transcriber.transcribe(speech, shortAnswers).text());
            }
        }
        assertTrue(device.graphLaunches() >= 6, device.graphLaunches() + " launches of recorded passes");
    }

    private static float[][] rows(LoadedModel model, Matrix rows) {
        model.kernels.finish();
        float[][] values = new float[rows.rows()][];
        for (int r = 0; r < values.length; r++) {
            values[r] = rows.row(r);
        }
        return values;
    }
}
