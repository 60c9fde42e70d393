package io.github.funasrjava.cli;

import io.github.funasrjava.engine.Coverage;
import io.github.funasrjava.engine.ModelInfo;
import io.github.funasrjava.engine.SegmentTranscript;
import io.github.funasrjava.engine.StageTimings;
import io.github.funasrjava.engine.Transcript;
import io.github.funasrjava.engine.TranscriptToken;
import io.github.funasrjava.engine.Warning;
import io.github.funasrjava.engine.Word;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.OptionalDouble;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** A transcript as JSON; {@code docs/transcript.schema.json} describes it. */
final class TranscriptJson {
    private TranscriptJson() {}

    /** One UTF-8 line with everything that the engine says. */
    static byte[] write(Transcript transcript, Recording recording) {
        String file = recording.label();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            json.writeStringProperty("text", transcript.text());
            json.writeStringProperty("file", file);
            if (!recording.id().equals(file)) {
                json.writeStringProperty("id", recording.id());
            }
            json.writeArrayPropertyStart("segments");
            for (SegmentTranscript segment : transcript.segments()) {
                segment(json, segment);
            }
            json.writeEndArray();
            warnings(json, transcript.warnings());
            model(json, transcript.model());
            timings(json, transcript.timings());
            coverage(json, transcript.coverage());
            number(json, "audioSeconds", transcript.audioSeconds());
            number(json, "audioTokensPerSecond", transcript.audioTokensPerSecond());
            number(json, "realTimeFactor", transcript.realTimeFactor());
            json.writeEndObject();
        }
        bytes.write('\n');
        return bytes.toByteArray();
    }

    private static void segment(JsonGenerator json, SegmentTranscript segment) {
        json.writeStartObject();
        json.writeNumberProperty("startMs", segment.startMs());
        json.writeNumberProperty("endMs", segment.endMs());
        json.writeStringProperty("text", segment.text());
        json.writeStringProperty("textWithoutPunctuation", segment.textWithoutPunctuation());
        json.writeArrayPropertyStart("tokens");
        for (TranscriptToken token : segment.tokens()) {
            json.writeStartObject();
            json.writeNumberProperty("id", token.id());
            json.writeStringProperty("text", token.text());
            number(json, "logProbability", token.logProbability());
            optional(json, "confidence", token.confidence());
            json.writeEndObject();
        }
        json.writeEndArray();
        words(json, segment.words());
        optional(json, "confidence", segment.confidence());
        if (segment.ctcText().isPresent()) {
            json.writeStringProperty("ctcText", segment.ctcText().get());
        }
        if (!segment.hotwords().isEmpty()) {
            json.writeArrayPropertyStart("hotwords");
            segment.hotwords().forEach(json::writeString);
            json.writeEndArray();
        }
        json.writeStringProperty("finishReason", segment.finishReason().label());
        json.writeNumberProperty("audioTokens", segment.audioTokens());
        warnings(json, segment.warnings());
        json.writeEndObject();
    }

    private static void words(JsonGenerator json, List<Word> words) {
        json.writeArrayPropertyStart("words");
        for (Word word : words) {
            json.writeStartObject();
            json.writeStringProperty("text", word.text());
            optional(json, "confidence", word.confidence());
            if (word.time().isPresent()) {
                json.writeNumberProperty("startMs", word.time().get().startMs());
                json.writeNumberProperty("endMs", word.time().get().endMs());
                number(json, "alignmentScore", word.time().get().alignmentScore());
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void coverage(JsonGenerator json, Coverage coverage) {
        json.writeObjectPropertyStart("coverage");
        number(json, "speechSeconds", coverage.speechSeconds());
        number(json, "transcribedSeconds", coverage.transcribedSeconds());
        number(json, "skippedSeconds", coverage.skippedSeconds());
        json.writeEndObject();
    }

    private static void warnings(JsonGenerator json, List<Warning> warnings) {
        json.writeArrayPropertyStart("warnings");
        for (Warning warning : warnings) {
            json.writeStartObject();
            json.writeStringProperty("code", warning.code());
            json.writeStringProperty("message", warning.message());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void model(JsonGenerator json, ModelInfo model) {
        json.writeObjectPropertyStart("model");
        json.writeStringProperty("name", model.name());
        json.writeStringProperty("sha256", model.sha256());
        json.writeStringProperty("weights", model.weights());
        json.writeStringProperty("kernels", model.kernels());
        json.writeEndObject();
    }

    private static void timings(JsonGenerator json, StageTimings timings) {
        json.writeObjectPropertyStart("timings");
        number(json, "audioMs", timings.audioMs());
        number(json, "fbankMs", timings.fbankMs());
        number(json, "encoderMs", timings.encoderMs());
        number(json, "adaptorMs", timings.adaptorMs());
        number(json, "ctcMs", timings.ctcMs());
        number(json, "prefillMs", timings.prefillMs());
        number(json, "decodeMs", timings.decodeMs());
        number(json, "totalMs", timings.totalMs());
        json.writeEndObject();
    }

    /** A number that is left out when it is not known. */
    private static void optional(JsonGenerator json, String name, OptionalDouble value) {
        if (value.isPresent()) {
            number(json, name, value.getAsDouble());
        }
    }

    /** A number, or null for what JSON has no number for. Four decimals say enough of milliseconds and probabilities. */
    private static void number(JsonGenerator json, String name, double value) {
        if (Double.isFinite(value)) {
            json.writeNumberProperty(name, Math.round(value * 1e4) / 1e4);
        } else {
            json.writeNullProperty(name);
        }
    }
}
