package io.github.funasrjava.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * Ordinary text to ids. jtokkit does it, but building it costs more than the rest of a cold start together, and a
 * plain transcription encodes a prompt of a few words; so the first short texts go through {@link BytePairMerger},
 * which needs nothing beyond the table. Both give the same ids (tested against each other and the goldens).
 */
final class TextEncoder {
    /** Characters encoded without jtokkit before it is worth building. */
    static final int CHARS_BEFORE_JTOKKIT = 1 << 16;

    private final TokenTable tokens;
    private final String patternText;
    private final Pattern pattern;
    private final BytePairMerger merger;
    private final AtomicLong charsSoFar = new AtomicLong();
    private volatile JtokkitEncoder jtokkit;

    TextEncoder(TokenTable tokens, String pattern) {
        this.tokens = tokens;
        this.patternText = pattern;
        this.pattern = TextSplitter.compile(pattern);
        merger = new BytePairMerger(tokens);
    }

    int[] encode(String text) {
        if (jtokkit == null && charsSoFar.addAndGet(text.length()) <= CHARS_BEFORE_JTOKKIT) {
            return encodeWithMerger(text);
        }
        return encodeWithJtokkit(text);
    }

    int[] encodeWithMerger(String text) {
        IdList ids = new IdList();
        TextSplitter.split(pattern, text, piece -> merger.encode(piece.getBytes(StandardCharsets.UTF_8), ids));
        return ids.toArray();
    }

    int[] encodeWithJtokkit(String text) {
        JtokkitEncoder built = jtokkit;
        if (built == null) {
            synchronized (this) {
                built = jtokkit;
                if (built == null) {
                    built = new JtokkitEncoder(tokens, patternText);
                    jtokkit = built;
                }
            }
        }
        return built.encode(text);
    }
}
