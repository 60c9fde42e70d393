package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.util.BitSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/**
 * Checks, before a conversion, that the tokenizer files belong to the model: they are there, and every id names a row of
 * the embedding once. Their content is the tokenizer's business, see {@link ConvertOptions#check}.
 */
final class TokenizerFilesCheck {
    private static final String MERGES = "merges.txt";
    private static final String VOCABULARY = "vocab.json";
    private static final String WHOLE = "tokenizer.json";

    private TokenizerFilesCheck() {}

    static void check(ModelFiles files, ModelConfig config) {
        String folder = config.decoderFolder() + "/";
        boolean whole = files.has(folder + WHOLE);
        boolean parts = files.has(folder + VOCABULARY);
        if (!whole && !parts) {
            throw new WeightsException(Kind.MISSING, files.describe(folder + WHOLE) + " and " + VOCABULARY
                    + " do not exist; the folder needs the tokenizer of the language model.");
        }
        if (parts && !whole && !files.has(folder + MERGES)) {
            throw new WeightsException(Kind.MISSING, files.describe(folder + MERGES)
                    + " does not exist; the tokenizer needs its merges.");
        }
        int rows = config.decoder().vocabSize();
        if (parts) {
            vocabulary(files, folder + VOCABULARY, rows);
        }
        if (whole) {
            addedTokens(files, folder + WHOLE, rows);
        }
    }

    private static void vocabulary(ModelFiles files, String name, int rows) {
        String source = files.describe(name);
        BitSet seen = new BitSet(rows);
        try (JsonParser parser = parser(files, name)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new WeightsException(Kind.MALFORMED, source + " is not a vocabulary: it holds no JSON object.");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String token = parser.currentName();
                if (parser.nextToken() != JsonToken.VALUE_NUMBER_INT) {
                    throw new WeightsException(Kind.MALFORMED, source + " gives token " + Messages.quote(token) + " no id.");
                }
                requireRow(source, token, parser.getLongValue(), rows, seen);
            }
        } catch (JacksonException e) {
            throw Json.malformed(source, e);
        }
    }

    private static void addedTokens(ModelFiles files, String name, int rows) {
        String source = files.describe(name);
        BitSet seen = new BitSet(rows);
        try (JsonParser parser = parser(files, name)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new WeightsException(Kind.MALFORMED, source + " is not a tokenizer: it holds no JSON object.");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String key = parser.currentName();
                parser.nextToken();
                if (key.equals("added_tokens") && parser.currentToken() == JsonToken.START_ARRAY) {
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        if (parser.currentToken() != JsonToken.START_OBJECT) {
                            throw new WeightsException(Kind.MALFORMED,
                                    source + " lists something under added_tokens that is not a token with content and id.");
                        }
                        addedToken(parser, source, rows, seen);
                    }
                } else {
                    parser.skipChildren();
                }
            }
        } catch (JacksonException e) {
            throw Json.malformed(source, e);
        }
    }

    private static void addedToken(JsonParser parser, String source, int rows, BitSet seen) {
        String content = "";
        long id = -1;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            JsonToken value = parser.nextToken();
            if (key.equals("id") && value == JsonToken.VALUE_NUMBER_INT) {
                id = parser.getLongValue();
            } else if (key.equals("content") && value == JsonToken.VALUE_STRING) {
                content = parser.getString();
            } else {
                parser.skipChildren();
            }
        }
        requireRow(source, content, id, rows, seen);
    }

    private static void requireRow(String source, String token, long id, int rows, BitSet seen) {
        if (id < 0 || id >= rows) {
            throw new WeightsException(Kind.MISMATCH, source + " gives token " + Messages.quote(token) + " the id " + id
                    + ", but the embedding has " + rows + " rows.");
        }
        if (seen.get((int) id)) {
            throw new WeightsException(Kind.MALFORMED, source + " gives id " + id + " to two tokens, one of them "
                    + Messages.quote(token) + ".");
        }
        seen.set((int) id);
    }

    private static JsonParser parser(ModelFiles files, String name) {
        byte[] bytes = files.bytes(name);
        ForeignFiles.refuse(bytes, files.describe(name), "a tokenizer file");
        return Json.factory(bytes.length + 1L).createParser(ObjectReadContext.empty(), bytes);
    }
}
