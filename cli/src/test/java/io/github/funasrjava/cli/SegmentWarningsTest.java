package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.funasrjava.engine.Coverage;
import io.github.funasrjava.engine.FinishReason;
import io.github.funasrjava.engine.ModelInfo;
import io.github.funasrjava.engine.SegmentTranscript;
import io.github.funasrjava.engine.StageTimings;
import io.github.funasrjava.engine.Transcript;
import io.github.funasrjava.engine.Warning;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SegmentWarningsTest {
    private static SegmentTranscript segment(long startMs, String... codes) {
        List<Warning> warnings = List.of(codes).stream().map(code -> new Warning(code, "about " + code)).toList();
        return new SegmentTranscript(startMs, startMs + 1000, "", "", List.of(), List.of(), Optional.empty(), List.of(),
                FinishReason.STOP, 0, warnings);
    }

    private static List<String> sentences(SegmentTranscript... segments) {
        return SegmentWarnings.sentences(new Transcript("", List.of(segments), List.of(), new ModelInfo("m", "unknown", "bf16", "scalar"),
                new StageTimings(0, 0, 0, 0, 0, 0, 0, 0), new Coverage(0, 0, 0), 0));
    }

    @Test
    void equalWarningsOfSegmentsAreOneLineWithTheFirstPlace() {
        assertEquals(List.of("2 segments, the first at 0:12: about no_speech", "at 1:02:05: about length_limit"),
                sentences(segment(0), segment(12_400, "no_speech", "no_speech"), segment(3_725_000, "no_speech", "length_limit")));
    }

    @Test
    void aSingleSegmentNeedsNoPlace() {
        assertEquals(List.of("about repetition"), sentences(segment(0, "repetition")));
        assertEquals(List.of(), sentences(segment(0)));
    }
}
