package io.github.funasrjava.engine.vad;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.frontend.GoldenFiles;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SegmentMergerTest {
    @Test
    void oneSegmentOrNoneStaysAsItIs() {
        assertEquals(List.of(), SegmentMerger.merge(List.of(), 15_000));
        List<SpeechSegment> one = List.of(new SpeechSegment(570, 90_000));
        assertEquals(one, SegmentMerger.merge(one, 15_000));
    }

    @Test
    void cutsAtTheLastBoundaryBeforeTheLengthAndBeginsAtZero() {
        List<SpeechSegment> segments = List.of(new SpeechSegment(1_000, 6_000), new SpeechSegment(7_000, 14_000),
                new SpeechSegment(16_000, 20_000));
        assertEquals(List.of(new SpeechSegment(0, 14_000), new SpeechSegment(14_000, 20_000)), SegmentMerger.merge(segments, 15_000));
    }

    @Test
    void aSegmentLongerThanTheLengthStaysWhole() {
        List<SpeechSegment> segments = List.of(new SpeechSegment(500, 40_000), new SpeechSegment(41_000, 42_000));
        assertEquals(List.of(new SpeechSegment(0, 500), new SpeechSegment(500, 40_000), new SpeechSegment(40_000, 42_000)),
                SegmentMerger.merge(segments, 15_000));
    }

    @Test
    @SuppressWarnings("unchecked")
    void mergesTheGoldenSegmentsAsTheReferenceDoes() {
        Map<String, Object> golden = GoldenFiles.orSkip().json("tiny-nano/golden/e2e_long_vad.json");
        int merged = 0;
        for (Map<String, Object> run : (List<Map<String, Object>>) golden.get("runs")) {
            Map<String, Object> settings = (Map<String, Object>) run.get("cfg");
            if (Boolean.TRUE.equals(settings.get("merge_vad"))) {
                List<SpeechSegment> segments = ((List<List<Long>>) run.get("vad_segments")).stream()
                        .map(s -> new SpeechSegment(s.get(0), s.get(1))).toList();
                long lengthMs = 1000 * (Long) settings.get("merge_length_s");
                assertEquals(run.get("decoded_segments").toString(), VadGolden.text(SegmentMerger.merge(segments, lengthMs)));
                merged++;
            }
        }
        assertTrue(merged > 0);
    }
}
