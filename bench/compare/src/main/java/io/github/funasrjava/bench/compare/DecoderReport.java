package io.github.funasrjava.bench.compare;

import io.github.funasrjava.bench.compare.TextDecoder.Workload;
import io.github.funasrjava.engine.Spread;
import io.github.funasrjava.kernels.StolenTime;
import java.io.StringWriter;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** A comparison of decoders as a table or as one line of JSON. */
final class DecoderReport {
    private DecoderReport() {}

    /** What a workload is called: {@code prefill 64 rows}, {@code decode 8 streams}. */
    static String name(Workload workload) {
        return workload.isPrefill() ? "prefill " + workload.prompt() + " rows"
                : "decode " + workload.streams() + (workload.streams() == 1 ? " stream" : " streams");
    }

    static String table(DecoderComparison.Result result) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "Language model, %d threads, %d repeats in turns, tokens per second%n", result.threads(), result.repeats()));
        text.append(String.format(Locale.ROOT, "llama.cpp: %s, %s%n", result.llama(), result.processor()));
        result.weightBuffers().forEach(line -> text.append(String.format(Locale.ROOT, "  %s%n", line)));
        text.append(String.format(Locale.ROOT, "fun-asr-java: %s, accuracy %s%n%n", result.description(), accuracy(result)));
        text.append(String.format(Locale.ROOT, "%13s %-18s %26s %26s %15s %9s %7s%n", "", "", "llama.cpp", "fun-asr-java", "ratio of", "least", "same"));
        text.append(String.format(Locale.ROOT, "%13s %-18s %8s%10s%8s %8s%10s%8s %8s%7s %9s %7s%n", "weights", "", "min", "median", "max",
                "min", "median", "max", "median", "max", "cosine", "top"));
        for (DecoderComparison.Case measured : result.cases()) {
            Workload workload = measured.workload();
            text.append(String.format(Locale.ROOT, "%13s %-18s %s %s %8.2f%7.2f %9.5f %7s%n", measured.llamaWeights() + "/" + measured.engineWeights(),
                    name(workload), speeds(workload, measured.llamaMs()), speeds(workload, measured.engineMs()), measured.ratio(),
                    measured.ratioOfBest(), measured.cosine(), measured.sameTop() + "/" + workload.streams()));
        }
        text.append(String.format(Locale.ROOT, "%nratio: fun-asr-java by llama.cpp; decoding: %d steps behind %d positions, the "
                + "same given tokens; fun-asr-java finds%nthe likeliest tokens and their probabilities within its time, llama.cpp's end with the "
                + "logits; cosine, top: of the logits behind the last token%n", DecoderComparison.STEPS, DecoderComparison.PROMPT));
        return text.toString().replace("\r\n", "\n");
    }

    private static String speeds(Workload workload, Spread ms) {
        return String.format(Locale.ROOT, "%8.1f%10.1f%8.1f", speed(workload, ms.max()), speed(workload, ms.median()), speed(workload, ms.min()));
    }

    private static double speed(Workload workload, double ms) {
        return workload.tokens() / ms * 1000;
    }

    static String json(DecoderComparison.Result result, StolenTime stolen) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeStringProperty("llama", result.llama());
            json.writeStringProperty("llamaProcessor", result.processor());
            json.writeStringProperty("llamaSystemInfo", result.systemInfo());
            json.writeName("llamaWeightBuffers");
            json.writeStartArray();
            result.weightBuffers().forEach(json::writeString);
            json.writeEndArray();
            json.writeStringProperty("kernels", result.kernels());
            json.writeStringProperty("accuracy", accuracy(result));
            json.writeNumberProperty("threads", result.threads());
            json.writeNumberProperty("repeats", result.repeats());
            ComparisonReport.stolenShare(json, stolen);
            json.writeName("cases");
            json.writeStartArray();
            for (DecoderComparison.Case measured : result.cases()) {
                one(json, measured);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return text + "\n";
    }

    private static void one(JsonGenerator json, DecoderComparison.Case measured) {
        Workload workload = measured.workload();
        json.writeStartObject();
        json.writeStringProperty("workload", name(workload));
        json.writeStringProperty("llamaWeights", measured.llamaWeights().name());
        json.writeStringProperty("engineWeights", measured.engineWeights().name());
        json.writeNumberProperty("streams", workload.streams());
        json.writeNumberProperty("promptPositions", workload.prompt());
        json.writeNumberProperty("steps", workload.steps());
        json.writeNumberProperty("tokens", workload.tokens());
        json.writeNumberProperty("llamaTokensPerSecond", ComparisonReport.rounded(speed(workload, measured.llamaMs().median())));
        json.writeNumberProperty("engineTokensPerSecond", ComparisonReport.rounded(speed(workload, measured.engineMs().median())));
        ComparisonReport.spread(json, "llamaMs", measured.llamaMs());
        ComparisonReport.spread(json, "engineMs", measured.engineMs());
        json.writeNumberProperty("ratio", ComparisonReport.rounded(measured.ratio()));
        json.writeNumberProperty("ratioOfBest", ComparisonReport.rounded(measured.ratioOfBest()));
        json.writeNumberProperty("leastCosine", measured.cosine());
        json.writeNumberProperty("sameTop", measured.sameTop());
        json.writeEndObject();
    }

    private static String accuracy(DecoderComparison.Result result) {
        return result.accuracy().name().toLowerCase(Locale.ROOT);
    }
}
