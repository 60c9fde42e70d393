package io.github.funasrjava.audio;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Collects the warnings of one decode: one entry per code, counted. In strict mode damage is an error instead. */
final class WarningLog {
    private static final Set<AudioWarning.Code> DAMAGE = EnumSet.of(AudioWarning.Code.TRUNCATED_INPUT, AudioWarning.Code.PARTIAL_FRAME,
            AudioWarning.Code.LOST_FRAMES, AudioWarning.Code.JUNK_SKIPPED);

    private final Map<AudioWarning.Code, AudioWarning> entries = new EnumMap<>(AudioWarning.Code.class);
    private final boolean strict;

    WarningLog(boolean strict) {
        this.strict = strict;
    }

    /** Notes one occurrence; the first message of a code stays. */
    void add(AudioWarning.Code code, String message) {
        add(code, message, 1);
    }

    void add(AudioWarning.Code code, String message, long count) {
        if (strict && DAMAGE.contains(code)) {
            throw new AudioException(AudioException.Kind.CORRUPT, message + " (strict)");
        }
        entries.merge(code, new AudioWarning(code, message, count),
                (old, fresh) -> new AudioWarning(code, old.message(), old.count() + fresh.count()));
    }

    /** Sets the entry of a code whose message carries its final count. */
    void replace(AudioWarning.Code code, String message, long count) {
        entries.put(code, new AudioWarning(code, message, count));
    }

    List<AudioWarning> toList() {
        return new ArrayList<>(entries.values());
    }
}
