package io.github.funasrjava.weights;

import java.util.List;
import java.util.Objects;

/** Something is wrong with a model's files. The message is one sentence for a person: what, where, the limit, what to do. */
public final class WeightsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What kind of fault it is. */
    public enum Kind {
        /** The bytes break the rules of their format. */
        MALFORMED,
        /** The file is well formed, but holds something that this program does not implement or refuses to run. */
        UNSUPPORTED,
        /** Parts that must agree do not: tensors against the configuration, one file against another. */
        MISMATCH,
        /** A file, a tensor or a setting that is needed is not there. */
        MISSING,
        /** A size exceeds one of the limits that keep memory and time bounded. */
        LIMIT,
        /** Reading or writing failed: permissions, no space, a device error. */
        IO,
        /** Another process holds the lock and did not release it in time. */
        LOCKED,
        /** A file was replaced, cut or rewritten while it was in use. */
        CHANGED,
        /** The caller cancelled the work. */
        CANCELLED
    }

    private final Kind kind;
    private final transient List<String> details;

    /** A fault described by one sentence. */
    public WeightsException(Kind kind, String message) {
        this(kind, message, List.of());
    }

    /** A fault with its single differences, all of which the message summarises. */
    public WeightsException(Kind kind, String message, List<String> details) {
        super(message);
        this.kind = Objects.requireNonNull(kind);
        this.details = List.copyOf(details);
    }

    /** A fault that another exception caused. */
    public WeightsException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = Objects.requireNonNull(kind);
        this.details = List.of();
    }

    /** The kind of fault. */
    public Kind kind() {
        return kind;
    }

    /** The single differences when there are several (missing tensors, wrong shapes), else empty. */
    public List<String> details() {
        return details == null ? List.of() : details;
    }
}
