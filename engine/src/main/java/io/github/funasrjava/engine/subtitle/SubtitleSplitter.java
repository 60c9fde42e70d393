package io.github.funasrjava.engine.subtitle;

import io.github.funasrjava.engine.align.TimedWord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Segments with word times to subtitles that keep the limits. Of all ways to cut a segment the cheapest is taken:
 * cuts cost least after a sentence, more after a clause or at a pause, most between any two words; very short subtitles
 * and long silences inside one cost too.
 */
public final class SubtitleSplitter {
    private static final double PER_CUE = 1.5;
    private static final double AFTER_CLAUSE = 2;
    private static final double AT_PAUSE = 1.5;
    private static final double ANYWHERE = 6;
    private static final double SENTENCE_INSIDE = 2;
    private static final double SILENCE_INSIDE = 12;
    private static final double SHORT = 3;
    private static final double TOO_FAST = 4;
    private static final long PAUSE_MS = 400;
    private static final long SILENCE_MS = 1500;
    private static final int SHORT_COLUMNS = 10;

    private final SubtitleLimits limits;

    /** A splitter that keeps these limits. */
    public SubtitleSplitter(SubtitleLimits limits) {
        this.limits = limits;
    }

    /** Subtitles of segments in time order; a subtitle never reaches into another segment. */
    public List<Cue> split(List<TimedText> segments) {
        List<Cue> cues = new ArrayList<>();
        for (TimedText segment : segments) {
            SubtitleWords words = SubtitleWords.of(segment, limits.maxColumns());
            if (words.size() == 0) {
                continue;
            }
            LineBreaker lines = new LineBreaker(words, limits.maxColumns());
            if (segment.words().isEmpty() && !limits.spreadWithoutWordTimes()) {
                cues.add(new Cue(segment.startMs(), segment.endMs(), lines.layOut(0, words.size())));
                continue;
            }
            int[] cuts = cuts(words, lines);
            for (int i = 0; i + 1 < cuts.length; i++) {
                cues.add(new Cue(words.words.get(cuts[i]).startMs(), words.words.get(cuts[i + 1] - 1).endMs(),
                        lines.layOut(cuts[i], cuts[i + 1])));
            }
        }
        return timed(cues);
    }

    /** Word indices at which subtitles begin, and the number of words. */
    private int[] cuts(SubtitleWords words, LineBreaker lines) {
        int n = words.size();
        double[] cost = new double[n + 1];
        int[] from = new int[n + 1];
        Arrays.fill(cost, Double.POSITIVE_INFINITY);
        cost[0] = 0;
        for (int first = 0; first < n; first++) {
            double inside = 0;
            for (int last = first + 1; last <= n; last++) {
                if (last > first + 1 && !fits(words, lines, first, last)) {
                    break;
                }
                inside += last - 2 >= first ? insideCost(words, last - 2) : 0;
                double total = cost[first] + PER_CUE + inside + cutCost(words, last - 1) + paceCost(words, first, last);
                if (total < cost[last]) {
                    cost[last] = total;
                    from[last] = first;
                }
            }
        }
        List<Integer> cuts = new ArrayList<>(List.of(n));
        while (cuts.getFirst() > 0) {
            cuts.addFirst(from[cuts.getFirst()]);
        }
        return cuts.stream().mapToInt(i -> i).toArray();
    }

    private boolean fits(SubtitleWords words, LineBreaker lines, int first, int last) {
        return words.words.get(last - 1).endMs() - words.words.get(first).startMs() <= limits.maxDurationMs()
                && lines.lines(first, last) <= limits.maxLines();
    }

    /** Price of going on after a word inside a subtitle. */
    private static double insideCost(SubtitleWords words, int word) {
        return (words.endsSentence(word) ? SENTENCE_INSIDE : 0) + (gapAfter(words, word) >= SILENCE_MS ? SILENCE_INSIDE : 0);
    }

    /** Price of ending a subtitle with a word. */
    private static double cutCost(SubtitleWords words, int word) {
        if (word == words.size() - 1 || words.endsSentence(word)) {
            return 0;
        }
        double cost = words.endsClause(word) ? AFTER_CLAUSE : ANYWHERE;
        return gapAfter(words, word) >= PAUSE_MS ? Math.min(cost, AT_PAUSE) : cost;
    }

    private double paceCost(SubtitleWords words, int first, int last) {
        int columns = words.width(first, last);
        long start = words.words.get(first).startMs();
        long spoken = words.words.get(last - 1).endMs() - start;
        long room = last < words.size() ? words.words.get(last).startMs() - start : Math.max(spoken, limits.minDurationMs());
        double needed = columns * 1000.0 / limits.maxColumnsPerSecond();
        double tooFast = TOO_FAST * Math.max(0, needed / Math.max(1, room) - 1);
        return Math.min(tooFast, 2 * TOO_FAST) + (columns < SHORT_COLUMNS || room < limits.minDurationMs() ? SHORT : 0);
    }

    private static long gapAfter(SubtitleWords words, int word) {
        List<TimedWord> all = words.words;
        return word + 1 < all.size() ? all.get(word + 1).startMs() - all.get(word).endMs() : 0;
    }

    /** Keeps subtitles long enough to be read where the next one leaves room, and never over the next one's start. */
    private List<Cue> timed(List<Cue> cues) {
        List<Cue> timed = new ArrayList<>();
        for (int i = 0; i < cues.size(); i++) {
            Cue cue = cues.get(i);
            int columns = cue.lines().stream().mapToInt(TextColumns::of).sum();
            long wanted = Math.max(limits.minDurationMs(), columns * 1000L / limits.maxColumnsPerSecond());
            long end = Math.max(cue.endMs(), cue.startMs() + Math.min(wanted, limits.maxDurationMs()));
            if (i + 1 < cues.size()) {
                long next = cues.get(i + 1).startMs();
                // What is said up to the next subtitle stays; only the added time keeps the gap.
                end = Math.min(end, Math.max(Math.min(cue.endMs(), next), next - limits.minGapMs()));
            }
            timed.add(new Cue(cue.startMs(), Math.max(end, cue.startMs()), cue.lines()));
        }
        return timed;
    }
}
