package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.audio.AudioOptions;
import io.github.funasrjava.audio.AudioReader;
import io.github.funasrjava.kernels.DeviceChoice;
import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.Kernels;
import io.github.funasrjava.kernels.cuda.InterpretedCuda;
import io.github.funasrjava.weights.ProgressListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device that is lost behind a running model. A scripted driver loses it, the interpreter of the PTX computes; no GPU ran. */
class DeviceLossTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final TranscribeOptions SHORT = TranscribeOptions.DEFAULT.withMaxNewTokens(2);

    @TempDir
    Path cache;

    private final List<InterpretedCuda.Losable> devices = new ArrayList<>();
    private final List<String> messages = new ArrayList<>();
    private final float[] speech = Arrays.copyOf(AudioReader.read(GOLDEN.resolve("audio/en_1s.wav"), AudioOptions.DEFAULT).samples(), 6400);

    private Transcriber open(DeviceChoice device) {
        EngineOptions options = EngineOptions.DEFAULT.withCacheDir(cache).withDevice(device)
                .withKernels(KernelOptions.defaults().withThreads(1)).withListener(listener());
        return Transcriber.open(ModelSource.directory(GOLDEN.resolve("tiny-nano-ctc/model")), options, kernels -> {
            kernels.close();
            return next();
        });
    }

    private Kernels next() {
        devices.add(new InterpretedCuda.Losable(80));
        return devices.getLast().open(KernelOptions.defaults());
    }

    private ProgressListener listener() {
        return new ProgressListener() {
            @Override
            public void message(String sentence) {
                messages.add(sentence);
            }
        };
    }

    private DeviceException fails(Transcriber transcriber) {
        return assertThrows(DeviceException.class, () -> transcriber.transcribe(speech, SHORT));
    }

    @Test
    void row73FailsTheRequestThatLostTheDeviceAnswersTheNextAndRefusesAfterTheSecondLoss() {
        try (Transcriber transcriber = open(DeviceChoice.CPU)) { // not auto: a device was named
            String text = transcriber.transcribe(speech, SHORT).text();
            devices.getFirst().lose();
            String first = fails(transcriber).getMessage();
            assertTrue(first.startsWith("device_lost: the GPU driver reported a scripted failure (700) in cuStreamSynchronize on cuda:0"), first);
            assertEquals(text, transcriber.transcribe(speech, SHORT).text(), "the device was opened again");
            assertEquals(2, devices.size());
            assertEquals("opening the device again: " + first, messages.getLast());
            devices.getLast().lose();
            fails(transcriber);
            for (int i = 0; i < 2; i++) {
                String refused = fails(transcriber).getMessage();
                assertTrue(refused.startsWith("device_lost: "), refused);
                assertTrue(refused.endsWith("start again or compute with --device cpu"), refused);
            }
            assertEquals(2, devices.size(), "it was not opened a third time");
        }
    }

    @Test
    void row73ComputesOnTheProcessorAfterTheSecondLossWhereNobodyNamedADevice() {
        try (Transcriber transcriber = open(DeviceChoice.AUTO)) {
            // By then the weights are there; what is lost before the first request fails nobody's.
            transcriber.transcribe(speech, SHORT);
            for (int loss = 0; loss < 2; loss++) {
                devices.getLast().lose();
                fails(transcriber);
                transcriber.transcribe(speech, SHORT);
            }
            assertEquals(2, devices.size());
            assertTrue(!transcriber.info().kernels().startsWith("cuda"), transcriber.info().kernels());
            assertTrue(messages.getLast().startsWith("computing on the CPU: device_lost: "), messages.toString());
        }
    }
}
