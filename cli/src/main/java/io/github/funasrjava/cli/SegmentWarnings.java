package io.github.funasrjava.cli;

import io.github.funasrjava.engine.SegmentTranscript;
import io.github.funasrjava.engine.Transcript;
import io.github.funasrjava.engine.Warning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What segments warn of, once for each kind: hours of music would else print hundreds of equal lines. */
final class SegmentWarnings {
    private SegmentWarnings() {}

    /** One sentence per kind of warning, with where it is first. */
    static List<String> sentences(Transcript transcript) {
        Map<String, List<SegmentTranscript>> segments = new LinkedHashMap<>();
        Map<String, String> messages = new LinkedHashMap<>();
        for (SegmentTranscript segment : transcript.segments()) {
            for (Warning warning : segment.warnings()) {
                messages.putIfAbsent(warning.code(), warning.message());
                List<SegmentTranscript> same = segments.computeIfAbsent(warning.code(), code -> new ArrayList<>());
                if (same.isEmpty() || same.getLast() != segment) {
                    same.add(segment);
                }
            }
        }
        List<String> sentences = new ArrayList<>();
        segments.forEach((code, same) -> sentences.add(place(same, transcript.segments().size()) + messages.get(code)));
        return sentences;
    }

    private static String place(List<SegmentTranscript> same, int all) {
        if (all == 1) {
            return "";
        }
        String first = clock(same.getFirst().startMs() / 1000);
        return same.size() == 1 ? "at " + first + ": " : same.size() + " segments, the first at " + first + ": ";
    }

    private static String clock(long seconds) {
        return seconds < 3600 ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
}
