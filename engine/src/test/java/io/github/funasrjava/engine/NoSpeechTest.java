package io.github.funasrjava.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the trained demo model makes of sounds without speech and of speech in noise; prints the rates of docs/vad.md. */
class NoSpeechTest {
    private static final Set<String> NEVER_TEXT = Set.of("white noise", "pink noise", "brown noise", "beeps", "breath", "clicks");

    @TempDir
    static Path cache;

    private static Transcriber transcriber;

    @BeforeAll
    static void open() {
        transcriber = DemoRecordings.open(cache);
    }

    @AfterAll
    static void close() {
        if (transcriber != null) {
            transcriber.close();
        }
    }

    @Test
    void row47MusicNoiseAndBreathingGiveEmptyTextInsteadOfInventedWords() {
        for (Vad vad : List.of(new Vad.Automatic(), new Vad.None())) {
            int sounds = 0;
            Map<String, Integer> texts = new TreeMap<>();
            List<String> unsaid = new ArrayList<>();
            for (long seed = 1; seed <= 4; seed++) {
                for (double seconds : new double[] {2, 5, 12}) {
                    for (Map.Entry<String, float[]> sound : NoSpeechSounds.all(seed, seconds).entrySet()) {
                        sounds++;
                        Transcript transcript = transcriber.transcribe(sound.getValue(), TranscribeOptions.DEFAULT.withVad(vad));
                        if (!transcript.text().isBlank()) {
                            texts.merge(sound.getKey(), 1, Integer::sum);
                            boolean flagged = transcript.segments().stream().flatMap(s -> s.warnings().stream())
                                    .anyMatch(warning -> warning.code().equals("no_speech_uncertain"));
                            if (!flagged) {
                                unsaid.add(sound.getKey() + ": " + transcript.text());
                            }
                        }
                    }
                }
            }
            int wrong = texts.values().stream().mapToInt(Integer::intValue).sum();
            System.out.println("sounds without speech, " + vad + ": text for " + wrong + " of " + sounds + " " + texts
                    + ", not flagged " + unsaid);
            assertTrue(wrong <= 0.05 * sounds, wrong + " of " + sounds + " sounds gave text: " + texts);
            assertTrue(texts.keySet().stream().noneMatch(NEVER_TEXT::contains), texts.toString());
        }
    }

    @Test
    void noSpeechThatIsCleanOrAtTenDecibelsIsRejected() {
        Random random = new Random(1);
        int exact = 0;
        int noisy = 0;
        for (DemoRecordings.One recording : DemoRecordings.all()) {
            assertEquals(recording.text(), transcriber.transcribe(recording.samples(), TranscribeOptions.DEFAULT).text(),
                    recording.name());
            for (double pole : new double[] {0, 0.95}) {
                for (double decibels : new double[] {20, 10}) {
                    float[] samples = withNoise(recording.samples(), decibels, pole, random);
                    SegmentTranscript segment = transcriber.transcribe(samples, TranscribeOptions.DEFAULT).segments().getFirst();
                    String where = recording.name() + " at " + decibels + " dB, " + segment;
                    assertEquals(FinishReason.STOP, segment.finishReason(), where);
                    assertTrue(segment.warnings().isEmpty(), where);
                    exact += segment.text().equals(recording.text()) ? 1 : 0;
                    noisy++;
                }
            }
        }
        System.out.println("speech at 20 and 10 dB: " + exact + " of " + noisy + " texts exact, none rejected, none flagged");
        assertTrue(exact >= 0.95 * noisy, exact + " of " + noisy);
    }

    @Test
    void rejectedTextIsReportedAndNotCountedAsTranscribed() {
        float[] breath = NoSpeechSounds.all(1, 5).get("breath");
        Transcript transcript = transcriber.transcribe(breath, TranscribeOptions.DEFAULT.withVad(new Vad.None()));
        SegmentTranscript segment = transcript.segments().getFirst();
        assertEquals(FinishReason.NO_SPEECH, segment.finishReason());
        assertEquals("no_speech", segment.warnings().getFirst().code());
        assertEquals(0, transcript.coverage().transcribedSeconds());
        assertEquals(5, transcript.coverage().skippedSeconds(), 1e-6);
    }

    /** Six commands in one segment are more than the demo model can follow; one by one it understands them. */
    @Test
    void speechThatTheDecoderLosesIsRecognisedAgainInParts() {
        for (String name : List.of("en_12", "zh_06")) {
            DemoRecordings.One one = DemoRecordings.all().stream().filter(r -> r.name().contains(name)).findFirst().orElseThrow();
            Transcript transcript = transcriber.transcribe(repeated(one.samples(), 6), TranscribeOptions.DEFAULT.withVad(new Vad.None()));
            assertEquals(String.join(" ", Collections.nCopies(6, one.text())), transcript.text());
            assertEquals(List.of("contradiction_retried"),
                    transcript.segments().getFirst().warnings().stream().map(Warning::code).toList());
            assertEquals(transcript.audioSeconds(), transcript.coverage().transcribedSeconds(), 0.01);
        }
    }

    @Test
    void row46RepetitionLoopIsRecognisedAgainInShorterParts() {
        DemoRecordings.One one = DemoRecordings.all().stream().filter(r -> r.name().contains("en_08")).findFirst().orElseThrow();
        Transcript transcript = transcriber.transcribe(repeated(one.samples(), 12),
                TranscribeOptions.DEFAULT.withVad(new Vad.None()));
        SegmentTranscript segment = transcript.segments().getFirst();
        assertTrue(segment.warnings().stream().anyMatch(warning -> warning.code().equals("repetition_retried")), segment.toString());
        assertEquals(FinishReason.STOP, segment.finishReason());
        assertTrue(transcript.text().split("London", -1).length - 1 >= 10, transcript.text());
    }

    private static float[] repeated(float[] samples, int times) {
        float[] all = new float[times * samples.length];
        for (int i = 0; i < times; i++) {
            System.arraycopy(samples, 0, all, i * samples.length, samples.length);
        }
        return all;
    }

    /** The same gate decides with and without drafts, so that drafts change no text. */
    @Test
    void draftsDoNotChangeWhatIsRejected() {
        float[] song = NoSpeechSounds.all(2, 5).get("song");
        TranscribeOptions plain = TranscribeOptions.DEFAULT.withDraft(TranscribeOptions.DraftSource.NONE);
        assertEquals(transcriber.transcribe(song, TranscribeOptions.DEFAULT).segments(), transcriber.transcribe(song, plain).segments());
    }

    private static float[] withNoise(float[] clean, double decibels, double pole, Random random) {
        double power = 0;
        for (float sample : clean) {
            power += sample * (double) sample / clean.length;
        }
        double gain = Math.sqrt(power / Math.pow(10, decibels / 10) * (1 - pole * pole));
        float[] out = new float[clean.length];
        double state = 0;
        for (int i = 0; i < out.length; i++) {
            state = pole * state + random.nextGaussian();
            out[i] = (float) (clean[i] + gain * state);
        }
        return out;
    }
}
