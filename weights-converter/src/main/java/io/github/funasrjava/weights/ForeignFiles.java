package io.github.funasrjava.weights;

import io.github.funasrjava.weights.WeightsException.Kind;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Recognises what people get instead of a model: nothing, a Git LFS pointer, an error page. */
final class ForeignFiles {
    private static final int PROBE_BYTES = 512;

    private ForeignFiles() {}

    /** Throws if the file is recognised as something that is not {@code wanted}. */
    static void refuse(MemorySegment file, String source, String wanted) {
        refuse(file.asSlice(0, Math.min(PROBE_BYTES, file.byteSize())).toArray(ValueLayout.JAVA_BYTE), source, wanted);
    }

    /** The same for the first bytes of a file in memory. */
    static void refuse(byte[] start, String source, String wanted) {
        if (start.length == 0) {
            throw new WeightsException(Kind.MALFORMED, source + " is empty; download " + wanted + " again.");
        }
        String text = new String(start, 0, Math.min(start.length, PROBE_BYTES), StandardCharsets.ISO_8859_1);
        String lower = text.stripLeading().toLowerCase(Locale.ROOT);
        if (text.startsWith("version https://git-lfs.github.com/spec/")) {
            throw new WeightsException(Kind.MALFORMED, source + " is a Git LFS pointer, not " + wanted
                    + "; fetch the real file with \"git lfs pull\" or download it from the model's page.");
        }
        if (lower.startsWith("<!doctype") || lower.startsWith("<html") || lower.startsWith("<?xml")) {
            throw new WeightsException(Kind.MALFORMED, source + " is a web page, not " + wanted
                    + "; the download probably ended at an error page, so download it again.");
        }
        boolean jsonIsWrong = !source.endsWith(".json");
        if (jsonIsWrong && (lower.startsWith("{\"error") || lower.startsWith("{\"code") || lower.startsWith("{\"message"))) {
            throw new WeightsException(Kind.MALFORMED, source + " is an error message of a web service, not " + wanted
                    + "; download it again.");
        }
    }
}
