package io.github.funasrjava.tokenizer;

import static io.github.funasrjava.tokenizer.TokenizerException.Kind.FILE_TOO_LARGE;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.MALFORMED;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.MERGES_MISMATCH;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.MISSING_FILE;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.UNSUPPORTED;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads {@code tokenizer.json} (added tokens, or everything) and the added tokens of {@code tokenizer_config.json},
 * as streams: of an 11 MB tokenizer.json only the head is read when the vocabulary comes from vocab.json.
 */
final class TokenizerJson {
    static final String TOKENIZER = "tokenizer.json";
    static final String CONFIG = "tokenizer_config.json";

    private static final JsonFactory JSON = JsonFactory.builder().streamReadConstraints(
            StreamReadConstraints.builder().maxDocumentLength(TokenizerFiles.MAX_FILE_BYTES).build()).build();
    private static final int MAX_ADDED_TOKENS = 10_000;

    /** Vocabulary and merges of a tokenizer.json; each merge as its two parts in the byte alphabet. */
    record Model(TokenTable tokens, List<String[]> merges) {}

    /** Where a reader stands in a file: what it looks at next. */
    @FunctionalInterface
    private interface Section<T> {
        T read(JsonParser json);
    }

    private TokenizerJson() {}

    /** Added tokens of tokenizer.json, or else of tokenizer_config.json. */
    static List<AddedToken> addedTokens(TokenizerFiles files) {
        Optional<List<AddedToken>> found = read(files, TOKENIZER, json -> property(json, "added_tokens")
                ? arrayOfAdded(json) : List.<AddedToken>of());
        if (found.isEmpty()) {
            found = read(files, CONFIG, json -> property(json, "added_tokens_decoder")
                    ? decoderMap(json) : List.<AddedToken>of());
        }
        return found.orElseThrow(() -> new TokenizerException(MISSING_FILE,
                "neither " + TOKENIZER + " nor " + CONFIG + " is in " + files
                        + "; one of them must name the added tokens such as <|im_end|>"));
    }

    /** Vocabulary and merges of tokenizer.json; empty when there is no such file. */
    static Optional<Model> model(TokenizerFiles files) {
        return read(files, TOKENIZER, TokenizerJson::wholeModel);
    }

    private static Model wholeModel(JsonParser json) {
        Model model = null;
        boolean splits = false;
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            json.nextToken();
            if (name.equals("model")) {
                model = bpe(json);
            } else if (name.equals("pre_tokenizer")) {
                splits = containsString(json, TextSplitter.QWEN);
            } else {
                json.skipChildren();
            }
        }
        if (model == null) {
            throw new TokenizerException(MALFORMED, TOKENIZER + " has no model");
        }
        if (!splits) {
            throw new TokenizerException(UNSUPPORTED, TOKENIZER
                    + " splits words by another pattern than Qwen's; this engine reads Qwen tokenizers only");
        }
        return model;
    }

    private static Model bpe(JsonParser json) {
        TokenTable tokens = null;
        List<String[]> merges = null;
        require(json, JsonToken.START_OBJECT);
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "type" -> {
                    if (!json.getString().equals("BPE")) {
                        throw new TokenizerException(UNSUPPORTED, TOKENIZER + " has a model of type "
                                + json.getString() + "; this engine reads byte-level BPE only");
                    }
                }
                case "vocab" -> tokens = vocabulary(json);
                case "merges" -> merges = merges(json);
                default -> json.skipChildren();
            }
        }
        if (tokens == null) {
            throw new TokenizerException(MALFORMED, TOKENIZER + " has no vocabulary");
        }
        if (merges == null) {
            throw new TokenizerException(MERGES_MISMATCH, TOKENIZER + " has no merges; fetch the published file");
        }
        return new Model(tokens, merges);
    }

    private static TokenTable vocabulary(JsonParser json) {
        require(json, JsonToken.START_OBJECT);
        TokenTable.Builder table = new TokenTable.Builder(TOKENIZER, 1 << 16);
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String token = json.currentName();
            int begin = table.begin();
            for (int i = 0; i < token.length(); i++) {
                int b = ByteAlphabet.byteOf(token.charAt(i));
                if (b < 0) {
                    throw new TokenizerException(MALFORMED,
                            TOKENIZER + " has a token with a character outside the byte alphabet");
                }
                table.append(b);
            }
            json.nextToken();
            require(json, JsonToken.VALUE_NUMBER_INT);
            table.end(begin, json.getLongValue());
        }
        return table.build();
    }

    /** Pairs, or "a b" strings in older files. */
    private static List<String[]> merges(JsonParser json) {
        require(json, JsonToken.START_ARRAY);
        List<String[]> merges = new ArrayList<>();
        for (JsonToken token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
            String[] parts;
            if (token == JsonToken.START_ARRAY) {
                json.nextToken();
                String left = string(json);
                json.nextToken();
                parts = new String[] {left, string(json)};
                json.nextToken();
                require(json, JsonToken.END_ARRAY);
            } else {
                parts = string(json).split(" ", -1);
            }
            if (parts.length != 2) {
                throw new TokenizerException(MALFORMED, TOKENIZER + " has a merge of " + parts.length + " parts");
            }
            merges.add(parts);
        }
        return merges;
    }

    private static List<AddedToken> arrayOfAdded(JsonParser json) {
        require(json, JsonToken.START_ARRAY);
        List<AddedToken> added = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            add(added, addedToken(json, -1, TOKENIZER));
        }
        return added;
    }

    private static List<AddedToken> decoderMap(JsonParser json) {
        require(json, JsonToken.START_OBJECT);
        List<AddedToken> added = new ArrayList<>();
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            long id;
            try {
                id = Long.parseLong(json.currentName());
            } catch (NumberFormatException e) {
                throw new TokenizerException(MALFORMED, CONFIG + " has an added token whose id is not a number", e);
            }
            json.nextToken();
            add(added, addedToken(json, id, CONFIG));
        }
        return added;
    }

    private static void add(List<AddedToken> added, AddedToken token) {
        if (added.size() == MAX_ADDED_TOKENS) {
            throw new TokenizerException(MALFORMED, "more than " + MAX_ADDED_TOKENS + " added tokens");
        }
        added.add(token);
    }

    private static AddedToken addedToken(JsonParser json, long keyId, String fileName) {
        require(json, JsonToken.START_OBJECT);
        long id = keyId;
        String content = "";
        boolean special = false;
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "id" -> {
                    require(json, JsonToken.VALUE_NUMBER_INT);
                    id = json.getLongValue();
                }
                case "content" -> content = string(json);
                case "special" -> special = json.getBooleanValue();
                case "lstrip", "rstrip", "single_word" -> {
                    if (json.getBooleanValue()) {
                        throw new TokenizerException(UNSUPPORTED, fileName + " has an added token with " + name
                                + "; Qwen's added tokens are matched literally");
                    }
                }
                default -> json.skipChildren();
            }
        }
        if (content.isEmpty()) {
            throw new TokenizerException(MALFORMED, fileName + " has an added token without text");
        }
        if (id < 0 || id > TokenTable.MAX_ID) {
            throw new TokenizerException(TokenizerException.Kind.ID_OUT_OF_RANGE, fileName + " gives the added token "
                    + content + " the id " + id + "; ids run from 0 to " + TokenTable.MAX_ID);
        }
        return new AddedToken((int) id, content, special);
    }

    /** Moves to the value of a property of the current object; false when the object ends without it. */
    private static boolean property(JsonParser json, String name) {
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            boolean found = json.currentName().equals(name);
            json.nextToken();
            if (found) {
                return true;
            }
            json.skipChildren();
        }
        return false;
    }

    private static boolean containsString(JsonParser json, String wanted) {
        boolean found = false;
        int depth = 0;
        for (JsonToken token = json.currentToken(); token != null; token = json.nextToken()) {
            if (token == JsonToken.VALUE_STRING) {
                found |= json.getString().equals(wanted);
            } else if (token.isStructStart()) {
                depth++;
            } else if (token.isStructEnd()) {
                depth--;
            }
            if (depth == 0) {
                break;
            }
        }
        return found;
    }

    private static String string(JsonParser json) {
        require(json, JsonToken.VALUE_STRING);
        return json.getString();
    }

    private static void require(JsonParser json, JsonToken wanted) {
        if (json.currentToken() != wanted) {
            throw new TokenizerException(MALFORMED, "the tokenizer file has " + json.currentToken() + " where "
                    + wanted + " belongs, at line " + json.currentTokenLocation().getLineNr());
        }
    }

    private static <T> Optional<T> read(TokenizerFiles files, String name, Section<T> section) {
        try {
            Optional<InputStream> opened = files.open(name);
            if (opened.isEmpty()) {
                return Optional.empty();
            }
            try (InputStream in = opened.get(); JsonParser json = JSON.createParser(ObjectReadContext.empty(), in)) {
                json.nextToken();
                require(json, JsonToken.START_OBJECT);
                return Optional.of(section.read(json));
            }
        } catch (StreamConstraintsException e) {
            throw new TokenizerException(FILE_TOO_LARGE, name + " is larger or deeper than any real one: "
                    + e.getOriginalMessage(), e);
        } catch (JacksonException e) {
            throw new TokenizerException(MALFORMED, name + " is not a tokenizer description: "
                    + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new TokenizerException(MISSING_FILE, name + " cannot be read: " + e.getMessage(), e);
        }
    }
}
