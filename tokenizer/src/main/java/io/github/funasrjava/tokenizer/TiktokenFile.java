package io.github.funasrjava.tokenizer;

import static io.github.funasrjava.tokenizer.TokenizerException.Kind.MALFORMED;

import java.util.Arrays;

/** Reads a .tiktoken file: lines {@code base64(bytes) rank}, ranks 0, 1, 2, … each once. */
final class TiktokenFile {
    private static final byte[] BASE64 = new byte[128];

    static {
        Arrays.fill(BASE64, (byte) -1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int i = 0; i < alphabet.length(); i++) {
            BASE64[alphabet.charAt(i)] = (byte) i;
        }
    }

    private final String fileName;
    private final byte[] file;
    private int at;
    private int line = 1;

    private TiktokenFile(String fileName, byte[] file) {
        this.fileName = fileName;
        this.file = file;
    }

    static TokenTable read(String fileName, byte[] file) {
        return new TiktokenFile(fileName, file).table();
    }

    private TokenTable table() {
        TokenTable.Builder table = new TokenTable.Builder(fileName, file.length / 2);
        while (at < file.length) {
            int begin = table.begin();
            token(table);
            table.end(begin, rank());
            line++;
        }
        TokenTable tokens = table.build();
        if (tokens.count() == 0 || tokens.count() != tokens.size()) {
            throw malformed("its " + tokens.count() + " ranks are not 0 to " + (tokens.count() - 1));
        }
        return tokens;
    }

    /** Base64 up to the space. Whisper's empty token is written as a lone '=', which strict decoders refuse. */
    private void token(TokenTable.Builder table) {
        int bits = 0;
        int held = 0;
        int padding = 0;
        while (at < file.length && file[at] != ' ') {
            int c = file[at++];
            if (c == '=') {
                padding++;
                continue;
            }
            int value = c < 0 || padding > 0 ? -1 : BASE64[c];
            if (value < 0) {
                throw malformed("a character that is not base64");
            }
            bits = bits << 6 | value;
            held += 6;
            if (held >= 8) {
                held -= 8;
                table.append(bits >> held);
            }
        }
        if (held == 6 || padding > 2 || (bits & (1 << held) - 1) != 0) {
            throw malformed("broken base64");
        }
    }

    private long rank() {
        if (at >= file.length) {
            throw malformed("a line without rank");
        }
        int begin = ++at;
        long value = 0;
        while (at < file.length && file[at] >= '0' && file[at] <= '9' && at - begin < 9) {
            value = value * 10 + (file[at++] - '0');
        }
        boolean digits = at > begin;
        if (at < file.length && file[at] == '\r') {
            at++;
        }
        if (!digits || at < file.length && file[at] != '\n') {
            throw malformed("a rank that is not a number");
        }
        at++;
        return value;
    }

    private TokenizerException malformed(String problem) {
        return new TokenizerException(MALFORMED,
                fileName + " is not a token list: " + problem + ", line " + line + FileKind.hint(file));
    }
}
