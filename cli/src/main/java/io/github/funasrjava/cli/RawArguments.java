package io.github.funasrjava.cli;

import io.github.funasrjava.engine.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Arguments as they were typed. The JVM decodes them by the locale, and loses what the locale has no letters for:
 * Chinese hotwords in a container without {@code LANG}, file names that are not UTF-8 anywhere. On Linux the bytes are
 * read again from {@code /proc} and decoded as UTF-8; a byte that is not UTF-8 becomes a lone surrogate
 * (U+DC80 … U+DCFF), from which {@link #path} makes the byte again.
 */
final class RawArguments {
    private static final int ESCAPE_BASE = 0xDC00;
    private static final int FIRST_ESCAPE = 0xDC80;
    private static final int LAST_ESCAPE = 0xDCFF;
    private static final char REPLACEMENT = '\uFFFD';
    private static final Path CURRENT_FOLDER = Path.of("/proc/self/cwd");

    private RawArguments() {}

    /** The arguments, read again from the system if the JVM may have lost some of their characters. */
    static List<String> recover(String[] args) {
        List<String> decoded = List.of(args);
        if (decoded.stream().allMatch(RawArguments::isPlain)) {
            return decoded;
        }
        // After a re-execution by an older JVM they are intact only in that one's command line.
        String parent = System.getProperty("funasr.boot.parent", "0");
        String process = parent.equals("0") ? "self" : parent;
        try {
            return recover(decoded, Files.readAllBytes(Path.of("/proc", process, "cmdline")));
        } catch (IOException e) {
            return decoded;
        }
    }

    /**
     * The last words of a command line.
     *
     * @param decoded what the JVM made of them; taken as they are if the command line does not end in as many
     * @param commandLine the words as bytes, each followed by a zero
     */
    static List<String> recover(List<String> decoded, byte[] commandLine) {
        List<String> words = words(commandLine);
        return words.size() > decoded.size() ? words.subList(words.size() - decoded.size(), words.size()) : decoded;
    }

    /** The environment, read again from the system if the JVM may have lost some characters of it. */
    static Map<String, String> environment() {
        Map<String, String> decoded = System.getenv();
        if (decoded.values().stream().allMatch(RawArguments::isPlain)) {
            return decoded;
        }
        try {
            return environment(Files.readAllBytes(Path.of("/proc/self/environ")));
        } catch (IOException e) {
            return decoded;
        }
    }

    /**
     * Variables by name.
     *
     * @param variables {@code name=value} as bytes, each followed by a zero
     */
    static Map<String, String> environment(byte[] variables) {
        Map<String, String> environment = new HashMap<>();
        for (String variable : words(variables)) {
            int equals = variable.indexOf('=');
            if (equals > 0) {
                environment.put(variable.substring(0, equals), variable.substring(equals + 1));
            }
        }
        return environment;
    }

    private static List<String> words(byte[] bytes) {
        List<String> words = new ArrayList<>();
        int begin = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                words.add(decode(ByteBuffer.wrap(bytes, begin, i - begin)));
                begin = i + 1;
            }
        }
        return words;
    }

    private static boolean isPlain(String argument) {
        for (int i = 0; i < argument.length(); i++) {
            char c = argument.charAt(i);
            // A question mark is what a lost character may have become.
            if (c >= 0x7F || c == '?') {
                return false;
            }
        }
        return true;
    }

    private static String decode(ByteBuffer bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CharBuffer characters = CharBuffer.allocate(bytes.remaining() + 1);
        while (true) {
            CoderResult result = decoder.decode(bytes, characters, true);
            if (!result.isError()) {
                return characters.flip().toString();
            }
            for (int i = 0; i < result.length(); i++) {
                characters.put((char) (ESCAPE_BASE + (bytes.get() & 0xFF)));
            }
        }
    }

    /** The file that an argument names, whatever characters the locale can write. */
    static Path path(String argument) {
        if (argument.indexOf('\0') >= 0) {
            throw new UsageException("A file name cannot contain the character NUL.");
        }
        try {
            if (isPlain(argument) || !Files.isDirectory(CURRENT_FOLDER) || canWrite(argument)) {
                Path path = Path.of(argument);
                // Where the JVM could not read the current folder's name, it looks for relative paths in another one.
                return path.isAbsolute() || !isLost(System.getProperty("user.dir")) ? path : CURRENT_FOLDER.resolve(path);
            }
            // A URI is the one way to name a file by its bytes.
            String absolute = argument.startsWith("/") ? argument : CURRENT_FOLDER + "/" + argument;
            StringBuilder uri = new StringBuilder("file://");
            for (byte b : encode(absolute)) {
                boolean literal = b == '/' || b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z';
                if (literal) {
                    uri.append((char) b);
                } else {
                    uri.append('%').append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
                }
            }
            return Path.of(URI.create(uri.toString()));
        } catch (InvalidPathException e) {
            throw new UsageException("'" + argument + "' cannot be a file name: " + e.getReason() + ".");
        }
    }

    /**
     * A file in a folder, whatever characters the locale can write.
     *
     * @param relative may be several names; an absolute one is taken as it is
     */
    static Path resolve(Path folder, String relative) {
        Path path = path(relative);
        return folder.resolve(path.isAbsolute() && isRelative(relative) ? path.subpath(CURRENT_FOLDER.getNameCount(), path.getNameCount()) : path);
    }

    /** Whether an argument names a file from the current folder on; its {@link #path} may be absolute all the same. */
    static boolean isRelative(String argument) {
        Path path = path(argument);
        return !path.isAbsolute() || !argument.startsWith("/") && path.startsWith(CURRENT_FOLDER);
    }

    /** A path as an argument would name it: {@link #path} and {@link #resolve} find the file again. */
    static String text(Path path) {
        String text = path.toString();
        if (isPlain(text) || !Files.isDirectory(CURRENT_FOLDER)) {
            return text;
        }
        String uri = Path.of("/").resolve(path).toUri().getRawPath();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = path.isAbsolute() ? 0 : 1; i < uri.length(); i++) {
            if (uri.charAt(i) == '%') {
                bytes.write(Integer.parseInt(uri, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(uri.charAt(i));
            }
        }
        String decoded = decode(ByteBuffer.wrap(bytes.toByteArray()));
        // The URI of a folder ends in a slash.
        return decoded.endsWith("/") ? decoded.substring(0, decoded.length() - 1) : decoded;
    }

    /** Whether the JVM could not decode a path that it gives as text. */
    static boolean isLost(String path) {
        return path.indexOf(REPLACEMENT) >= 0 && Files.isDirectory(CURRENT_FOLDER);
    }

    private static boolean canWrite(String argument) {
        Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
        try {
            names.newEncoder().encode(CharBuffer.wrap(argument));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static byte[] encode(String argument) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < argument.length(); ) {
            int c = argument.codePointAt(i);
            if (c >= FIRST_ESCAPE && c <= LAST_ESCAPE) {
                bytes.write(c - ESCAPE_BASE);
            } else {
                bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
            }
            i += Character.charCount(c);
        }
        return bytes.toByteArray();
    }
}
