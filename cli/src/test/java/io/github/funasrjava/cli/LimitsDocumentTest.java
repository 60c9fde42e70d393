package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.audio.AudioLimits;
import io.github.funasrjava.engine.Limits;
import io.github.funasrjava.kernels.KernelOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/LIMITS.md says what the code does. */
class LimitsDocumentTest {
    @Test
    void pageStatesTheDefaults() throws IOException {
        String page = Files.readString(EngineJar.ROOT.resolve("docs/LIMITS.md"));
        Limits limits = Limits.DEFAULT;
        AudioLimits audio = AudioLimits.DEFAULT;
        for (String row : List.of(
                "| longest segment | " + (long) limits.maxSegmentSeconds() + " s |",
                "| shortest recording | " + limits.minAudioMs() + " ms |",
                "| new tokens per segment | " + limits.maxNewTokens() + " |",
                "| hotwords together | " + limits.maxHotwordTokens() + " tokens |",
                "| prompt, audio and answer | " + limits.maxPromptPositions() + " positions |",
                "| segments recognised together | " + limits.batchSize() + " |",
                "| file | " + (audio.maxFileBytes() >> 30) + " GiB |",
                "| recording, streamed | " + audio.maxDecodedSeconds() / 3600 + " h |",
                "| recording held in memory (`bench --audio`) | " + audio.maxWaveformSeconds() + " s |",
                "| channels | " + audio.maxChannels() + " |",
                "| sample rate | " + audio.minSampleRateHz() + " to " + audio.maxSampleRateHz() + " Hz |",
                "| metadata before the sound | " + (audio.maxHeaderBytes() >> 20) + " MiB |",
                "| time to decode one file | " + audio.maxDecodeTime().toHours() + " h |",
                "| hotwords file | " + Hotwords.MAX_FILE_BYTES + " bytes of UTF-8 |",
                "| threads | " + KernelOptions.MAX_THREADS + " |")) {
            assertTrue(page.contains(row), "docs/LIMITS.md lacks: " + row);
        }
    }
}
