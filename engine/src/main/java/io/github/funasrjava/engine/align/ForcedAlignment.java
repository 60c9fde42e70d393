package io.github.funasrjava.engine.align;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The most probable CTC path of a given text (MODEL.md §7.1): Viterbi over 2L + 1 states, blank at the even ones,
 * target i at state 2i + 1, in float32 and with the reference's rule for ties.
 */
public final class ForcedAlignment {
    private static final int SCORE_DECIMALS = 3;
    private static final byte STAY = 0;

    private final FrameScores scores;
    private final int[] targets;
    private final int blank;
    private final int states;

    private ForcedAlignment(FrameScores scores, int[] targets, int blank) {
        this.scores = scores;
        this.targets = targets;
        this.blank = blank;
        states = 2 * targets.length + 1;
    }

    /**
     * Aligns a text.
     *
     * @param scores log-probabilities per frame
     * @param targets ids of the text, from {@code CtcTokenizer.encode}
     * @param blank the blank's id
     * @return one item per target, in order; none when the text is empty, longer than the frames allow, contains the
     *     blank or is impossible
     */
    public static List<AlignedToken> align(FrameScores scores, int[] targets, int blank) {
        int repeats = 0;
        for (int i = 0; i < targets.length; i++) {
            if (targets[i] == blank) {
                return List.of();
            }
            repeats += i > 0 && targets[i] == targets[i - 1] ? 1 : 0;
        }
        if (targets.length == 0 || scores.frames() < targets.length + repeats) {
            return List.of();
        }
        ForcedAlignment alignment = new ForcedAlignment(scores, targets.clone(), blank);
        return alignment.items(alignment.path());
    }

    /** The state of each frame; empty when no path has a finite probability. */
    private int[] path() {
        int frames = scores.frames();
        int[] lowest = lowestUseful(frames);
        byte[][] steps = new byte[frames][];
        float[] previous = new float[states];
        float[] current = new float[states];
        Arrays.fill(previous, Float.NEGATIVE_INFINITY);
        for (int s = lowest[0]; s <= 1; s++) {
            previous[s] = scores.at(0, label(s));
        }
        int highest = 1;
        for (int t = 1; t < frames; t++) {
            highest = Math.min(states - 1, highest + (skipsTo(highest + 2) ? 2 : 1));
            Arrays.fill(current, Float.NEGATIVE_INFINITY);
            steps[t] = new byte[states];
            float blankScore = scores.at(t, blank);
            for (int s = lowest[t]; s <= highest; s++) {
                float stay = previous[s];
                float one = s >= 1 ? previous[s - 1] : Float.NEGATIVE_INFINITY;
                float two = skipsTo(s) ? previous[s - 2] : Float.NEGATIVE_INFINITY;
                byte step = two > one && two > stay ? 2 : one > stay ? 1 : STAY;
                float best = step == 2 ? two : step == 1 ? one : stay;
                steps[t][s] = step;
                current[s] = best + ((s & 1) == 0 ? blankScore : scores.at(t, targets[s / 2]));
            }
            float[] swap = previous;
            previous = current;
            current = swap;
        }
        int[] path = new int[frames];
        int state = previous[states - 1] > previous[states - 2] ? states - 1 : states - 2;
        if (!(previous[state] > Float.NEGATIVE_INFINITY)) {
            return new int[0];
        }
        for (int t = frames - 1; t >= 0; t--) {
            path[t] = state;
            state -= t > 0 ? steps[t][state] : 0;
        }
        return path;
    }

    /** For each frame the lowest state from which the end can still be reached. */
    private int[] lowestUseful(int frames) {
        int[] lowest = new int[frames];
        lowest[frames - 1] = states - 2;
        for (int t = frames - 2; t >= 0; t--) {
            int next = lowest[t + 1];
            lowest[t] = Math.max(0, next - (skipsTo(next) ? 2 : 1));
        }
        return lowest;
    }

    /** Whether a path may step over the blank before state {@code s}. */
    private boolean skipsTo(int s) {
        return (s & 1) == 1 && s > 1 && s < states && targets[s / 2] != targets[s / 2 - 1];
    }

    private int label(int state) {
        return (state & 1) == 0 ? blank : targets[state / 2];
    }

    private List<AlignedToken> items(int[] path) {
        List<AlignedToken> items = new ArrayList<>(targets.length);
        for (int start = 0; start < path.length;) {
            int end = start + 1;
            while (end < path.length && path[end] == path[start]) {
                end++;
            }
            int token = label(path[start]);
            if (token != blank) {
                items.add(new AlignedToken(token, start, end, score(token, start, end)));
            }
            start = end;
        }
        return items;
    }

    private double score(int token, int start, int end) {
        float best = 0;
        for (int t = start; t < end; t++) {
            best = Math.max(best, (float) Math.exp(scores.at(t, token)));
        }
        return new BigDecimal(best).setScale(SCORE_DECIMALS, RoundingMode.HALF_EVEN).doubleValue();
    }
}
