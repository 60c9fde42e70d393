package io.github.funasrjava.bench.compare;

import io.github.funasrjava.engine.Spread;
import io.github.funasrjava.kernels.StolenTime;
import java.io.StringWriter;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** A comparison as a table or as one line of JSON. */
final class ComparisonReport {
    private ComparisonReport() {}

    static String table(Comparison.Result result) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "Encoder + adaptor, %d threads, %d repeats in turns, ms%n", result.threads(), result.repeats()));
        text.append(String.format(Locale.ROOT, "ONNX Runtime %s: CPU, f32, all optimisations%n", result.onnxRuntime()));
        text.append(String.format(Locale.ROOT, "fun-asr-java: %s, accuracy %s%n%n", result.description(), accuracy(result)));
        text.append(String.format(Locale.ROOT, "%8s %28s %28s %7s %12s%n", "", "ONNX Runtime", "fun-asr-java", "", "largest"));
        text.append(String.format(Locale.ROOT, "%8s %9s%10s%9s %9s%10s%9s %7s %12s%n", "audio", "min", "median", "max", "min", "median",
                "max", "ratio", "difference"));
        for (Comparison.Clip clip : result.clips()) {
            Spread onnx = clip.onnxRuntimeMs();
            Spread engine = clip.engineMs();
            text.append(String.format(Locale.ROOT, "%6.1f s %9.1f%10.1f%9.1f %9.1f%10.1f%9.1f %7.2f %12.1e%n", clip.seconds(), onnx.min(),
                    onnx.median(), onnx.max(), engine.min(), engine.median(), engine.max(), clip.ratio(), clip.difference()));
        }
        text.append(String.format(Locale.ROOT, "%nratio: median of ONNX Runtime by median of fun-asr-java; difference: of all outputs, in units of "
                + "their root mean square%n"));
        return text.toString().replace("\r\n", "\n");
    }

    static String json(Comparison.Result result, StolenTime stolen) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            json.writeStartObject();
            json.writeStringProperty("onnxRuntime", result.onnxRuntime());
            json.writeStringProperty("kernels", result.kernels());
            json.writeStringProperty("accuracy", accuracy(result));
            json.writeNumberProperty("threads", result.threads());
            json.writeNumberProperty("repeats", result.repeats());
            stolenShare(json, stolen);
            json.writeName("clips");
            json.writeStartArray();
            for (Comparison.Clip clip : result.clips()) {
                json.writeStartObject();
                json.writeNumberProperty("audioSeconds", clip.seconds());
                json.writeNumberProperty("rows", clip.rows());
                json.writeNumberProperty("keptRows", clip.keptRows());
                spread(json, "onnxRuntimeMs", clip.onnxRuntimeMs());
                spread(json, "engineMs", clip.engineMs());
                json.writeNumberProperty("ratio", rounded(clip.ratio()));
                json.writeNumberProperty("largestDifference", clip.difference());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return text + "\n";
    }

    /** The share of processor time that others had, null where the system does not tell. */
    static void stolenShare(JsonGenerator json, StolenTime stolen) {
        if (stolen.share().isPresent()) {
            json.writeNumberProperty("stolenShare", rounded(stolen.share().getAsDouble()));
        } else {
            json.writeNullProperty("stolenShare");
        }
    }

    static void spread(JsonGenerator json, String name, Spread spread) {
        json.writeName(name);
        json.writeStartObject();
        json.writeNumberProperty("min", rounded(spread.min()));
        json.writeNumberProperty("median", rounded(spread.median()));
        json.writeNumberProperty("max", rounded(spread.max()));
        json.writeEndObject();
    }

    static double rounded(double value) {
        return Math.round(value * 1e3) / 1e3;
    }

    private static String accuracy(Comparison.Result result) {
        return result.accuracy().name().toLowerCase(Locale.ROOT);
    }
}
