package io.github.funasrjava.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * One line of a {@code .jsonl} manifest: an object with a member that names the audio, or the ChatML form of
 * fine-tuning data, where the audio stands between the speech markers of a message, behind an exclamation mark.
 *
 * @param id the line's key, if it has one
 * @param audio the files or addresses that it names
 */
record ManifestLine(Optional<String> id, List<String> audio) {
    private static final List<String> ID_MEMBERS = List.of("key", "id", "utt");
    private static final List<String> AUDIO_MEMBERS = List.of("source", "audio", "audio_filepath", "wav", "path", "file");
    private static final Pattern SPEECH = Pattern.compile("<\\|startofspeech\\|>!(.+?)<\\|endofspeech\\|>", Pattern.DOTALL);

    /**
     * Reads a line.
     *
     * @throws IllegalArgumentException with half a sentence when it names no audio
     */
    static ManifestLine parse(String line) {
        Map<String, String> members = new HashMap<>();
        List<String> messages = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("is no JSON object");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (value.isScalarValue() && value != JsonToken.VALUE_NULL) {
                    members.put(name, parser.getString());
                } else if (name.equals("messages") && value == JsonToken.START_ARRAY) {
                    contents(parser, messages);
                } else {
                    parser.skipChildren();
                }
            }
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("has something behind its JSON object");
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException("is no JSON: " + e.getOriginalMessage().replaceAll("\\s*\\R\\s*", " "), e);
        }
        Optional<String> id = first(members, ID_MEMBERS);
        Optional<String> named = first(members, AUDIO_MEMBERS);
        List<String> audio = named.map(List::of).orElseGet(() -> spoken(messages));
        if (audio.isEmpty()) {
            throw new IllegalArgumentException("names no audio: expected one of the members " + String.join(", ", AUDIO_MEMBERS)
                    + ", or messages with <|startofspeech|>!FILE<|endofspeech|>");
        }
        return new ManifestLine(id, audio);
    }

    private static Optional<String> first(Map<String, String> members, List<String> names) {
        return names.stream().filter(members::containsKey).map(members::get).filter(value -> !value.isBlank()).findFirst();
    }

    /** Collects the {@code content} of every message; the parser stands on the array's begin. */
    private static void contents(JsonParser parser, List<String> messages) {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                parser.skipChildren();
                continue;
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                if (parser.nextToken() == JsonToken.VALUE_STRING && name.equals("content")) {
                    messages.add(parser.getString());
                } else {
                    parser.skipChildren();
                }
            }
        }
    }

    private static List<String> spoken(List<String> messages) {
        List<String> audio = new ArrayList<>();
        for (String message : messages) {
            Matcher matcher = SPEECH.matcher(message);
            while (matcher.find()) {
                audio.add(matcher.group(1).strip());
            }
        }
        return audio;
    }
}
