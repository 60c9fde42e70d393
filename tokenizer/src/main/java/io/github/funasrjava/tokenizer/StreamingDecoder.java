package io.github.funasrjava.tokenizer;

/**
 * Decodes ids as they come. A character whose bytes are spread over several tokens appears with its last byte, so no
 * partial text ever shows U+FFFD for a character that is still on its way. Not thread-safe.
 */
public final class StreamingDecoder {
    private final QwenTokenizer tokenizer;
    private final boolean skipSpecial;
    private final Utf8Decoder utf8 = new Utf8Decoder();

    StreamingDecoder(QwenTokenizer tokenizer, boolean skipSpecial) {
        this.tokenizer = tokenizer;
        this.skipSpecial = skipSpecial;
    }

    /** The text that this id completes, possibly empty. */
    public String append(int id) {
        StringBuilder out = new StringBuilder();
        append(id, out);
        return out.toString();
    }

    /** What is left: U+FFFD for a character that never became complete, else nothing. The decoder can be used again. */
    public String finish() {
        StringBuilder out = new StringBuilder();
        utf8.finish(out);
        return out.toString();
    }

    void append(int id, StringBuilder out) {
        if (skipSpecial && tokenizer.isSpecial(id)) {
            return;
        }
        for (byte b : tokenizer.bytes(id)) {
            utf8.append(b, out);
        }
    }
}
