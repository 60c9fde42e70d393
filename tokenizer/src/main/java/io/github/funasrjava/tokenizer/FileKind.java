package io.github.funasrjava.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Recognises what people have instead of the file: a Git LFS pointer, an error page, nothing. */
final class FileKind {
    private FileKind() {}

    /** A clause to append to a message about a malformed file, or an empty string. */
    static String hint(byte[] content) {
        String head = new String(content, 0, Math.min(content.length, 64), StandardCharsets.ISO_8859_1)
                .stripLeading().toLowerCase(Locale.ROOT);
        if (content.length == 0) {
            return "; the file is empty, fetch it again";
        }
        if (head.startsWith("version https://git-lfs")) {
            return "; this is a Git LFS pointer, fetch the real file with git lfs pull";
        }
        if (head.startsWith("<!doctype") || head.startsWith("<html")) {
            return "; this is an HTML page, fetch the file again";
        }
        return "";
    }
}
