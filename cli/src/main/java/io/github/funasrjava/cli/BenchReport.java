package io.github.funasrjava.cli;

import io.github.funasrjava.engine.ModelInfo;
import io.github.funasrjava.engine.RtfBench;
import io.github.funasrjava.engine.Spread;
import io.github.funasrjava.kernels.MachineCeilings;
import io.github.funasrjava.kernels.StolenTime;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** What {@code bench rtf} prints. */
final class BenchReport {
    private static final double BYTES_PER_MIB = 1 << 20;

    private BenchReport() {}

    static String table(RtfBench.Result result, ModelInfo model, MachineCeilings ceilings) {
        StringBuilder text = new StringBuilder();
        line(text, "%s (%s), kernels %s, %d threads; %.1f s of audio, %d tokens, %d runs", model.name(), model.weights(),
                result.tier(), result.threads(), result.audioSeconds(), result.tokens(), result.repeats());
        line(text, "%n%-10s %10s %10s %10s", "ms", "min", "median", "max");
        row(text, "fbank", result.fbank());
        row(text, "encoder", result.encoder());
        row(text, "adaptor", result.adaptor());
        row(text, "prefill", result.prefill());
        row(text, "decode", result.decode());
        row(text, "total", result.total());
        line(text, "%nRTF %.4f; decode %.1f tokens/s; prefill %.0f positions/s (%d positions, %d of them audio)", result.rtf(),
                result.decodeTokensPerSecond(), result.prefillPositionsPerSecond(), result.promptPositions(), result.audioTokens());
        line(text, "decode reads %.1f GB/s of weights%s", result.decodeGigabytesPerSecond(), share(result.decodeGigabytesPerSecond(), ceilings));
        line(text, "first run %.1f ms%s", result.firstRunMs(),
                result.rssMib().isPresent() ? String.format(Locale.ROOT, "; peak memory %.0f MB", megabytes(result)) : "");
        result.disturbed().ifPresent(spread -> line(text, "beside busy threads: %.2f ms (%.2f to %.2f), %.2f times as long", spread.median(),
                spread.min(), spread.max(), spread.median() / result.total().median()));
        if (result.draftedTokens() > 0) {
            line(text, "draft: %d of %d tokens accepted, %d decoder passes", result.acceptedTokens(), result.draftedTokens(),
                    result.decoderPasses());
        }
        return text.toString();
    }

    static String json(RtfBench.Result result, MachineCeilings ceilings, StolenTime stolen) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            number(json, "totalMs", result.total().median());
            number(json, "totalMinMs", result.total().min());
            number(json, "totalMaxMs", result.total().max());
            number(json, "firstRunMs", result.firstRunMs());
            json.writeObjectPropertyStart("stagesMs");
            number(json, "fbank", result.fbank().median());
            number(json, "encoder", result.encoder().median());
            number(json, "adaptor", result.adaptor().median());
            number(json, "prefill", result.prefill().median());
            number(json, "decode", result.decode().median());
            json.writeEndObject();
            number(json, "rtf", result.rtf());
            number(json, "audioSeconds", result.audioSeconds());
            json.writeNumberProperty("tokens", result.tokens());
            number(json, "decodeTokensPerSecond", result.decodeTokensPerSecond());
            number(json, "decodeGigabytesPerSecond", result.decodeGigabytesPerSecond());
            readCeiling(json, ceilings);
            number(json, "prefillPositionsPerSecond", result.prefillPositionsPerSecond());
            json.writeNumberProperty("promptPositions", result.promptPositions());
            json.writeNumberProperty("audioTokens", result.audioTokens());
            json.writeNumberProperty("draftedTokens", result.draftedTokens());
            json.writeNumberProperty("acceptedTokens", result.acceptedTokens());
            json.writeNumberProperty("decoderPasses", result.decoderPasses());
            if (result.rssMib().isPresent()) {
                number(json, "rssMb", megabytes(result));
            } else {
                json.writeNullProperty("rssMb");
            }
            if (result.disturbed().isPresent()) {
                number(json, "disturbedTotalMs", result.disturbed().get().median());
            }
            stolenShare(json, stolen);
            json.writeStringProperty("tier", result.tier());
            json.writeNumberProperty("threads", result.threads());
            json.writeNumberProperty("repeats", result.repeats());
            json.writeEndObject();
        }
        return bytes.toString(StandardCharsets.UTF_8) + "\n";
    }

    /** A median bandwidth as a share of the best read loop and of that loop's median, to be put behind it. */
    static String share(double gigabytesPerSecond, MachineCeilings ceilings) {
        return share(gigabytesPerSecond, ceilings.bestRead(), ", %.0f %% of the best read loop just after (%.1f GB/s)")
                + share(gigabytesPerSecond, ceilings.medianRead(), ", %.0f %% of that loop's median (%.1f)");
    }

    private static String share(double value, Optional<Double> ceiling, String format) {
        return ceiling.map(most -> String.format(Locale.ROOT, format, 100 * value / most, most)).orElse("");
    }

    /** The read loop, null where it was not measured. */
    static void readCeiling(JsonGenerator json, MachineCeilings ceilings) {
        numberOrNull(json, "readCeilingGigabytesPerSecond", ceilings.bestRead());
        numberOrNull(json, "readCeilingMedianGigabytesPerSecond", ceilings.medianRead());
    }

    private static void numberOrNull(JsonGenerator json, String name, Optional<Double> value) {
        if (value.isPresent()) {
            number(json, name, value.get());
        } else {
            json.writeNullProperty(name);
        }
    }

    /** The share of processor time that others had, null where the system does not tell. */
    static void stolenShare(JsonGenerator json, StolenTime stolen) {
        OptionalDouble share = stolen.share();
        if (share.isPresent()) {
            number(json, "stolenShare", share.getAsDouble());
        } else {
            json.writeNullProperty("stolenShare");
        }
    }

    private static double megabytes(RtfBench.Result result) {
        return result.rssMib().getAsLong() * BYTES_PER_MIB / 1e6;
    }

    private static void number(JsonGenerator json, String name, double value) {
        json.writeNumberProperty(name, Math.round(value * 1e5) / 1e5);
    }

    private static void row(StringBuilder text, String stage, Spread spread) {
        line(text, "%-10s %10.2f %10.2f %10.2f", stage, spread.min(), spread.median(), spread.max());
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values).replace("\r\n", "\n")).append('\n');
    }
}
