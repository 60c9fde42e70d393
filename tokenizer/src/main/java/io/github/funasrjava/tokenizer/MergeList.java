package io.github.funasrjava.tokenizer;

import static io.github.funasrjava.tokenizer.TokenizerException.Kind.MALFORMED;
import static io.github.funasrjava.tokenizer.TokenizerException.Kind.MERGES_MISMATCH;

/**
 * Checks {@code merges.txt} against the vocabulary. Encoding itself never needs it: a vocabulary in which merge
 * {@code i} makes id {@code 256 + i} says the same by its ids, and that is what is checked here.
 */
final class MergeList {
    static final String FILE = "merges.txt";

    private MergeList() {}

    /** Number of merges in a merges.txt: its lines without the version line and without empty ones. */
    static int count(byte[] file) {
        int merges = 0;
        for (int at = afterVersion(file); at < file.length;) {
            int end = lineEnd(file, at);
            if (end > at && !(end == at + 1 && file[at] == '\r')) {
                merges++;
            }
            at = end + 1;
        }
        return merges;
    }

    /** @throws TokenizerException {@code MERGES_MISMATCH} unless every token of two or more bytes has its merge */
    static void requireCount(String fileName, int merges, TokenTable tokens) {
        int wanted = tokens.count() - 256;
        if (merges != wanted) {
            throw new TokenizerException(MERGES_MISMATCH, fileName + " has " + merges + " merges but the vocabulary of "
                    + tokens.count() + " tokens needs " + wanted + "; fetch both files again from one place");
        }
    }

    /** Checks every line: two known tokens, whose joined bytes are the token with the next id. */
    static void verify(byte[] file, TokenTable tokens) {
        byte[] joined = new byte[file.length];
        int merge = 0;
        for (int at = afterVersion(file); at < file.length;) {
            int end = lineEnd(file, at);
            int last = end > at && file[end - 1] == '\r' ? end - 1 : end;
            if (last > at) {
                int split = -1;
                int length = 0;
                for (int i = at; i < last; i++) {
                    int c = file[i];
                    if (c == ' ') {
                        split = split < 0 ? length : Integer.MAX_VALUE;
                        continue;
                    }
                    if ((c & 0xE0) == 0xC0 && i + 1 < last) {
                        c = (c & 0x1F) << 6 | file[++i] & 0x3F;
                    }
                    int b = c < 0 ? -1 : ByteAlphabet.byteOf(c);
                    if (b < 0) {
                        throw new TokenizerException(MALFORMED, FILE + " has a character outside the byte alphabet in merge "
                                + merge + FileKind.hint(file));
                    }
                    joined[length++] = (byte) b;
                }
                requireMerge(FILE, merge++, joined, split, length, tokens);
            }
            at = end + 1;
        }
    }

    /** Checks one merge of a tokenizer.json. */
    static void verify(int merge, String left, String right, TokenTable tokens) {
        String both = left + right;
        byte[] joined = new byte[both.length()];
        for (int i = 0; i < joined.length; i++) {
            int b = ByteAlphabet.byteOf(both.charAt(i));
            if (b < 0) {
                throw new TokenizerException(MALFORMED, TokenizerJson.TOKENIZER
                        + " has a character outside the byte alphabet in merge " + merge);
            }
            joined[i] = (byte) b;
        }
        requireMerge(TokenizerJson.TOKENIZER, merge, joined, left.length(), joined.length, tokens);
    }

    private static void requireMerge(String fileName, int merge, byte[] joined, int split, int length,
            TokenTable tokens) {
        boolean known = split > 0 && split < length && tokens.find(joined, 0, split) >= 0
                && tokens.find(joined, split, length) >= 0;
        if (!known || tokens.find(joined, 0, length) != 256 + merge) {
            throw new TokenizerException(MERGES_MISMATCH, fileName + " and the vocabulary do not belong together: merge "
                    + merge + " does not make the token " + (256 + merge));
        }
    }

    private static int afterVersion(byte[] file) {
        byte[] version = {'#', 'v', 'e', 'r', 's', 'i', 'o', 'n'};
        return java.util.Arrays.equals(file, 0, Math.min(file.length, version.length), version, 0, version.length)
                ? Math.min(file.length, lineEnd(file, 0) + 1) : 0;
    }

    private static int lineEnd(byte[] file, int from) {
        int at = from;
        while (at < file.length && file[at] != '\n') {
            at++;
        }
        return at;
    }
}
