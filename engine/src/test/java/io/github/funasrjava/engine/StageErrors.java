package io.github.funasrjava.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares stages with the reference and remembers the worst distance of each.
 *
 * <p>Allowed is ten times what separates the reference in f32 from an evaluation in f64 on the tiny sets, or 5e-4 of
 * the stage's standard deviation where that is more (other geometries have other magnitudes): two bf16 terms per
 * activation stay within that, one term does not.
 */
final class StageErrors {
    /** Distance of f32 from f64 seen on the tiny sets, per stage. */
    private static final Map<String, Double> SEEN = Map.ofEntries(
            // Bins of almost no energy differ by the f32 transform; FrontendGoldenTest looks at the others.
            Map.entry("fbank", 4e-3), Map.entry("lfr", 4e-3), Map.entry("enc_embed", 3e-3), Map.entry("enc_layer0", 8e-5), Map.entry("enc_layer1", 8e-5),
            Map.entry("enc_after_norm", 4e-5), Map.entry("enc_tp_layer0", 6e-5), Map.entry("enc_out", 4e-5),
            Map.entry("adp_linear", 1.2e-4), Map.entry("adp_block0", 1.2e-4), Map.entry("adp_out", 1.2e-4),
            Map.entry("inputs_embeds", 1.2e-4), Map.entry("llm_hidden", 2e-4), Map.entry("prefill_logits_last", 3e-4),
            Map.entry("ctc_decoder_out", 7e-5), Map.entry("ctc_argmax_logprob", 3e-5), Map.entry("ctc_logprobs", 3e-5));

    private static final double SHARE_OF_DEVIATION = 5e-4;

    private final Map<String, double[]> worst = new TreeMap<>();
    private final List<String> failures = new ArrayList<>();

    /** Compares all values; a value that is not a number fails. */
    void compare(String where, String stage, float[] expected, float[] actual) {
        if (expected.length != actual.length) {
            failures.add(where + " " + stage + ": expected " + expected.length + " values, got " + actual.length);
            return;
        }
        double distance = 0;
        int at = 0;
        for (int i = 0; i < expected.length; i++) {
            double d = Math.abs((double) expected[i] - actual[i]);
            if (!(d <= distance)) {
                distance = Double.isNaN(d) ? Double.POSITIVE_INFINITY : d;
                at = i;
            }
        }
        double allowed = allowed(stage, expected);
        double[] record = worst.computeIfAbsent(stage, s -> new double[2]);
        if (distance / allowed > record[1]) {
            record[0] = distance;
            record[1] = distance / allowed;
        }
        if (distance > allowed) {
            failures.add(String.format(Locale.ROOT, "%s %s: value %d is %s, the reference has %s (distance %.2e, allowed %.2e)",
                    where, stage, at, actual[at], expected[at], distance, allowed));
        }
    }

    private static double allowed(String stage, float[] expected) {
        String key = stage.startsWith("llm_hidden") ? "llm_hidden" : stage.replaceFirst("^run\\d+\\.", "").replace("_first", "");
        double seen = SEEN.getOrDefault(key, 8e-5);
        double mean = 0;
        for (float v : expected) {
            mean += v / expected.length;
        }
        double variance = 0;
        for (float v : expected) {
            variance += (v - mean) * (v - mean) / expected.length;
        }
        return Math.max(10 * seen, SHARE_OF_DEVIATION * Math.sqrt(variance));
    }

    /** What differed too much, one sentence each. */
    List<String> failures() {
        return failures;
    }

    /** Worst distance per stage, with its share of what is allowed. */
    String summary() {
        StringBuilder text = new StringBuilder();
        worst.forEach((stage, record) ->
                text.append(String.format(Locale.ROOT, "%n  %-28s %.2e  (%.0f %% of allowed)", stage, record[0], 100 * record[1])));
        return text.toString();
    }
}
