package io.github.funasrjava.tokenizer;

import static io.github.funasrjava.tokenizer.TokenizerException.Kind.MALFORMED;

/**
 * Reads {@code vocab.json}: one flat JSON object from token to id, nothing else. A general JSON reader makes a string
 * of each of 151,643 keys; this one pass turns file bytes into token bytes directly.
 */
final class VocabularyScanner {
    private final String fileName;
    private final byte[] json;
    private int at;

    private VocabularyScanner(String fileName, byte[] json) {
        this.fileName = fileName;
        this.json = json;
    }

    static TokenTable read(String fileName, byte[] json) {
        return new VocabularyScanner(fileName, json).object();
    }

    private TokenTable object() {
        TokenTable.Builder table = new TokenTable.Builder(fileName, json.length / 2);
        expect('{');
        if (next() != '}') {
            at--;
            int separator;
            do {
                expect('"');
                int begin = table.begin();
                key(table);
                expect(':');
                table.end(begin, number());
                separator = next();
            } while (separator == ',');
            if (separator != '}') {
                throw malformed("',' or '}' expected");
            }
        }
        skipSpace();
        if (at < json.length) {
            throw malformed("text after the closing brace");
        }
        return table.build();
    }

    private void key(TokenTable.Builder table) {
        while (at < json.length) {
            int c = json[at++];
            if (c == '"') {
                return;
            }
            if (c == '\\') {
                c = escape();
            } else if (c < 0) {
                // The alphabet ends below U+0144, so only two-byte sequences can be right.
                int low = at < json.length ? json[at] : 0;
                if ((c & 0xE0) != 0xC0 || (low & 0xC0) != 0x80) {
                    throw malformed("a character outside the byte alphabet");
                }
                at++;
                c = (c & 0x1F) << 6 | low & 0x3F;
            }
            int b = ByteAlphabet.byteOf(c);
            if (b < 0) {
                throw malformed("a character outside the byte alphabet");
            }
            table.append(b);
        }
        throw malformed("a token without closing quote");
    }

    private int escape() {
        int c = at < json.length ? json[at++] : 0;
        if (c == '"' || c == '\\' || c == '/') {
            return c;
        }
        if (c != 'u' || json.length - at < 4) {
            throw malformed("an escape that no token needs");
        }
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(json[at++], 16);
            if (digit < 0) {
                throw malformed("a broken \\u escape");
            }
            value = value << 4 | digit;
        }
        return value;
    }

    private long number() {
        skipSpace();
        int begin = at;
        long value = 0;
        while (at < json.length && json[at] >= '0' && json[at] <= '9' && at - begin < 18) {
            value = value * 10 + (json[at++] - '0');
        }
        if (at == begin || json[begin] == '0' && at > begin + 1) {
            throw malformed("an id that is not a whole number");
        }
        return value;
    }

    private void expect(char wanted) {
        if (next() != wanted) {
            throw malformed("'" + wanted + "' expected");
        }
    }

    private int next() {
        skipSpace();
        return at < json.length ? json[at++] : -1;
    }

    private void skipSpace() {
        while (at < json.length && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) {
            at++;
        }
    }

    private TokenizerException malformed(String problem) {
        return new TokenizerException(MALFORMED, fileName + " is not a token list: " + problem + " at byte "
                + Math.min(at, json.length) + FileKind.hint(json));
    }
}
