package io.github.funasrjava.engine.vad;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Joins neighbouring segments to longer ones, as the reference does with {@code merge_vad}. */
public final class SegmentMerger {
    private SegmentMerger() {}

    /**
     * Segments of about the wished length, cut only where segments begin or end; silence between them is included. The
     * first one begins at 0. One segment, or none, stays as it is.
     *
     * @param segments in the order of time
     * @param lengthMs {@code merge_length_s}, in milliseconds
     */
    public static List<SpeechSegment> merge(List<SpeechSegment> segments, long lengthMs) {
        if (segments.size() < 2) {
            return List.copyOf(segments);
        }
        TreeSet<Long> distinct = new TreeSet<>();
        for (SpeechSegment segment : segments) {
            distinct.add(segment.startMs());
            distinct.add(segment.endMs());
        }
        List<Long> times = List.copyOf(distinct);
        List<SpeechSegment> merged = new ArrayList<>();
        long begin = 0;
        for (int i = 0; i < times.size() - 1; i++) {
            if (times.get(i + 1) - begin >= lengthMs) {
                if (times.get(i) > begin) {
                    merged.add(new SpeechSegment(begin, times.get(i)));
                }
                begin = times.get(i);
            }
        }
        merged.add(new SpeechSegment(begin, times.getLast()));
        return List.copyOf(merged);
    }
}
