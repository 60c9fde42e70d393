package io.github.funasrjava.weights;

import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Hidden files beside one whose name the locale may not be able to write, so that no text can be made of it and back. */
final class HiddenName {
    private static final Path ROOT = Path.of("/");

    private HiddenName() {}

    /** The file beside {@code target} that has its name with a dot before and {@code suffix}, in ASCII, behind. */
    static Path beside(Path target, String suffix) {
        try {
            return target.resolveSibling("." + target.getFileName() + suffix);
        } catch (InvalidPathException e) {
            // A URI names a file by its bytes.
            return target.resolveSibling(Path.of(URI.create("file:///." + bytes(target.getFileName()) + suffix)).getFileName());
        }
    }

    /** Whether the name of {@code file} begins as that of {@code start} does, byte by byte. */
    static boolean begins(Path file, Path start) {
        return bytes(file.getFileName()).startsWith(bytes(start.getFileName()));
    }

    private static String bytes(Path name) {
        String path = ROOT.resolve(name).toUri().getRawPath().substring(1);
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }
}
