package io.github.funasrjava.tokenizer;

/**
 * UTF-8 to text, byte by byte, with one U+FFFD per maximal ill-formed subpart (Unicode chapter 3, table 3-7, as Python
 * and the reference tokenizers do; the JDK's own decoder gives one U+FFFD for a three-byte surrogate, not three).
 * Bytes of an incomplete character are held back.
 */
final class Utf8Decoder {
    private static final char REPLACEMENT = '\uFFFD';

    private int codePoint;
    private int missing;
    private int lowest;
    private int highest;

    /** Appends what the byte completes. */
    void append(byte value, StringBuilder out) {
        int b = value & 0xFF;
        if (missing > 0) {
            if (b >= lowest && b <= highest) {
                codePoint = codePoint << 6 | b & 0x3F;
                lowest = 0x80;
                highest = 0xBF;
                if (--missing == 0) {
                    out.appendCodePoint(codePoint);
                }
                return;
            }
            missing = 0;
            out.append(REPLACEMENT);
        }
        if (b < 0x80) {
            out.append((char) b);
        } else if (b >= 0xC2 && b <= 0xF4) {
            lead(b);
        } else {
            out.append(REPLACEMENT);
        }
    }

    /** Appends U+FFFD for a character that never became complete. */
    void finish(StringBuilder out) {
        if (missing > 0) {
            missing = 0;
            out.append(REPLACEMENT);
        }
    }

    /** The second byte's range excludes overlong forms, surrogates and what lies beyond U+10FFFF. */
    private void lead(int b) {
        lowest = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
        highest = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;
        missing = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
        codePoint = b & (0x3F >> missing);
    }
}
