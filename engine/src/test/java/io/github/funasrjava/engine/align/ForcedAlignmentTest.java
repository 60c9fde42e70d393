package io.github.funasrjava.engine.align;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.frontend.Features;
import io.github.funasrjava.engine.frontend.GoldenFiles;
import io.github.funasrjava.tokenizer.CtcTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ForcedAlignmentTest {
    private static final double SCORE_TOLERANCE = 0.001 + 1e-9;

    @Test
    @SuppressWarnings("unchecked")
    void alignsAllCasesOfTheReference() {
        List<Map<String, Object>> cases =
                (List<Map<String, Object>>) GoldenFiles.orSkip().json("forced_align.json").get("cases");
        assertEquals(60, cases.size());
        for (int c = 0; c < cases.size(); c++) {
            Map<String, Object> one = cases.get(c);
            List<List<Number>> rows = (List<List<Number>>) one.get("log_probs");
            int classes = rows.getFirst().size();
            float[] dense = new float[rows.size() * classes];
            for (int i = 0; i < dense.length; i++) {
                dense[i] = rows.get(i / classes).get(i % classes).floatValue();
            }
            List<AlignedToken> items = ForcedAlignment.align(FrameScores.dense(dense, rows.size(), classes),
                    ids(one.get("targets")), ((Number) one.get("blank")).intValue());
            List<Map<String, Object>> expected = (List<Map<String, Object>>) one.get("items");
            assertEquals(expected.size(), items.size(), "items of case " + c);
            for (int i = 0; i < items.size(); i++) {
                Map<String, Object> wanted = expected.get(i);
                assertEquals(wanted.get("token"), (long) items.get(i).token(), "case " + c);
                assertEquals(wanted.get("start_time"), (long) items.get(i).startFrame(), "case " + c);
                assertEquals(wanted.get("end_time"), (long) items.get(i).endFrame(), "case " + c);
                assertEquals(((Number) wanted.get("score")).doubleValue(), items.get(i).score(), SCORE_TOLERANCE, "case " + c);
            }
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void givesTheTimestampsOfTheReferenceModel() {
        GoldenFiles golden = GoldenFiles.orSkip();
        CtcTokenizer tokenizer = CtcTokenizer.load(golden.path("tiny-nano-ctc/model"));
        Features logProbabilities = golden.tensors("tiny-nano-ctc/golden/en_1s.safetensors").get("ctc_logprobs");
        FrameScores scores = FrameScores.dense(logProbabilities.data(), logProbabilities.rows(), logProbabilities.cols());
        Map<String, Object> files = (Map<String, Object>) golden.json("tiny-nano-ctc/golden/manifest.json").get("files");
        List<Map<String, Object>> runs = (List<Map<String, Object>>) ((Map<String, Object>) files.get("en_1s")).get("runs");
        int checked = 0;
        for (Map<String, Object> run : runs) {
            Map<String, Object> ctc = (Map<String, Object>) run.get("ctc");
            int blank = CtcTokenizer.blankId(tokenizer.size());
            check((List<Map<String, Object>>) ctc.get("ctc_timestamps"), tokenizer,
                    ForcedAlignment.align(scores, tokenizer.encode((String) ctc.get("ctc_text")), blank));
            check((List<Map<String, Object>>) ctc.get("timestamps"), tokenizer,
                    ForcedAlignment.align(scores, tokenizer.encode((String) run.get("text")), blank));
            checked++;
        }
        assertEquals(3, checked);
    }

    private static void check(List<Map<String, Object>> expected, CtcTokenizer tokenizer, List<AlignedToken> items) {
        assertEquals(expected.size(), items.size());
        for (int i = 0; i < items.size(); i++) {
            assertEquals(expected.get(i).get("token"), tokenizer.decode(items.get(i).token()));
            assertEquals(expected.get(i).get("start_time"), items.get(i).startSeconds());
            assertEquals(expected.get(i).get("end_time"), items.get(i).endSeconds());
            assertEquals((double) expected.get(i).get("score"), items.get(i).score(), SCORE_TOLERANCE);
        }
    }

    @Test
    void findsTheBestOfAllPathsOnSmallInputs() {
        Random random = new Random(3);
        int compared = 0;
        for (int round = 0; round < 2000; round++) {
            int frames = 1 + random.nextInt(7);
            int classes = 2 + random.nextInt(3);
            int blank = random.nextInt(classes);
            int[] targets = random.ints(random.nextInt(4), 0, classes).toArray();
            float[] dense = new float[frames * classes];
            for (int i = 0; i < dense.length; i++) {
                dense[i] = -4 * random.nextFloat();
            }
            FrameScores scores = FrameScores.dense(dense, frames, classes);
            List<AlignedToken> items = ForcedAlignment.align(scores, targets, blank);
            double best = bestByEnumeration(scores, targets, blank, classes);
            if (targets.length == 0 || best == Double.NEGATIVE_INFINITY) {
                assertEquals(List.of(), items);
                continue;
            }
            assertEquals(targets.length, items.size());
            assertEquals(best, pathScore(scores, items, blank), 1e-4);
            compared++;
        }
        assertTrue(compared > 400, "compared " + compared);
    }

    @Test
    void givesNothingWhenScoresAreMinusInfinityOrNotNumbers() {
        for (float bad : new float[] {Float.NEGATIVE_INFINITY, Float.NaN}) {
            float[] dense = new float[6];
            java.util.Arrays.fill(dense, bad);
            assertEquals(List.of(), ForcedAlignment.align(FrameScores.dense(dense, 3, 2), new int[] {0, 0}, 1));
        }
    }

    private static double pathScore(FrameScores scores, List<AlignedToken> items, int blank) {
        double sum = 0;
        int at = 0;
        for (AlignedToken item : items) {
            for (; at < item.startFrame(); at++) {
                sum += scores.at(at, blank);
            }
            for (; at < item.endFrame(); at++) {
                sum += scores.at(at, item.token());
            }
        }
        for (; at < scores.frames(); at++) {
            sum += scores.at(at, blank);
        }
        return sum;
    }

    /** Tries every label sequence and keeps the best that collapses to the targets. */
    private static double bestByEnumeration(FrameScores scores, int[] targets, int blank, int classes) {
        double best = Double.NEGATIVE_INFINITY;
        int frames = scores.frames();
        for (long code = 0; code < Math.pow(classes, frames); code++) {
            List<Integer> collapsed = new ArrayList<>();
            int last = -1;
            double sum = 0;
            long rest = code;
            for (int t = 0; t < frames; t++) {
                int label = (int) (rest % classes);
                rest /= classes;
                sum += scores.at(t, label);
                if (label != blank && label != last) {
                    collapsed.add(label);
                }
                last = label;
            }
            if (sum > best && collapsed.equals(java.util.Arrays.stream(targets).boxed().toList())) {
                best = sum;
            }
        }
        return best;
    }

    private static int[] ids(Object list) {
        return ((List<?>) list).stream().mapToInt(n -> ((Number) n).intValue()).toArray();
    }
}
