package io.github.funasrjava.tokenizer;

import static io.github.funasrjava.tokenizer.TokenizerException.Kind.MISSING_FILE;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The vocabulary of the CTC branch ({@code multilingual.tiktoken}): ranks, followed by the 1,679 special tokens of the
 * reference. Not the tokenizer of the recognised text. Thread-safe.
 */
public final class CtcTokenizer {
    /** Name of the file in a model directory. */
    public static final String FILE = "multilingual.tiktoken";
    /** Longest text that {@link #encode} takes, in UTF-16 units. */
    public static final int MAX_TEXT_CHARS = 1 << 20;

    private final TokenTable ranks;
    private final TextEncoder encoder;

    private CtcTokenizer(TokenTable ranks) {
        this.ranks = ranks;
        encoder = new TextEncoder(ranks, TextSplitter.GPT2);
    }

    /**
     * Reads {@code multilingual.tiktoken} from a model directory.
     *
     * @throws TokenizerException when it is missing or malformed
     */
    public static CtcTokenizer load(Path modelDirectory) {
        return load(TokenizerFiles.directory(modelDirectory));
    }

    /** Reads {@code multilingual.tiktoken} from anywhere, for example from a jar. */
    public static CtcTokenizer load(TokenizerFiles files) {
        return new CtcTokenizer(TiktokenFile.read(FILE, files.read(FILE).orElseThrow(() -> new TokenizerException(
                MISSING_FILE, FILE + " is not in " + files + "; the CTC branch cannot be used without it"))));
    }

    /** Number of ranks in the file; the special tokens have the ids from here on. */
    public int rankCount() {
        return ranks.size();
    }

    /** Ranks and special tokens: the reference's default for {@code ctc_vocab_size}, 60,515 for the published file. */
    public int size() {
        return ranks.size() + CtcSpecialTokens.ALL.size();
    }

    /**
     * The blank of a head with that many classes: its last class, whatever token has the same id (for the published
     * models {@code <|30.00|>}). {@code ctc_conf.blank_id} of the configuration goes before it.
     */
    public static int blankId(int ctcVocabSize) {
        return ctcVocabSize - 1;
    }

    /**
     * Ids of anyone's text, without normalisation; names of special tokens in it are ordinary text.
     *
     * @throws TokenizerException {@code TEXT_TOO_LONG} above {@link #MAX_TEXT_CHARS}
     */
    public int[] encode(String text) {
        return encoder.encode(TextInput.checked(text, MAX_TEXT_CHARS));
    }

    /**
     * The text of ids: timestamps are dropped, other special tokens appear by name; U+FFFD for each maximal ill-formed
     * part of the bytes, nothing for ids beyond the vocabulary.
     */
    public String decode(int... ids) {
        Utf8Decoder utf8 = new Utf8Decoder();
        StringBuilder out = new StringBuilder();
        for (int id : ids) {
            for (byte b : bytes(id)) {
                utf8.append(b, out);
            }
        }
        utf8.finish(out);
        return out.toString();
    }

    /** The text of a CTC path without blanks and repetitions, as results show it: without {@code <|nospeech|>}. */
    public String transcript(int... collapsedIds) {
        return decode(collapsedIds).replace(CtcSpecialTokens.NO_SPEECH, "");
    }

    /** The bytes of an id as {@link #decode} uses them: none for timestamps and ids beyond the vocabulary. */
    public byte[] bytes(int id) {
        int special = id - ranks.size();
        if (special < 0) {
            return ranks.bytes(id);
        }
        return special < CtcSpecialTokens.FIRST_TIMESTAMP
                ? CtcSpecialTokens.ALL.get(special).getBytes(StandardCharsets.UTF_8) : new byte[0];
    }
}
