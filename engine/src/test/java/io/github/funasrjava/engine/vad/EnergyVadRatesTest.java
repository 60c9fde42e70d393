package io.github.funasrjava.engine.vad;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.frontend.GoldenFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Error rates of the built-in detector; the table goes to docs/vad.md. */
class EnergyVadRatesTest {
    private static final double LEAST_RECALL = 0.95;
    private static final double LEAST_PRECISION = 0.90;
    private static final double[] PAUSES = {1.0, 0.8, 1.5, 0.6, 2.0};

    private final EnergyVad vad = new EnergyVad();

    @Test
    void findsTheBundledSpeechInStationaryNoiseAtTenDecibels() throws IOException {
        float[] en = GoldenFiles.bundledSamples("en_1s");
        float[] zh = GoldenFiles.bundledSamples("zh_2p5s");
        assertRates(List.of(NoisySpeech.sequence(PAUSES, en, zh, zh, en, zh)), "vad-rates-bundled.md", 20, 10);
    }

    @Test
    void findsTheGoldenSpeechInStationaryNoiseAtTenDecibels() throws IOException {
        GoldenFiles golden = GoldenFiles.orSkip();
        List<NoisySpeech> material = new ArrayList<>();
        for (String recording : List.of("en_20s", "zh_10s", "ja_7s", "long_vad")) {
            material.add(new NoisySpeech(golden.samples(recording)));
        }
        material.add(NoisySpeech.sequence(PAUSES, golden.samples("en_1s"), golden.samples("zh_2p5s"), golden.samples("en_5s"),
                golden.samples("ja_7s"), golden.samples("zh_10s")));
        assertRates(material, "vad-rates-golden.md", 10);
    }

    private void assertRates(List<NoisySpeech> material, String report, int... decibels) throws IOException {
        StringBuilder table = new StringBuilder("| noise | SNR | recall | precision |\n|---|---|---|---|\n");
        List<String> failures = new ArrayList<>();
        for (NoisySpeech.Colour colour : NoisySpeech.Colour.values()) {
            for (int snr : decibels) {
                DetectionRates rates = new DetectionRates();
                for (NoisySpeech speech : material) {
                    rates.add(speech.speech, vad.detect(speech.with(colour, snr, 11)));
                }
                String row = String.format(Locale.ROOT, "| %s | %d dB | %.3f | %.3f |", colour, snr, rates.recall(), rates.precision());
                table.append(row).append('\n');
                if (rates.recall() < LEAST_RECALL || rates.precision() < LEAST_PRECISION) {
                    failures.add(row);
                }
            }
        }
        Files.writeString(Files.createDirectories(Path.of("target")).resolve(report), table);
        assertTrue(failures.isEmpty(), () -> "below the bar: " + failures);
    }
}
