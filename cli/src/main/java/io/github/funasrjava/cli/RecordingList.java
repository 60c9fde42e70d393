package io.github.funasrjava.cli;

import io.github.funasrjava.engine.InputException;
import io.github.funasrjava.engine.LimitException;
import io.github.funasrjava.engine.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the arguments of {@code transcribe} name: files, folders, lists, standard input, addresses. */
final class RecordingList {
    /** Half a million lines of a hundred bytes. */
    static final int MAX_LIST_BYTES = 64 << 20;

    private static final int MAX_PORT = 65_535;

    /** What a recording in a folder is called; a file that is named itself may be called anything. */
    private static final Set<String> AUDIO_EXTENSIONS = Set.of("wav", "wave", "mp3", "mp2", "mpga", "flac", "m4a", "m4b", "mp4", "m4v", "aac",
            "ogg", "oga", "opus", "webm", "mka", "mkv", "mov", "avi", "wma", "amr", "aif", "aiff", "au", "caf", "3gp", "ts", "mpg", "mpeg");

    private final List<ListEntry> entries = new ArrayList<>();
    private boolean many;

    private RecordingList() {}

    static RecordingList of(List<String> operands) {
        RecordingList list = new RecordingList();
        list.many = operands.size() > 1;
        for (String operand : operands) {
            list.add(operand);
        }
        list.nameResults();
        return list;
    }

    /** In the order of the arguments, of lines, and of names in folders. */
    List<ListEntry> entries() {
        return List.copyOf(entries);
    }

    /** Whether the arguments could name several recordings, even if it is one this time. */
    boolean isMany() {
        return many;
    }

    private void add(String operand) {
        if (operand.isEmpty()) {
            throw new UsageException("A file name must not be empty.");
        }
        if (operand.equals("-")) {
            found(new Recording("stdin", "standard input", "", "stdin", new Recording.Source.StandardInput()));
            return;
        }
        if (isAddress(operand)) {
            found(web(operand, operand, ""));
            return;
        }
        Path path = RawArguments.path(operand);
        if (Files.isDirectory(path)) {
            many = true;
            folder(operand, path);
        } else if (operand.toLowerCase(Locale.ROOT).endsWith(".scp") || operand.toLowerCase(Locale.ROOT).endsWith(".jsonl")) {
            many = true;
            lines(operand, path);
        } else {
            found(new Recording(operand, operand, "", stem(lastName(operand, path)),
                    new Recording.Source.File(path)));
        }
    }

    private void found(Recording recording) {
        entries.add(new ListEntry.Found(recording));
    }

    private void folder(String label, Path folder) {
        FolderReader reader = new FolderReader(folder);
        try {
            Files.walkFileTree(folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, reader);
        } catch (IOException e) {
            entries.add(new ListEntry.Bad("The folder " + label + " cannot be read: " + ResultWriter.reason(e) + "."));
            return;
        }
        List<Path> files = reader.recordings.stream().sorted().toList();
        reader.unread.forEach((path, reason) -> entries.add(new ListEntry.Bad(path + " cannot be read: " + reason + ".")));
        if (files.isEmpty() && reader.unread.isEmpty()) {
            entries.add(new ListEntry.Bad("The folder " + label + " is a directory without recordings (files named .wav, .mp3 and so on)."));
        }
        for (Path file : files) {
            String below = RawArguments.text(folder.relativize(file));
            String name = label.endsWith("/") ? label + below : label + "/" + below;
            found(new Recording(name, name, "", stem(below), new Recording.Source.File(file)));
        }
    }

    /** Finds the recordings of a folder; what cannot be read in it does not keep the others back. */
    private static final class FolderReader extends SimpleFileVisitor<Path> {
        private final Path top;
        private final List<Path> recordings = new ArrayList<>();
        private final SortedMap<Path, String> unread = new TreeMap<>();

        private FolderReader(Path top) {
            this.top = top;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            // A link to a file that is gone counts: its recording is missing, and that is an error to hear of.
            if (AUDIO_EXTENSIONS.contains(extension(file.getFileName().toString()))
                    && (attributes.isRegularFile() || Files.isSymbolicLink(file) && Files.notExists(file))) {
                recordings.add(file);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (file.equals(top)) {
                throw e;
            }
            // A link to a folder above it leads to recordings that are in the list already.
            if (!(e instanceof FileSystemLoopException)) {
                unread.put(file, ResultWriter.reason(e));
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, IOException e) {
            if (e != null) {
                unread.put(folder, ResultWriter.reason(e));
            }
            return FileVisitResult.CONTINUE;
        }
    }

    private void lines(String label, Path list) {
        boolean script = label.toLowerCase(Locale.ROOT).endsWith(".scp");
        Map<String, Integer> lineOfId = new HashMap<>();
        int number = 0;
        for (byte[] bytes : split(read(label, list))) {
            number++;
            String place = label + ", line " + number;
            String line;
            try {
                line = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            } catch (CharacterCodingException e) {
                entries.add(new ListEntry.Bad(place + " is not UTF-8 text."));
                continue;
            }
            // Windows editors begin UTF-8 files with a byte order mark and end lines with a carriage return.
            line = (number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line).strip();
            if (line.isEmpty()) {
                continue;
            }
            try {
                ManifestLine parsed = script ? scriptLine(line) : ManifestLine.parse(line);
                int part = 0;
                for (String audio : parsed.audio()) {
                    part++;
                    String id = parsed.id().orElse(audio) + (parsed.id().isPresent() && parsed.audio().size() > 1 ? "-" + part : "");
                    Integer earlier = lineOfId.putIfAbsent(id, number);
                    if (earlier != null) {
                        throw new IllegalArgumentException("has the id '" + id + "' of line " + earlier);
                    }
                    found(listed(parsed.id().isPresent(), id, audio, place, list));
                }
            } catch (IllegalArgumentException | UsageException e) {
                entries.add(new ListEntry.Bad(e instanceof UsageException ? place + ": " + e.getMessage() : place + " " + e.getMessage() + "."));
            }
        }
        if (number == 0) {
            entries.add(new ListEntry.Bad("The list " + label + " is empty."));
        }
    }

    private static Recording listed(boolean hasId, String id, String audio, String place, Path list) {
        if (isAddress(audio)) {
            Recording web = web(id, audio, place);
            return hasId ? web.withResultName(fileName(id)) : web;
        }
        Path path = RawArguments.path(audio);
        if (RawArguments.isRelative(audio)) {
            Path beside = list.getParent() == null ? path : RawArguments.resolve(list.getParent(), audio);
            path = Files.exists(beside) ? beside : path;
        }
        return new Recording(id, audio, place, hasId ? fileName(id) : stem(lastName(audio, path)), new Recording.Source.File(path));
    }

    private static String lastName(String text, Path path) {
        return path.getFileName() == null ? text : RawArguments.text(path.getFileName());
    }

    private static ManifestLine scriptLine(String line) {
        String[] parts = line.split("\\s+", 2);
        if (parts.length < 2) {
            throw new IllegalArgumentException("has no file after its id '" + parts[0] + "'");
        }
        if (parts[1].endsWith("|")) {
            throw new IllegalArgumentException("is a command, and commands in lists are not run");
        }
        return new ManifestLine(java.util.Optional.of(parts[0]), List.of(parts[1]));
    }

    static boolean isAddress(String text) {
        return text.matches("(?i)https?://.*");
    }

    private static Recording web(String id, String address, String origin) {
        URI uri;
        try {
            uri = new URI(address);
        } catch (URISyntaxException e) {
            throw new UsageException("'" + address + "' is no valid address: " + e.getReason() + ".");
        }
        if (uri.getRawAuthority() == null || uri.getPort() > MAX_PORT) {
            throw new UsageException("'" + address + "' is no valid address: " + (uri.getRawAuthority() == null ? "it names no host"
                    : "its port is above " + MAX_PORT) + ".");
        }
        String path = uri.getPath() == null ? "" : uri.getPath();
        String name = path.substring(path.lastIndexOf('/') + 1);
        return new Recording(id, address, origin, name.isEmpty() ? "download" : fileName(stem(name)), new Recording.Source.Web(uri));
    }

    private static byte[] read(String label, Path list) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(list)) {
            bytes = in.readNBytes(MAX_LIST_BYTES + 1);
        } catch (IOException e) {
            throw new InputException("The list " + label + " cannot be read: " + ResultWriter.reason(e) + ".", e);
        }
        if (bytes.length > MAX_LIST_BYTES) {
            throw new LimitException("The list " + label + " is longer than the limit, " + MAX_LIST_BYTES + " bytes; split it.");
        }
        return bytes;
    }

    private static List<byte[]> split(byte[] bytes) {
        List<byte[]> lines = new ArrayList<>();
        int begin = 0;
        for (int i = 0; i <= bytes.length; i++) {
            if (i == bytes.length ? begin < i : bytes[i] == '\n') {
                lines.add(java.util.Arrays.copyOfRange(bytes, begin, i));
                begin = i + 1;
            }
        }
        return lines;
    }

    private void nameResults() {
        ResultNames names = new ResultNames(entries);
        entries.replaceAll(entry -> entry instanceof ListEntry.Found(var recording) ? new ListEntry.Found(names.named(recording)) : entry);
    }

    /** Gives recordings that would share a result their whole name, and a number if that is not enough. */
    private static final class ResultNames {
        private final Map<String, Integer> count = new HashMap<>();
        private final Set<String> taken = new HashSet<>();
        /** The next number of a name: a list may have half a million recordings of one name. */
        private final Map<String, Integer> next = new HashMap<>();

        ResultNames(List<ListEntry> entries) {
            for (ListEntry entry : entries) {
                if (entry instanceof ListEntry.Found(var recording)) {
                    count.merge(folded(recording.resultName()), 1, Integer::sum);
                }
            }
        }

        Recording named(Recording recording) {
            String name = recording.resultName();
            String extension = extension(recording.label());
            if (count.get(folded(name)) > 1 && !extension.isEmpty()) {
                name += "." + extension;
            }
            String free = name;
            int number = next.getOrDefault(folded(name), 2);
            while (!taken.add(folded(free))) {
                free = name + "-" + number++;
            }
            next.put(folded(name), number);
            return recording.withResultName(free);
        }

        /** Some file systems do not tell upper from lower case. */
        private static String folded(String name) {
            return name.toLowerCase(Locale.ROOT);
        }
    }

    /** An id as the name of a file in one folder. */
    private static String fileName(String id) {
        String name = id.replaceAll("[\\\\/:*?\"<>|\\p{Cntrl}]", "_");
        return name.startsWith(".") ? "_" + name.substring(1) : name;
    }

    private static String extension(String name) {
        int dot = name.lastIndexOf('.');
        return dot <= Math.max(name.lastIndexOf('/'), 0) ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    private static String stem(String name) {
        String extension = extension(name);
        return extension.isEmpty() ? name : name.substring(0, name.length() - extension.length() - 1);
    }
}
