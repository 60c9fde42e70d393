package io.github.funasrjava.engine;

import io.github.funasrjava.engine.align.AlignedToken;
import io.github.funasrjava.engine.align.CtcTopK;
import io.github.funasrjava.engine.align.ForcedAlignment;
import io.github.funasrjava.engine.align.FrameScores;
import io.github.funasrjava.engine.align.TimedWord;
import io.github.funasrjava.engine.align.WordTimes;
import io.github.funasrjava.engine.model.CtcHead;
import io.github.funasrjava.engine.model.StageTap;
import io.github.funasrjava.kernels.Matrix;
import io.github.funasrjava.kernels.RowSpans;
import io.github.funasrjava.kernels.TopToken;
import io.github.funasrjava.tokenizer.CtcTokenizer;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the CTC branch made of a batch of segments. Valid until the branch runs again. The whole distribution, 60,515
 * classes a frame in the published models, is computed for the frames that are asked about only.
 */
final class CtcReading {
    /** Frames whose distributions are held at a time: 16 MB in the published models. */
    private static final int FRAMES_AT_ONCE = 64;

    /** A frame that is blank with this probability has no other class worth a look ({@code LetterLattice}: 5 %). */
    private static final float SURELY_BLANK = (float) Math.log(0.95);

    private final CtcHead head;
    private final CtcTokenizer tokenizer;
    private final Matrix rows;
    private final RowSpans spans;
    private final TopToken[] best;
    private final List<String> texts = new ArrayList<>();

    CtcReading(CtcHead head, CtcTokenizer tokenizer, Matrix encoded, RowSpans encodedSpans, StageTap tap) {
        this.head = head;
        this.tokenizer = tokenizer;
        rows = head.decode(encoded, encodedSpans, tap);
        best = head.best(rows);
        int[] lengths = new int[encodedSpans.count()];
        for (int s = 0; s < lengths.length; s++) {
            lengths[s] = head.outputRows(encodedSpans.length(s));
        }
        spans = RowSpans.ofLengths(lengths);
        for (int s = 0; s < lengths.length; s++) {
            int[] frames = new int[lengths[s]];
            for (int t = 0; t < frames.length; t++) {
                frames[t] = best[spans.start(s) + t].id();
            }
            texts.add(tokenizer.transcript(head.collapse(frames)));
        }
    }

    /** The likeliest text of a segment. */
    String text(int segment) {
        return texts.get(segment);
    }

    /** What there is to say of a segment. */
    CtcHearing hearing(int segment) {
        int blanks = 0;
        for (int t = spans.start(segment); t < spans.start(segment + 1); t++) {
            blanks += best[t].id() == head.blankId() ? 1 : 0;
        }
        return new CtcHearing(text(segment), blanks / (double) spans.length(segment));
    }

    /** The likeliest classes of a segment's frames; frames that are surely blank name nothing else. */
    CtcTopK likely(int segment, int k) {
        int from = spans.start(segment);
        int frames = spans.length(segment);
        int[] ids = new int[frames * k];
        float[] logProbabilities = new float[frames * k];
        Arrays.fill(ids, head.blankId());
        Arrays.fill(logProbabilities, Float.NEGATIVE_INFINITY);
        List<Integer> unsure = new ArrayList<>();
        for (int t = 0; t < frames; t++) {
            if (best[from + t].id() == head.blankId() && best[from + t].logProbability() >= SURELY_BLANK) {
                logProbabilities[t * k] = best[from + t].logProbability();
            } else {
                unsure.add(t);
            }
        }
        try (Arena arena = Arena.ofShared()) {
            int atOnce = Math.min(FRAMES_AT_ONCE, unsure.size());
            Matrix asked = Matrix.allocate(arena, Math.max(1, atOnce), rows.cols());
            Matrix scores = Matrix.allocate(arena, Math.max(1, atOnce), head.classes());
            for (int begin = 0; begin < unsure.size(); begin += atOnce) {
                int count = Math.min(atOnce, unsure.size() - begin);
                for (int i = 0; i < count; i++) {
                    asked.copyRow(i, rows, from + unsure.get(begin + i));
                }
                head.logProbabilities(asked.rows(0, count), scores.rows(0, count));
                for (int i = 0; i < count; i++) {
                    keepLargest(scores.row(i), unsure.get(begin + i), k, ids, logProbabilities);
                }
            }
        }
        return new CtcTopK(frames, k, ids, logProbabilities, head.blankId());
    }

    /** Sorts the largest values of a frame into its places; of equal ones the lowest class comes first. */
    private static void keepLargest(float[] values, int frame, int k, int[] ids, float[] logProbabilities) {
        int first = frame * k;
        int last = first + k - 1;
        for (int c = 0; c < values.length; c++) {
            float value = values[c];
            if (!(value > logProbabilities[last])) {
                continue;
            }
            int at = last;
            while (at > first && value > logProbabilities[at - 1]) {
                ids[at] = ids[at - 1];
                logProbabilities[at] = logProbabilities[at - 1];
                at--;
            }
            ids[at] = c;
            logProbabilities[at] = value;
        }
    }

    /**
     * Times of the words of the final text by forced alignment. A text with more tokens than the segment has frames
     * takes its times from what the CTC branch itself heard.
     */
    List<TimedWord> words(String text, int segment) {
        try (Arena arena = Arena.ofShared()) {
            Matrix frames = rows.rows(spans.start(segment), spans.length(segment));
            Matrix logProbabilities = Matrix.allocate(arena, frames.rows(), head.classes());
            head.logProbabilities(frames, logProbabilities);
            FrameScores scores = new FrameScores() {
                @Override
                public int frames() {
                    return logProbabilities.rows();
                }

                @Override
                public float at(int frame, int token) {
                    return token < logProbabilities.cols() ? logProbabilities.get(frame, token) : Float.NEGATIVE_INFINITY;
                }
            };
            List<TimedWord> words = WordTimes.of(text,
                    ForcedAlignment.align(scores, tokenizer.encode(text), head.blankId()), tokenizer::bytes);
            if (words.isEmpty()) {
                words = WordTimes.transferred(text, text(segment),
                        ForcedAlignment.align(scores, tokenizer.encode(text(segment)), head.blankId()), tokenizer::bytes,
                        frames.rows() * (double) AlignedToken.FRAME_MS);
            }
            return words;
        }
    }
}
