package io.github.funasrjava.cli;

import io.github.funasrjava.engine.InputException;
import io.github.funasrjava.engine.LimitException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Reads {@code --hotwords} and {@code --hotwords-file}; what a hotword may contain is the engine's affair. */
final class Hotwords {
    /** 10,000 words of 100 bytes. */
    static final int MAX_FILE_BYTES = 1_000_000;

    /** The comma, and those of Chinese. */
    private static final String SEPARATORS = "[,，、]";

    private Hotwords() {}

    static List<String> from(Arguments arguments) {
        Stream<String> given = arguments.text("--hotwords").stream().flatMap(list -> Stream.of(list.split(SEPARATORS)));
        Stream<String> filed = arguments.path("--hotwords-file").stream().flatMap(file -> read(file).lines());
        return Stream.concat(given, filed).map(String::strip).filter(word -> !word.isEmpty()).distinct().toList();
    }

    private static String read(Path file) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_FILE_BYTES + 1);
        } catch (IOException e) {
            throw new InputException("The hotwords file " + file + " cannot be read: " + ResultWriter.reason(e) + ".", e);
        }
        if (bytes.length > MAX_FILE_BYTES) {
            throw new LimitException("The hotwords file " + file + " is longer than the limit, " + MAX_FILE_BYTES + " bytes.");
        }
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            // Windows editors begin UTF-8 files with a byte order mark.
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new InputException("The hotwords file " + file + " is not UTF-8 text: save it as UTF-8, one word to a line.", e);
        }
    }
}
