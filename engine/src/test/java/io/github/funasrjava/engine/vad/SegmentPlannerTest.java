package io.github.funasrjava.engine.vad;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.frontend.GoldenFiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentPlannerTest {
    private static final int SECOND = 16_000;
    private static final SegmentPlan LONGEST = SegmentPlan.asDetected(30_000);

    @Test
    void aShortRecordingIsOnePieceWithoutDetection() {
        float[] samples = GoldenFiles.bundledSamples("zh_2p5s");
        List<AudioSegment> pieces = new SegmentPlanner(new WholeRecording(), LONGEST).plan(samples);
        assertEquals(List.of(new SpeechSegment(0, 2_500)), times(pieces));
        assertArrayEquals(samples, pieces.getFirst().samples());
        assertFalse(pieces.getFirst().cutBefore() || pieces.getFirst().cutAfter());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 1_000})
    void everySampleOfAShortRecordingIsKeptWithoutDetection(int length) {
        List<AudioSegment> pieces = new SegmentPlanner(new WholeRecording(), LONGEST).plan(new float[length]);
        assertEquals(1, pieces.size());
        assertEquals(length, pieces.getFirst().samples().length);
    }

    @Test
    void nothingGivesNothing() {
        for (VoiceActivityDetector detector : List.of(new WholeRecording(), new EnergyVad())) {
            PlanStream stream = new SegmentPlanner(detector, LONGEST).openStream();
            assertEquals(List.of(), stream.accept(new float[0], true));
            assertEquals(new PlanCoverage(0, 0, 0), stream.coverage());
        }
    }

    @Test
    void digitalSilenceIsSkippedByTheDetectorAndMarkedWithoutOne() {
        float[] silence = new float[45 * SECOND];
        PlanStream stream = new SegmentPlanner(new EnergyVad(), LONGEST).openStream();
        assertEquals(List.of(), stream.accept(silence, true));
        assertEquals(new PlanCoverage(45_000, 0, 0), stream.coverage());
        assertEquals(45_000, stream.coverage().skippedMs());
        List<AudioSegment> undetected = new SegmentPlanner(new WholeRecording(), LONGEST).plan(silence);
        assertFalse(undetected.isEmpty());
        assertTrue(undetected.stream().allMatch(AudioSegment::silent));
    }

    @Test
    void noiseAloneGivesNoPieces() {
        float[] noise = NoisySpeech.scaled(NoisySpeech.noise(NoisySpeech.Colour.PINK, 30 * SECOND, 1), 0.05);
        assertEquals(List.of(), new SegmentPlanner(new EnergyVad(), LONGEST).plan(noise));
    }

    /** Row 17 of the reliability cases. */
    @Test
    void row17TenMinutesWithoutSilenceAreCutAtTheLimitWithoutOverlap() {
        float[] samples = endlessSpeech(600);
        for (VoiceActivityDetector detector : List.of(new WholeRecording(), new EnergyVad())) {
            PlanStream stream = new SegmentPlanner(detector, LONGEST).openStream();
            List<AudioSegment> pieces = stream.accept(samples, true);
            assertTrue(pieces.size() >= 20 && pieces.size() <= 41, pieces.size() + " pieces");
            assertContiguous(pieces, 30_000);
            assertTrue(pieces.getFirst().time().startMs() < 100 && pieces.getLast().time().endMs() > 599_000);
            assertEquals(stream.coverage().speechMs(), stream.coverage().plannedMs());
        }
    }

    @Test
    void forcedCutsLieInTheQuietestPlaceOfTheSecondHalf() {
        float[] samples = NoisySpeech.scaled(NoisySpeech.noise(NoisySpeech.Colour.WHITE, 50 * SECOND, 4), 0.1);
        // Quieter, but not in the second half of the longest piece; then the place to find.
        Arrays.fill(samples, 9 * SECOND, 9 * SECOND + SECOND / 2, 0);
        for (int i = 22 * SECOND; i < 22 * SECOND + SECOND / 5; i++) {
            samples[i] *= 0.1f;
        }
        List<AudioSegment> pieces = new SegmentPlanner(new WholeRecording(), LONGEST).plan(samples);
        assertEquals(List.of(new SpeechSegment(0, 22_100), new SpeechSegment(22_100, 50_000)), times(pieces));
        assertTrue(pieces.getFirst().cutAfter() && pieces.getLast().cutBefore());
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000, 2_000, 7_300, 30_000})
    void noPieceIsLongerThanAskedAndNoneIsTiny(int limitMs) {
        for (int seconds : new int[] {30, 31, 59, 61, 95}) {
            float[] samples = endlessSpeech(seconds);
            List<AudioSegment> pieces = new SegmentPlanner(new WholeRecording(), SegmentPlan.asDetected(limitMs)).plan(samples);
            assertContiguous(pieces, limitMs);
            assertEquals(0, pieces.getFirst().time().startMs());
            assertEquals(seconds * 1000L, pieces.getLast().time().endMs());
            long least = Math.min(1_000, limitMs / 4);
            assertTrue(pieces.stream().allMatch(p -> p.time().durationMs() >= least), times(pieces).toString());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {700, 16_000, 100_000})
    void piecesDoNotDependOnHowTheSamplesArrive(int arrival) {
        float[] samples = conversation();
        for (VoiceActivityDetector detector : List.of(new WholeRecording(), new EnergyVad())) {
            SegmentPlanner planner = new SegmentPlanner(detector, new SegmentPlan(5_000, 600));
            PlanStream stream = planner.openStream();
            List<AudioSegment> arrived = new ArrayList<>();
            for (float[] part : VadPieces.of(samples, arrival)) {
                arrived.addAll(stream.accept(part, false));
            }
            arrived.addAll(stream.accept(new float[0], true));
            assertSame(planner.plan(samples), arrived);
            assertSame(planner.plan(samples), planner.plan(samples));
        }
    }

    @Test
    void everyPieceHasTheSamplesOfItsTime() {
        float[] samples = conversation();
        for (AudioSegment piece : new SegmentPlanner(new EnergyVad(), new SegmentPlan(4_000, 600)).plan(samples)) {
            int from = (int) piece.time().startMs() * 16;
            assertArrayEquals(Arrays.copyOfRange(samples, from, from + piece.samples().length), piece.samples());
            assertEquals(piece.time().durationMs() * 16, piece.samples().length);
        }
    }

    @Test
    void shortGapsAreJoinedAndLongOnesAreNot() {
        float[] samples = conversation();
        int apart = new SegmentPlanner(new EnergyVad(), LONGEST).plan(samples).size();
        int joined = new SegmentPlanner(new EnergyVad(), SegmentPlan.of(new EnergyVad(), 30_000)).plan(samples).size();
        int all = new SegmentPlanner(new EnergyVad(), new SegmentPlan(30_000, 5_000)).plan(samples).size();
        assertTrue(apart > joined && joined > all, apart + " > " + joined + " > " + all);
        assertEquals(1, all);
    }

    @Test
    void coverageCountsGivenSpokenAndPlannedTime() {
        float[] samples = conversation();
        PlanStream stream = new SegmentPlanner(new EnergyVad(), new SegmentPlan(30_000, 700)).openStream();
        List<AudioSegment> pieces = stream.accept(samples, true);
        PlanCoverage coverage = stream.coverage();
        long planned = pieces.stream().mapToLong(p -> p.time().durationMs()).sum();
        assertEquals((samples.length + 15) / 16, coverage.givenMs());
        assertEquals(planned, coverage.plannedMs());
        assertTrue(coverage.speechMs() < planned && planned < coverage.givenMs());
        assertEquals(coverage.givenMs() - planned, coverage.skippedMs());
    }

    @Test
    void row16AnHourInPiecesNeedsBoundedMemory() {
        needsBoundedMemory(new WholeRecording(), 3_600);
    }

    /** With the detector that finds out what of a day is speech. */
    @Test
    @Tag("long")
    void row16ADayInPiecesNeedsBoundedMemory() {
        needsBoundedMemory(new EnergyVad(), 24 * 3_600);
    }

    private static void needsBoundedMemory(VoiceActivityDetector detector, int seconds) {
        float[] tenSeconds = NoisySpeech.scaled(NoisySpeech.noise(NoisySpeech.Colour.BROWN, 10 * SECOND, 9), 0.05);
        PlanStream stream = new SegmentPlanner(detector, LONGEST).openStream();
        long given = 0;
        for (int i = 0; i < seconds / 10; i++) {
            for (AudioSegment piece : stream.accept(tenSeconds, false)) {
                given += piece.samples().length;
            }
            // At most a few times the longest piece.
            assertTrue(stream.bufferedSamples() <= 4 * 30 * SECOND, stream.bufferedSamples() + " samples kept");
        }
        given += stream.accept(new float[0], true).stream().mapToLong(p -> p.samples().length).sum();
        if (detector instanceof WholeRecording) {
            assertEquals((long) seconds * SECOND, given);
        }
        assertEquals(1000L * seconds, stream.coverage().givenMs());
    }

    @Test
    void refusesALimitBeyondTheModels() {
        assertThrows(IllegalArgumentException.class, () -> SegmentPlan.asDetected(30_001));
        assertThrows(IllegalArgumentException.class, () -> SegmentPlan.asDetected(999));
    }

    private static void assertContiguous(List<AudioSegment> pieces, long limitMs) {
        for (int i = 0; i < pieces.size(); i++) {
            AudioSegment piece = pieces.get(i);
            assertTrue(piece.time().durationMs() <= limitMs, piece.time().toString());
            assertEquals(i > 0, piece.cutBefore());
            assertEquals(i < pieces.size() - 1, piece.cutAfter());
            if (i > 0) {
                assertEquals(pieces.get(i - 1).time().endMs(), piece.time().startMs());
            }
        }
    }

    private static void assertSame(List<AudioSegment> expected, List<AudioSegment> actual) {
        assertEquals(times(expected), times(actual));
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i).samples(), actual.get(i).samples());
        }
    }

    private static List<SpeechSegment> times(List<AudioSegment> pieces) {
        return pieces.stream().map(AudioSegment::time).toList();
    }

    /** Speech over and over, without the silence at its ends. */
    private static float[] endlessSpeech(int seconds) {
        float[] sentence = GoldenFiles.bundledSamples("zh_2p5s");
        float[] core = Arrays.copyOfRange(sentence, 2_000, sentence.length - 4_000);
        float[] samples = new float[seconds * SECOND];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = core[i % core.length];
        }
        return samples;
    }

    private static float[] conversation() {
        float[] en = GoldenFiles.bundledSamples("en_1s");
        float[] zh = GoldenFiles.bundledSamples("zh_2p5s");
        return NoisySpeech.sequence(new double[] {0.7, 0.4, 1.4, 0.5, 2.5}, en, zh, zh, en, zh, zh, zh, en, zh).clean;
    }
}
