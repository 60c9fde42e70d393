package io.github.funasrjava.cli;

import io.github.funasrjava.engine.Divergence;
import io.github.funasrjava.engine.Transcript;
import io.github.funasrjava.engine.TranscriptToken;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * How far two results of one recording agree. Tokens are compared in the longest common subsequence of two segments,
 * so that an inserted token does not count against all that follow.
 *
 * @param file the recording
 * @param textA the first result
 * @param textB the second result
 * @param common tokens that both have, in order
 * @param longer tokens of the longer answer
 * @param meanLogProbabilityDifference mean of |log p_A − log p_B| over the common tokens; 0 without any
 * @param divergence of the whole distributions, both models led along the first result
 */
record Agreement(String file, String textA, String textB, int common, int longer, double meanLogProbabilityDifference,
        Divergence divergence) {
    /** Compares segment by segment: both models get the same ones, since speech is found before they are asked. */
    static Agreement of(String file, Transcript a, Transcript b, Divergence divergence) {
        int common = 0;
        int longer = 0;
        double difference = 0;
        for (int i = 0; i < Math.max(a.segments().size(), b.segments().size()); i++) {
            List<TranscriptToken> first = tokens(a, i);
            List<TranscriptToken> second = tokens(b, i);
            longer += Math.max(first.size(), second.size());
            for (double each : differences(first, second)) {
                common++;
                difference += each;
            }
        }
        return new Agreement(file, a.text(), b.text(), common, longer, common == 0 ? 0 : difference / common, divergence);
    }

    private static List<TranscriptToken> tokens(Transcript transcript, int segment) {
        return segment < transcript.segments().size() ? transcript.segments().get(segment).tokens() : List.of();
    }

    /** |log p_A − log p_B| of each token in the longest common subsequence. */
    private static List<Double> differences(List<TranscriptToken> first, List<TranscriptToken> second) {
        int n = first.size();
        int m = second.size();
        // lengths[i][j]: longest common subsequence of what follows position i and position j.
        int[][] lengths = new int[n + 1][m + 1];
        for (int i = n - 1; i >= 0; i--) {
            for (int j = m - 1; j >= 0; j--) {
                lengths[i][j] = first.get(i).id() == second.get(j).id() ? lengths[i + 1][j + 1] + 1
                        : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
            }
        }
        List<Double> differences = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < n && j < m) {
            if (first.get(i).id() == second.get(j).id()) {
                differences.add(Math.abs((double) first.get(i++).logProbability() - second.get(j++).logProbability()));
            } else if (lengths[i + 1][j] >= lengths[i][j + 1]) {
                i++;
            } else {
                j++;
            }
        }
        return differences;
    }

    boolean sameText() {
        return textA.equals(textB);
    }

    static String table(String a, String b, List<Agreement> all) {
        StringBuilder text = new StringBuilder("A  " + a + "\nB  " + b + "\n\n");
        for (Agreement one : all) {
            text.append(one.sameText() ? "same   " : "differ ").append(one.file()).append('\n');
            if (!one.sameText()) {
                text.append("       A: ").append(one.textA()).append("\n       B: ").append(one.textB()).append('\n');
            }
        }
        long same = all.stream().filter(Agreement::sameText).count();
        int common = all.stream().mapToInt(Agreement::common).sum();
        int longer = all.stream().mapToInt(Agreement::longer).sum();
        double difference = all.stream().mapToDouble(one -> one.meanLogProbabilityDifference() * one.common()).sum();
        text.append(String.format(Locale.ROOT, "%ntexts              %d of %d equal%n", same, all.size()));
        text.append(String.format(Locale.ROOT, "tokens             %d of %d agree (%.2f %%)%n", common, longer, longer == 0 ? 100.0 : 100.0 * common / longer));
        text.append(String.format(Locale.ROOT, "log-probability    differs by %.4f on average, over the tokens that agree%n", common == 0 ? 0 : difference / common));
        Divergence divergence = all.stream().map(Agreement::divergence).reduce(Divergence.NONE, Divergence::plus);
        text.append(String.format(Locale.ROOT, "top-1              %d of %d positions agree (%.2f %%), B led along A's answer%n", divergence.sameTop(),
                divergence.positions(), divergence.positions() == 0 ? 100.0 : 100.0 * divergence.sameTop() / divergence.positions()));
        text.append(String.format(Locale.ROOT, "KL(A || B)         %.6f on average, %.6f at most, natural logarithm%n", divergence.klMean(),
                divergence.klLargest()));
        return text.toString().replace("\r\n", "\n");
    }

    static String json(List<Agreement> all) {
        StringBuilder lines = new StringBuilder();
        for (Agreement one : all) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
                json.writeStartObject();
                json.writeStringProperty("file", one.file());
                json.writeBooleanProperty("sameText", one.sameText());
                json.writeStringProperty("textA", one.textA());
                json.writeStringProperty("textB", one.textB());
                json.writeNumberProperty("commonTokens", one.common());
                json.writeNumberProperty("tokens", one.longer());
                json.writeNumberProperty("meanLogProbabilityDifference", one.meanLogProbabilityDifference());
                json.writeNumberProperty("positions", one.divergence().positions());
                json.writeNumberProperty("sameTop", one.divergence().sameTop());
                json.writeNumberProperty("klMean", one.divergence().klMean());
                json.writeNumberProperty("klLargest", one.divergence().klLargest());
                json.writeEndObject();
            }
            lines.append(bytes.toString(StandardCharsets.UTF_8)).append('\n');
        }
        return lines.toString();
    }
}
