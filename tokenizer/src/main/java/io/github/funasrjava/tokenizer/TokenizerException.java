package io.github.funasrjava.tokenizer;

import java.util.Objects;

/** A tokenizer file that cannot be used, or a text that cannot be tokenised. The message says what, where and what to do. */
public final class TokenizerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What went wrong; all but {@link #TEXT_TOO_LONG} are faults of the model directory. */
    public enum Kind {
        /** A file that the model directory must have is not there or cannot be read. */
        MISSING_FILE,
        /** A file is not what its name says: not JSON, not base64, a pointer or an error page. */
        MALFORMED,
        /** The merge list is absent, shorter or longer than the vocabulary needs, or contradicts it. */
        MERGES_MISMATCH,
        /** An id or a token occurs twice. */
        DUPLICATE,
        /** An id is negative, above the supported range or beyond the model's embedding rows. */
        ID_OUT_OF_RANGE,
        /** The file uses a tokenizer feature that this model family does not have. */
        UNSUPPORTED,
        /** A file is larger than any real one. */
        FILE_TOO_LARGE,
        /** A text is longer than the limit of characters. */
        TEXT_TOO_LONG
    }

    private final Kind kind;

    /** Creates an exception without a cause. */
    public TokenizerException(Kind kind, String message) {
        super(message);
        this.kind = Objects.requireNonNull(kind);
    }

    /** Creates an exception that keeps the failure that led to it. */
    public TokenizerException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind);
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }
}
