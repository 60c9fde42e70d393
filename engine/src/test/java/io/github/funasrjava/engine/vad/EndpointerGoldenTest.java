package io.github.funasrjava.engine.vad;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.funasrjava.engine.frontend.GoldenFiles;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The state machine alone, on the reference's score sequences. */
class EndpointerGoldenTest {
    private static final int CASES = 177;

    @Test
    @SuppressWarnings("unchecked")
    void everySequenceGivesTheReferencesReports() {
        GoldenFiles golden = GoldenFiles.orSkip();
        Map<String, Object> json = golden.json("vad/vad.json");
        Map<String, List<Number>> sequences = (Map<String, List<Number>>) json.get("p_sil_sequences");
        List<Map<String, Object>> cases = (List<Map<String, Object>>) json.get("state_machine");
        assertEquals(CASES, cases.size());
        assertAll(cases.stream().map(c -> () -> assertEquals(c.get("out").toString(),
                run(c, sequences.get(c.get("name"))).toString(), () -> withoutResult(c).toString())));
    }

    private static Map<String, Object> withoutResult(Map<String, Object> c) {
        Map<String, Object> settings = new LinkedHashMap<>(c);
        settings.remove("out");
        return settings;
    }

    private static List<List<Object>> run(Map<String, Object> c, List<Number> silence) {
        Endpointer endpointer = new Endpointer(VadGolden.DETECTION, number(c, "max_single_segment_time"));
        boolean streaming = c.get("is_streaming_input").equals(true);
        int perCall = number(c, "frames_per_call");
        double threshold = ((Number) c.get("speech_noise_thres")).doubleValue();
        List<List<Object>> calls = new ArrayList<>();
        long start = -1;
        for (int from = 0, call = 0; from < silence.size(); from += perCall, call++) {
            int to = Math.min(silence.size(), from + perCall);
            for (int t = from; t < to; t++) {
                endpointer.accept(silence.get(t).floatValue(), 0, threshold, number(c, "max_end_sil_frame_cnt_thresh"), t == silence.size() - 1);
            }
            List<List<Long>> out = new ArrayList<>();
            for (Endpointer.Report report : endpointer.takeReports()) {
                start = report.startMs() == Endpointer.Report.UNKNOWN ? start : report.startMs();
                if (streaming) {
                    out.add(List.of(report.startMs(), report.endMs()));
                } else if (report.endMs() != Endpointer.Report.UNKNOWN) {
                    out.add(List.of(start, report.endMs()));
                }
            }
            if (!streaming && to == silence.size() && endpointer.openSegmentEndMs().isPresent()) {
                out.add(List.of(start, endpointer.openSegmentEndMs().getAsLong()));
            }
            if (!out.isEmpty()) {
                calls.add(List.of((long) call, out));
            }
        }
        return calls;
    }

    private static int number(Map<String, Object> c, String key) {
        return ((Number) c.get(key)).intValue();
    }
}
