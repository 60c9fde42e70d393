package io.github.funasrjava.audio;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Collects the warnings of one decode: one entry per code, counted. */
final class WarningLog {
    private final Map<AudioWarning.Code, AudioWarning> entries = new EnumMap<>(AudioWarning.Code.class);

    /** Notes one occurrence; the first message of a code stays. */
    void add(AudioWarning.Code code, String message) {
        add(code, message, 1);
    }

    void add(AudioWarning.Code code, String message, long count) {
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
