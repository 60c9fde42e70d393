package io.github.funasrjava.tokenizer;

import static io.github.funasrjava.tokenizer.TokenizerException.Kind.ID_OUT_OF_RANGE;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.MALFORMED;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.MERGES_MISMATCH;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.MISSING_FILE;

import java.nio.file.Path;
import java.text.Normalizer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The recogniser's byte-level BPE tokenizer (Qwen2/Qwen3), read from the model's own files: {@code vocab.json} and
 * {@code merges.txt}, or {@code tokenizer.json}; added tokens from {@code tokenizer.json} or
 * {@code tokenizer_config.json}. Thread-safe.
 */
public final class QwenTokenizer {
    /** Longest text that {@link #encode} and {@link #encodeOrdinary} take, in UTF-16 units. */
    public static final int MAX_TEXT_CHARS = 1 << 20;

    private static final String VOCABULARY = "vocab.json";

    private final TokenTable tokens;
    private final AddedTokens added;
    private final TextEncoder encoder;
    private final int size;

    private QwenTokenizer(TokenTable tokens, List<AddedToken> addedTokens) {
        this.tokens = tokens;
        added = new AddedTokens(addedTokens, tokens);
        encoder = new TextEncoder(tokens, TextSplitter.QWEN);
        size = Math.max(tokens.size(), addedTokens.stream().mapToInt(AddedToken::id).max().orElse(-1) + 1);
    }

    /**
     * Reads a tokenizer from a directory such as {@code Qwen3-0.6B}.
     *
     * @throws TokenizerException when a file is missing, malformed or contradicts another
     */
    public static QwenTokenizer load(Path directory) {
        return load(TokenizerFiles.directory(directory));
    }

    /** Reads a tokenizer from anywhere, for example from a jar. */
    public static QwenTokenizer load(TokenizerFiles files) {
        List<AddedToken> added = TokenizerJson.addedTokens(files);
        Optional<byte[]> vocabulary = files.read(VOCABULARY);
        if (vocabulary.isPresent()) {
            TokenTable tokens = VocabularyScanner.read(VOCABULARY, vocabulary.get());
            requireBytes(tokens, VOCABULARY);
            byte[] merges = files.read(MergeList.FILE).orElseThrow(() -> new TokenizerException(MERGES_MISMATCH,
                    MergeList.FILE + " is not in " + files + "; fetch it from where " + VOCABULARY + " came from"));
            MergeList.requireCount(MergeList.FILE, MergeList.count(merges), tokens);
            return new QwenTokenizer(tokens, added);
        }
        TokenizerJson.Model model = TokenizerJson.model(files).orElseThrow(() -> new TokenizerException(MISSING_FILE,
                "neither " + VOCABULARY + " nor " + TokenizerJson.TOKENIZER + " is in " + files
                        + "; fetch the tokenizer files of the model"));
        requireBytes(model.tokens(), TokenizerJson.TOKENIZER);
        MergeList.requireCount(TokenizerJson.TOKENIZER, model.merges().size(), model.tokens());
        for (int i = 0; i < model.merges().size(); i++) {
            String[] merge = model.merges().get(i);
            MergeList.verify(i, merge[0], merge[1], model.tokens());
        }
        return new QwenTokenizer(model.tokens(), added);
    }

    /**
     * Checks every merge of a directory against its vocabulary; {@link #load(Path)} counts them only. Worth its time
     * once, when a model is converted.
     *
     * @throws TokenizerException {@code MERGES_MISMATCH} at the first merge that does not make the next token
     */
    public void verifyMerges(TokenizerFiles files) {
        files.read(MergeList.FILE).ifPresent(merges -> MergeList.verify(merges, tokens));
    }

    private static void requireBytes(TokenTable tokens, String fileName) {
        byte[] one = new byte[1];
        for (int b = 0; b < 256; b++) {
            one[0] = (byte) b;
            int id = tokens.find(one, 0, 1);
            if (id < 0 || id > 255) {
                throw new TokenizerException(MALFORMED, fileName + " lacks the byte " + b
                        + " among its first 256 tokens; it is not the vocabulary of a Qwen tokenizer");
            }
        }
    }

    /** Highest id + 1, added tokens included. */
    public int size() {
        return size;
    }

    /**
     * Checks that every id has a row in the embedding.
     *
     * @throws TokenizerException {@code ID_OUT_OF_RANGE} otherwise
     */
    public void requireWithin(int rows) {
        if (size > rows) {
            throw new TokenizerException(ID_OUT_OF_RANGE, "the tokenizer has the id " + (size - 1)
                    + " but the model has " + rows + " embedding rows; their files do not belong together");
        }
    }

    /** All added tokens by increasing id. */
    public List<AddedToken> addedTokens() {
        return added.inIdOrder();
    }

    /** The id of an added token, such as {@code <|im_end|>}. */
    public OptionalInt addedTokenId(String content) {
        AddedToken token = added.byContent(content);
        return token == null ? OptionalInt.empty() : OptionalInt.of(token.id());
    }

    /** Whether {@code skipSpecial} drops the id. */
    public boolean isSpecial(int id) {
        AddedToken token = added.byId(id);
        return token != null && token.special();
    }

    /**
     * Ids of trusted text: added tokens in it are recognised. Only for text the program writes itself.
     *
     * @throws TokenizerException {@code TEXT_TOO_LONG} above {@link #MAX_TEXT_CHARS}
     */
    public int[] encode(String text) {
        String checked = TextInput.checked(text, MAX_TEXT_CHARS);
        IdList ids = new IdList();
        added.split(checked, part -> {
            for (int id : encodeChecked(part)) {
                ids.add(id);
            }
        }, ids::add);
        return ids.toArray();
    }

    /**
     * Ids of anyone's text: whatever it says, no added token comes out of it.
     *
     * @throws TokenizerException {@code TEXT_TOO_LONG} above {@link #MAX_TEXT_CHARS}
     */
    public int[] encodeOrdinary(String text) {
        return encodeChecked(TextInput.checked(text, MAX_TEXT_CHARS));
    }

    private int[] encodeChecked(String text) {
        return encoder.encode(Normalizer.normalize(text, Normalizer.Form.NFC));
    }

    /** The bytes of an id; none for an id without token. */
    public byte[] bytes(int id) {
        AddedToken token = added.byId(id);
        return token == null ? tokens.bytes(id) : token.content().getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    /**
     * The text of ids; U+FFFD for each maximal ill-formed part, nothing for ids without token.
     *
     * @param skipSpecial drops the special tokens
     */
    public String decode(int[] ids, boolean skipSpecial) {
        StreamingDecoder decoder = streamingDecoder(skipSpecial);
        StringBuilder out = new StringBuilder();
        for (int id : ids) {
            decoder.append(id, out);
        }
        return out.append(decoder.finish()).toString();
    }

    /** A decoder for ids that come one by one. */
    public StreamingDecoder streamingDecoder(boolean skipSpecial) {
        return new StreamingDecoder(this, skipSpecial);
    }
}
