package io.github.funasrjava.engine.vad;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.frontend.GoldenFiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The FSMN-VAD against the reference's scores and segments, exactly where golden/README.md says so. */
class FsmnVadGoldenTest {
    private static final int RUNS = 69;

    private final GoldenFiles golden = GoldenFiles.orSkip();
    private final FsmnVad vad = VadGolden.detector(golden);

    @Test
    void scoresAndLevelsOfEveryRecordingAgreeWithTheReference() {
        Map<String, Features> tensors = golden.tensors("vad/vad.safetensors");
        int compared = 0;
        for (String recording : golden.recordings()) {
            FsmnScorer.Scores scores = vad.scorer().accept(golden.samples(recording), true);
            Features silence = tensors.get(recording + ".p_sil");
            if (silence == null) {
                assertEquals(0, scores.rows(), recording);
                continue;
            }
            assertEquals(silence.data().length, scores.rows(), recording);
            for (int t = 0; t < scores.rows(); t++) {
                assertEquals(silence.data()[t], scores.silence()[t], 1e-5, recording + " p_sil of frame " + t);
                assertEquals(tensors.get(recording + ".decibel").data()[t], scores.decibels()[t], 1e-3, recording + " level of frame " + t);
            }
            compared++;
        }
        assertEquals(13, compared);
    }

    @Test
    void normalisedFeaturesAndAllClassesAgreeWithTheReference() {
        Map<String, Features> tensors = golden.tensors("vad/vad.safetensors");
        FsmnScorer.Scores scores = vad.scorer().accept(golden.samples("en_1s"), true);
        float[] features = tensors.get("en_1s.feats").data();
        float[] classes = tensors.get("en_1s.scores").data();
        for (int i = 0; i < features.length; i++) {
            assertEquals(features[i], scores.features()[i], 6e-3);
        }
        for (int i = 0; i < classes.length; i++) {
            assertEquals(classes[i], scores.probabilities()[i], 1e-5);
        }
    }

    @Test
    void segmentsOfEveryRecordingAndSettingAreTheReferences() {
        List<Executable> runs = new ArrayList<>();
        for (Map.Entry<String, Object> audio : map(golden.json("vad/vad.json").get("audio")).entrySet()) {
            Map<String, Object> entry = map(audio.getValue());
            float[] samples = golden.samples(audio.getKey());
            if (entry.containsKey("error_in_reference")) {
                runs.add(() -> assertEquals(List.of(), vad.detect(samples), audio.getKey()));
                continue;
            }
            map(entry.get("runs")).forEach((setting, segments) -> runs.add(
                    () -> assertEquals(segments.toString(), run(setting, samples), audio.getKey() + " " + setting)));
        }
        assertEquals(RUNS, runs.size());
        assertAll(runs.stream());
    }

    @Test
    void segmentsOfTheEndToEndRunsAreTheReferences() {
        float[] samples = golden.samples("long_vad");
        List<Executable> checks = new ArrayList<>();
        for (Object entry : (List<?>) golden.json("tiny-nano/golden/e2e_long_vad.json").get("runs")) {
            Map<String, Object> run = map(entry);
            Map<String, Object> settings = map(run.get("cfg"));
            FsmnVadOptions options = vad.options()
                    .withMaxSegmentMs(((Long) map(run.get("vad")).get("max_single_segment_time")).intValue());
            if (settings.get("max_end_silence_time") instanceof Long silenceMs) {
                options = options.withEndSilence(new EndSilence.Fixed(silenceMs.intValue()));
            }
            List<SpeechSegment> segments = vad.withOptions(options).detect(samples);
            checks.add(() -> assertEquals(run.get("vad_segments").toString(), VadGolden.text(segments)));
            boolean merge = Boolean.TRUE.equals(settings.get("merge_vad"));
            List<SpeechSegment> decoded = merge
                    ? SegmentMerger.merge(segments, 1000 * (Long) settings.get("merge_length_s"))
                    : segments;
            checks.add(() -> assertEquals(run.get("decoded_segments").toString(), VadGolden.text(decoded)));
        }
        assertEquals(6, checks.size());
        assertAll(checks.stream());
    }

    @Test
    void eventsDoNotDependOnHowTheSamplesArrive() {
        float[] samples = golden.samples("zh_10s");
        for (FsmnVadOptions options : List.of(vad.options(), FsmnVadOptions.forLiveAudio(60_000),
                vad.options().withEndSilence(new EndSilence.Fixed(300)))) {
            List<SpeechEvent> whole = vad.withOptions(options).openStream().accept(samples, true);
            for (int piece : new int[] {160, 1_000, 47_777}) {
                VadStream stream = vad.withOptions(options).openStream();
                List<SpeechEvent> events = new ArrayList<>();
                for (float[] part : VadPieces.of(samples, piece)) {
                    events.addAll(stream.accept(part, false));
                }
                events.addAll(stream.accept(new float[0], true));
                assertEquals(whole, events, options + " in pieces of " + piece);
            }
        }
    }

    @Test
    void aBeginningIsAnnouncedWithinTheLookBack() {
        float[] samples = golden.samples("long_vad");
        VadStream stream = vad.openStream();
        int started = 0;
        for (int i = 0; i < samples.length / 800; i++) {
            for (SpeechEvent event : stream.accept(Arrays.copyOfRange(samples, i * 800, (i + 1) * 800), false)) {
                if (event instanceof SpeechEvent.Started start) {
                    started++;
                    assertTrue((i + 1) * 50L - start.startMs() <= vad.lookBackMs(), event + " at " + (i + 1) * 50 + " ms");
                }
            }
        }
        assertEquals(3, started);
    }

    private String run(String name, float[] samples) {
        FsmnVadOptions files = vad.options();
        return switch (name) {
            case "offline_default" -> VadGolden.text(vad.detect(samples));
            case "offline_max_end_silence_time=800" ->
                VadGolden.text(vad.withOptions(files.withEndSilence(new EndSilence.Fixed(800))).detect(samples));
            case "offline_max_single_segment_time=30000" ->
                VadGolden.text(vad.withOptions(files.withMaxSegmentMs(30_000)).detect(samples));
            case "offline_max_single_segment_time=8000,max_end_silence_time=500" -> VadGolden.text(
                    vad.withOptions(files.withMaxSegmentMs(8_000).withEndSilence(new EndSilence.Fixed(500))).detect(samples));
            case "streaming_chunk_200ms_default" ->
                boundaries(new FsmnVadOptions(EndSilence.dynamic(), files.maxSegmentMs(), 200, true), samples);
            case "streaming_chunk_200ms_max_end_silence_time=800" ->
                boundaries(new FsmnVadOptions(new EndSilence.Fixed(800), files.maxSegmentMs(), 200, true), samples);
            case "dynamic_streaming_60ms" ->
                VadGolden.text(vad.withOptions(FsmnVadOptions.forLiveAudio(files.maxSegmentMs())).detect(samples));
            default -> throw new IllegalArgumentException("unknown run " + name);
        };
    }

    /** Per call that returned something: its number and what it returned. */
    private String boundaries(FsmnVadOptions options, float[] samples) {
        FsmnVadStream stream = vad.withOptions(options).stream();
        List<float[]> pieces = VadPieces.of(samples, 3_200);
        List<List<Object>> calls = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            List<List<Long>> reports = stream.reports(pieces.get(i), i == pieces.size() - 1).stream()
                    .map(r -> List.of(r.startMs(), r.endMs())).toList();
            if (!reports.isEmpty()) {
                calls.add(List.of((long) i, reports));
            }
        }
        return calls.toString();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object json) {
        return (Map<String, Object>) json;
    }
}
