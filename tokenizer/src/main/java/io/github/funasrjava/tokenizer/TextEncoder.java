package io.github.funasrjava.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * Ordinary text to ids. jtokkit does it for whoever encodes much; but building it takes 0.3 s and 31 MB (2 cores,
 * published vocabulary), and a transcription encodes a prompt of a few words. So the first texts go through
 * {@link BytePairMerger}, which needs nothing beyond the table, and jtokkit is built behind them when they add up. Both
 * give the same ids (tested against each other, the merge list and the goldens).
 */
final class TextEncoder {
    /** Characters encoded without jtokkit before it is worth building. */
    static final int CHARS_BEFORE_JTOKKIT = 1 << 16;

    private final TokenTable tokens;
    private final String patternText;
    private final Pattern pattern;
    private final BytePairMerger merger;
    private final AtomicLong charsSoFar = new AtomicLong();
    private final AtomicBoolean building = new AtomicBoolean();
    private volatile JtokkitEncoder jtokkit;

    TextEncoder(TokenTable tokens, String pattern) {
        this.tokens = tokens;
        this.patternText = pattern;
        this.pattern = TextSplitter.compile(pattern);
        merger = new BytePairMerger(tokens);
    }

    int[] encode(String text) {
        JtokkitEncoder built = jtokkit;
        if (built != null) {
            return built.encode(text);
        }
        if (charsSoFar.addAndGet(text.length()) > CHARS_BEFORE_JTOKKIT && building.compareAndSet(false, true)) {
            Thread.ofPlatform().daemon().name("tokenizer").start(this::build);
        }
        return encodeWithMerger(text);
    }

    /** Builds jtokkit if it is not there; on return it encodes all further texts. */
    synchronized void build() {
        if (jtokkit == null) {
            jtokkit = new JtokkitEncoder(tokens, patternText);
        }
    }

    int[] encodeWithMerger(String text) {
        IdList ids = new IdList();
        TextSplitter.split(pattern, text, piece -> merger.encode(piece.getBytes(StandardCharsets.UTF_8), ids));
        return ids.toArray();
    }

    int[] encodeWithJtokkit(String text) {
        build();
        return jtokkit.encode(text);
    }

    boolean usesJtokkit() {
        return jtokkit != null;
    }
}
