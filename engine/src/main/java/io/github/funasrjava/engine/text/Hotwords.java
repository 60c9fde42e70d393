package io.github.funasrjava.engine.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * Words that are likely to be said: cleaned, each once, in the order given. They become part of the prompt as ordinary
 * text, so nothing in them needs escaping; what could break the prompt's form or fill it up is taken out here, and
 * {@link #notices()} says so.
 *
 * @param words one-line words without surrounding space, none empty
 * @param notices one sentence for each thing that was left out
 */
public record Hotwords(List<String> words, List<String> notices) {
    /** No words. */
    public static final Hotwords NONE = new Hotwords(List.of(), List.of());
    /** Between the words in the prompt. */
    static final String SEPARATOR = ", ";
    /** Longer words are left out: no name is that long, and one of them could fill the prompt. */
    public static final int MAX_WORD_CHARS = 100;
    /** Largest file of hotwords. */
    public static final int MAX_FILE_BYTES = 4 << 20;

    /** Copies the lists. */
    public Hotwords {
        words = List.copyOf(words);
        notices = List.copyOf(notices);
    }

    /** Words as the program's caller has them; one may contain commas. */
    public static Hotwords of(List<String> raw) {
        Set<String> words = new LinkedHashSet<>();
        int tooLong = 0;
        for (String one : raw) {
            String word = oneLine(one);
            if (word.length() > MAX_WORD_CHARS) {
                tooLong++;
            } else if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return new Hotwords(List.copyOf(words), tooLong == 0 ? List.of()
                : List.of(tooLong + (tooLong == 1 ? " hotword is" : " hotwords are") + " longer than " + MAX_WORD_CHARS
                        + " characters and left out"));
    }

    /** Words from an option's value, separated by commas (also by the Chinese ones). */
    public static Hotwords parse(String list) {
        return of(List.of(list.split("[,，、]")));
    }

    /**
     * Words from a UTF-8 file, one in a line, with or without byte order mark; empty lines and lines that begin with
     * {@code #} do not count.
     *
     * @throws IllegalArgumentException when the file is missing, larger than {@link #MAX_FILE_BYTES} or not UTF-8
     */
    public static Hotwords read(Path file) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_FILE_BYTES + 1);
        } catch (IOException e) {
            throw new IllegalArgumentException("the hotwords file " + file + " cannot be read: "
                    + (Files.exists(file) ? e.getMessage() : "there is no such file"), e);
        }
        if (bytes.length > MAX_FILE_BYTES) {
            throw new IllegalArgumentException("the hotwords file " + file + " is larger than "
                    + (MAX_FILE_BYTES >> 20) + " MiB");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the hotwords file " + file + " is not UTF-8; save it as UTF-8 text", e);
        }
        List<String> words = new ArrayList<>();
        (text.startsWith("\uFEFF") ? text.substring(1) : text).lines()
                .filter(line -> !line.stripLeading().startsWith("#")).forEach(words::add);
        return of(words);
    }

    /**
     * The words that fit into a prompt, in order; a word that does not fit is left out and shorter ones after it may
     * still get in.
     *
     * @param tokens number of tokens of a text
     * @param budget tokens for all words together with their separators
     */
    public Hotwords within(ToIntFunction<String> tokens, int budget) {
        List<String> kept = new ArrayList<>();
        int left = budget;
        for (String word : words) {
            if (left <= 1) {
                break;
            }
            int needed = tokens.applyAsInt(word + SEPARATOR);
            if (needed <= left) {
                kept.add(word);
                left -= needed;
            }
        }
        if (kept.size() == words.size()) {
            return this;
        }
        List<String> said = new ArrayList<>(notices);
        said.add(words.size() - kept.size() + " of " + words.size() + " hotwords are left out because the prompt has room for "
                + budget + " tokens of them");
        return new Hotwords(kept, said);
    }

    /** White space and control characters, line breaks included, as single spaces; none at the ends. */
    private static String oneLine(String raw) {
        StringBuilder out = new StringBuilder();
        raw.codePoints().forEach(c -> {
            boolean gap = PythonText.isSpace(c) || Character.isISOControl(c);
            if (!gap) {
                out.appendCodePoint(c);
            } else if (!out.isEmpty() && out.charAt(out.length() - 1) != ' ') {
                out.append(' ');
            }
        });
        return out.toString().strip();
    }
}
