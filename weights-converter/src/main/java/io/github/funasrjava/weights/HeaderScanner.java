package io.github.funasrjava.weights;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The little of JSON that a safetensors header consists of: objects, arrays, strings and whole numbers. It is read without
 * the JSON library because opening a model is measured from a cold JVM, where this takes a third of the time, and because
 * the format asks for more strictness (UTF-8, surrogates) than the library has.
 */
final class HeaderScanner {
    /** The header is not what the format asks for; the message says where. */
    static final class ScanException extends Exception {
        private static final long serialVersionUID = 1L;

        ScanException(String message) {
            super(message);
        }
    }

    private final byte[] json;
    private final int maxStringBytes;
    private int position;

    HeaderScanner(byte[] json, int maxStringBytes) {
        this.json = json;
        this.maxStringBytes = maxStringBytes;
    }

    /** Steps over {@code c}, which must come next. */
    void expect(char c) throws ScanException {
        if (!tryStep(c)) {
            throw error("'" + c + "' is missing");
        }
    }

    /** Steps over {@code c} if it comes next. */
    boolean tryStep(char c) {
        skipSpace();
        if (position < json.length && json[position] == c) {
            position++;
            return true;
        }
        return false;
    }

    /**
     * After an opening bracket, and after each item: whether another item follows.
     *
     * @param first whether no item has been read yet
     */
    boolean more(boolean first, char close) throws ScanException {
        if (tryStep(close)) {
            return false;
        }
        if (!first) {
            expect(',');
        }
        return true;
    }

    /** Whether nothing but white space is left. */
    boolean atEnd() {
        skipSpace();
        return position == json.length;
    }

    /** A whole number from 0 on. */
    long number() throws ScanException {
        skipSpace();
        int start = position;
        long value = 0;
        while (position < json.length && json[position] >= '0' && json[position] <= '9') {
            int digit = json[position] - '0';
            if (value > (Long.MAX_VALUE - digit) / 10) {
                throw error("a number is larger than 2^63");
            }
            value = value * 10 + digit;
            position++;
        }
        if (position == start) {
            throw error(position < json.length && json[position] == '-'
                    ? "a negative number" : "a whole number is missing");
        }
        if (json[start] == '0' && position > start + 1) {
            throw error("a number with a leading zero");
        }
        if (position < json.length && (json[position] == '.' || json[position] == 'e' || json[position] == 'E')) {
            throw error("a number that is not whole");
        }
        return value;
    }

    /** A string, decoded; lone surrogates and invalid UTF-8 are errors. */
    String string() throws ScanException {
        expect('"');
        int start = position;
        boolean ascii = true;
        while (position < json.length) {
            byte b = json[position];
            if (b == '"') {
                int length = position - start;
                position++;
                checkLength(length);
                return ascii ? new String(json, start, length, StandardCharsets.ISO_8859_1) : utf8(start, length);
            }
            if (b == '\\') {
                return escaped(start);
            }
            if (b >= 0 && b < ' ') {
                throw error("a control character in a text");
            }
            ascii &= b > 0;
            position++;
        }
        throw error("a text without end");
    }

    /** Continues at the first escape of a string that began at {@code start}. */
    private String escaped(int start) throws ScanException {
        StringBuilder out = new StringBuilder();
        int plain = start;
        while (position < json.length) {
            byte b = json[position];
            if (b == '"' || b == '\\') {
                out.append(utf8(plain, position - plain));
                position++;
                if (b == '"') {
                    requirePairs(out);
                    return out.toString();
                }
                out.append(escape());
                plain = position;
                checkLength(position - start);
            } else if (b >= 0 && b < ' ') {
                throw error("a control character in a text");
            } else {
                position++;
            }
        }
        throw error("a text without end");
    }

    private char escape() throws ScanException {
        if (position == json.length) {
            throw error("a text without end");
        }
        return switch (json[position++]) {
            case '"' -> '"';
            case '\\' -> '\\';
            case '/' -> '/';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> hex();
            default -> throw error("an unknown escape in a text");
        };
    }

    private char hex() throws ScanException {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = position < json.length ? Character.digit(json[position++], 16) : -1;
            if (digit < 0) {
                throw error("a broken \\u escape");
            }
            value = value << 4 | digit;
        }
        return (char) value;
    }

    private void requirePairs(CharSequence text) throws ScanException {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                boolean pair = Character.isHighSurrogate(text.charAt(i)) && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    throw error("an unpaired surrogate");
                }
                i++;
            }
        }
    }

    private String utf8(int start, int length) throws ScanException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json, start, length)).toString();
        } catch (CharacterCodingException e) {
            throw error("a text that is not UTF-8");
        }
    }

    private void checkLength(int length) throws ScanException {
        if (length > maxStringBytes) {
            throw error("a text of more than " + maxStringBytes + " bytes");
        }
    }

    private void skipSpace() {
        while (position < json.length
                && (json[position] == ' ' || json[position] == '\n' || json[position] == '\r' || json[position] == '\t')) {
            position++;
        }
    }

    private ScanException error(String what) {
        return new ScanException(what + " at byte " + (8 + position));
    }
}
