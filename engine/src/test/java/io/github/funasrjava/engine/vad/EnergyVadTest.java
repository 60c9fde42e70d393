package io.github.funasrjava.engine.vad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.frontend.GoldenFiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnergyVadTest {
    private static final int SECOND = 16_000;

    private final EnergyVad vad = new EnergyVad();

    @ParameterizedTest
    @EnumSource(NoisySpeech.Colour.class)
    void findsNothingInStationaryNoiseOfAnyLevel(NoisySpeech.Colour colour) {
        float[] noise = NoisySpeech.noise(colour, 20 * SECOND, 5);
        for (double decibel : new double[] {-15, -40, -65, -90}) {
            assertEquals(List.of(), vad.detect(NoisySpeech.scaled(noise, Math.pow(10, decibel / 20))), decibel + " dBFS");
        }
    }

    @Tag("long")
    @ParameterizedTest
    @EnumSource(NoisySpeech.Colour.class)
    void findsNothingInTwentyMinutesOfStationaryNoise(NoisySpeech.Colour colour) {
        assertEquals(List.of(), vad.detect(NoisySpeech.scaled(NoisySpeech.noise(colour, 1_200 * SECOND, 6), 0.03)));
    }

    @Test
    void findsNothingInDigitalSilence() {
        assertEquals(List.of(), vad.detect(new float[10 * SECOND]));
    }

    @Test
    void findsNothingInDitherThatBeginsAfterDigitalSilence() {
        float[] samples = new float[10 * SECOND];
        float[] dither = NoisySpeech.noise(NoisySpeech.Colour.WHITE, 5 * SECOND, 3);
        for (int i = 0; i < dither.length; i++) {
            samples[5 * SECOND + i] = Math.round(dither[i] * 0.6f) / 32768f;
        }
        assertEquals(List.of(), vad.detect(samples));
    }

    @Test
    void takesNoiseThatBecomesLouderForSpeechForAtMostThreeSeconds() {
        float[] noise = NoisySpeech.scaled(NoisySpeech.noise(NoisySpeech.Colour.PINK, 20 * SECOND, 8), 0.1);
        for (int i = 0; i < 10 * SECOND; i++) {
            noise[i] *= 0.1f;
        }
        List<SpeechSegment> segments = vad.detect(noise);
        assertEquals(1, segments.size());
        assertTrue(segments.getFirst().startMs() > 9_800 && segments.getFirst().durationMs() < 3_000, segments.toString());
    }

    @Test
    void findsNothingInAConstantOffset() {
        float[] samples = new float[5 * SECOND];
        Arrays.fill(samples, 0.4f);
        assertEquals(List.of(), vad.detect(samples));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 200, 399, 400, 559, 560, 1200})
    void findsNothingInWhatIsTooShortForSpeech(int samples) {
        assertEquals(List.of(), vad.detect(Arrays.copyOf(GoldenFiles.bundledSamples("zh_2p5s"), samples)));
    }

    @Test
    void segmentsAreOrderedApartAndInsideTheRecording() {
        float[] samples = twoSentences();
        List<SpeechSegment> segments = vad.detect(samples);
        assertEquals(2, segments.size());
        long end = 0;
        for (SpeechSegment segment : segments) {
            assertTrue(segment.startMs() >= end && segment.endMs() > segment.startMs(), segments.toString());
            end = segment.endMs();
        }
        assertTrue(end <= samples.length / 16);
    }

    @Test
    void findsQuietSpeechWithoutNoise() {
        float[] whisper = NoisySpeech.scaled(twoSentences(), 0.01);
        assertEquals(2, vad.detect(whisper).size());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 160, 999, 3_200, 16_000})
    void piecesGiveTheSameEventsAsTheWhole(int piece) {
        float[] samples = new NoisySpeech(twoSentences()).with(NoisySpeech.Colour.PINK, 10, 1);
        int length = piece == 1 ? 3 * SECOND : samples.length;
        List<SpeechEvent> whole = vad.openStream().accept(Arrays.copyOf(samples, length), true);
        VadStream stream = vad.openStream();
        List<SpeechEvent> events = new ArrayList<>();
        for (float[] part : VadPieces.of(Arrays.copyOf(samples, length), piece)) {
            events.addAll(stream.accept(part, false));
        }
        events.addAll(stream.accept(new float[0], true));
        assertEquals(whole, events);
    }

    @Test
    void aBeginningIsAnnouncedWithinTheLookBack() {
        float[] samples = new NoisySpeech(twoSentences()).with(NoisySpeech.Colour.WHITE, 10, 2);
        VadStream stream = vad.openStream();
        int started = 0;
        for (int at = 0; at < samples.length; at += 160) {
            for (SpeechEvent event : stream.accept(Arrays.copyOfRange(samples, at, Math.min(samples.length, at + 160)), false)) {
                if (event instanceof SpeechEvent.Started start) {
                    started++;
                    assertTrue((at + 160) / 16 - start.startMs() <= vad.lookBackMs(), event + " at " + (at + 160) / 16);
                }
            }
        }
        assertEquals(2, started);
    }

    @Test
    void anEndedStreamTakesNothingMore() {
        VadStream stream = vad.openStream();
        stream.accept(new float[0], true);
        assertThrows(IllegalStateException.class, () -> stream.accept(new float[1], false));
    }

    private static float[] twoSentences() {
        return NoisySpeech.sequence(new double[] {1.0, 1.2}, GoldenFiles.bundledSamples("en_1s"),
                GoldenFiles.bundledSamples("zh_2p5s")).clean;
    }
}
