package io.github.funasrjava.cli;

import io.github.funasrjava.engine.Transcript;
import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.engine.subtitle.SubtitleLimits;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Where results go. Each is written as soon as it is there. */
sealed interface ResultTarget {
    /** What partial results have in their name. */
    String PARTIAL = ".partial";

    /** Whether an earlier run has left the complete result. */
    boolean has(Recording recording);

    /** Why no file can hold this recording's result, whoever writes it; to be asked before the work. */
    default Optional<String> refusal(Recording recording) {
        return Optional.empty();
    }

    /**
     * Writes a result.
     *
     * @throws OutputException when that fails; what was there before stays
     */
    void write(Recording recording, Transcript transcript);

    /** Writes the result of a recording that was interrupted, by a name that a later run does not take for the whole. */
    void writePartial(Recording recording, Transcript transcript);

    /**
     * Understands {@code --format}, {@code --output} and {@code --resume}.
     *
     * @param subtitles what a subtitle may be
     * @param many whether there may be several recordings
     * @throws UsageException when they do not go together
     * @throws OutputException when a file cannot be written where it is wanted
     */
    static ResultTarget of(OutputFormat format, SubtitleLimits subtitles, Optional<String> output, boolean many, boolean resume, Console console) {
        if (output.isEmpty()) {
            if (resume) {
                throw new UsageException("--resume needs --output: on standard output there is nothing to continue.");
            }
            if (format == OutputFormat.ALL || many && !format.isLine()) {
                throw new UsageException("--format " + format.label() + (format == OutputFormat.ALL ? "" : " of several recordings")
                        + " needs --output FOLDER.");
            }
            return new Stream(format, subtitles, many, console);
        }
        Path path = RawArguments.path(output.get());
        Path absolute = path.toAbsolutePath();
        if (Files.isDirectory(path) || absolute.getParent() == null) {
            TemporaryName.sweep(absolute, Integer.MAX_VALUE);
        } else {
            // What is written for this result lay beside it; below may be somebody's whole home.
            TemporaryName.sweep(absolute.getParent(), 1);
        }
        boolean folder = output.get().endsWith("/") || output.get().endsWith("\\") || Files.isDirectory(path);
        if (format == OutputFormat.JSONL && (many || folder)) {
            if (folder) {
                makeFolder(path);
            }
            return Lines.in(possible(folder ? path.resolve("transcripts.jsonl") : path), resume);
        }
        return folder || many || format == OutputFormat.ALL ? Folder.at(path, format, subtitles) : new SingleFile(possible(path), format, subtitles);
    }

    private static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new OutputException("The folder " + folder + " could not be made: " + ResultWriter.reason(e) + ".", e);
        }
    }

    private static Path possible(Path file) {
        try {
            ResultWriter.requireFolder(file);
        } catch (IOException e) {
            throw new OutputException("The result could not be written to " + file + ": " + ResultWriter.reason(e) + ".", e);
        }
        return file;
    }

    /** Standard output. */
    record Stream(OutputFormat format, SubtitleLimits subtitles, boolean many, Console console) implements ResultTarget {
        @Override
        public boolean has(Recording recording) {
            return false;
        }

        @Override
        public void write(Recording recording, Transcript transcript) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            if (many && format == OutputFormat.TEXT) {
                bytes.writeBytes((recording.id() + "\t").getBytes(StandardCharsets.UTF_8));
            }
            bytes.writeBytes(format.render(transcript, recording, subtitles));
            ResultWriter.write(console.out(), bytes.toByteArray());
        }

        @Override
        public void writePartial(Recording recording, Transcript transcript) {
            write(recording, transcript);
        }
    }

    /** One file for one recording. */
    record SingleFile(Path file, OutputFormat format, SubtitleLimits subtitles) implements ResultTarget {
        @Override
        public boolean has(Recording recording) {
            return Files.isRegularFile(file);
        }

        @Override
        public void write(Recording recording, Transcript transcript) {
            requireOther(file, recording);
            ResultWriter.write(file, format.render(transcript, recording, subtitles));
        }

        @Override
        public void writePartial(Recording recording, Transcript transcript) {
            String name = RawArguments.text(file.getFileName());
            int dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length();
            String partialName = name.substring(0, dot) + PARTIAL + name.substring(dot);
            Path partial = file.getParent() == null ? RawArguments.path(partialName) : RawArguments.resolve(file.getParent(), partialName);
            new SingleFile(Files.exists(file) && !Files.isRegularFile(file) ? file : partial, format, subtitles).write(recording, transcript);
        }
    }

    /** A folder with a file per recording and format. */
    record Folder(Path folder, OutputFormat format, SubtitleLimits subtitles) implements ResultTarget {
        static Folder at(Path path, OutputFormat format, SubtitleLimits subtitles) {
            if (Files.exists(path) && !Files.isDirectory(path)) {
                throw new UsageException("--output must be a folder for several results, and " + path + " is a file.");
            }
            return new Folder(path, format, subtitles);
        }

        @Override
        public boolean has(Recording recording) {
            return format.each().stream().allMatch(each -> Files.isRegularFile(file(recording, each)));
        }

        @Override
        public Optional<String> refusal(Recording recording) {
            for (OutputFormat each : format.each()) {
                Optional<String> reason = ResultWriter.unusableName(file(recording, each));
                if (reason.isPresent()) {
                    return Optional.of("its result cannot be called " + recording.resultName() + "." + each.extension() + " in " + folder + " ("
                            + reason.get() + "): give it a shorter name or id.");
                }
            }
            return Optional.empty();
        }

        @Override
        public void write(Recording recording, Transcript transcript) {
            for (OutputFormat each : format.each()) {
                Path file = file(recording, each);
                requireOther(file, recording);
                makeFolder(file.toAbsolutePath().getParent());
                ResultWriter.write(file, each.render(transcript, recording, subtitles));
            }
        }

        @Override
        public void writePartial(Recording recording, Transcript transcript) {
            write(recording.withResultName(recording.resultName() + PARTIAL), transcript);
        }

        private Path file(Recording recording, OutputFormat each) {
            return RawArguments.resolve(folder, recording.resultName() + "." + each.extension());
        }
    }

    /**
     * One file with a line per recording. Lines are appended as they come; a torn last line of a run that broke off is
     * cut before the next one.
     */
    final class Lines implements ResultTarget {
        /** How every line begins. */
        private static final String BEGIN = "{\"text\":";

        private final Path file;
        private final Set<Key> done = new HashSet<>();
        private boolean begun;

        /** Two lists may each have a recording of one id. */
        private record Key(String id, String label) {}

        private Lines(Path file) {
            this.file = file;
        }

        static Lines in(Path file, boolean resume) {
            Lines lines = new Lines(file);
            if (resume && Files.exists(file)) {
                lines.begun = true;
                lines.readDone();
            }
            return lines;
        }

        private void readDone() {
            long end = 0;
            try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
                ByteArrayOutputStream line = new ByteArrayOutputStream();
                for (int b = in.read(); b >= 0; b = in.read()) {
                    line.write(b);
                    if (b == '\n') {
                        end += line.size();
                        String text = line.toString(StandardCharsets.UTF_8);
                        if (!text.isBlank()) {
                            done.add(key(text));
                        }
                        line.reset();
                    }
                }
                if (line.size() > 0) {
                    String torn = line.toString(StandardCharsets.UTF_8);
                    if (!torn.startsWith(BEGIN) && !BEGIN.startsWith(torn)) {
                        throw new IOException("its last line is no result");
                    }
                    cutBack(end);
                }
            } catch (IOException | JacksonException e) {
                throw new UsageException("--resume: " + file + " is no file of results that could be continued ("
                        + e.getMessage().replaceAll("\\s*\\R\\s*", " ") + ").", e);
            }
        }

        private static Key key(String line) throws IOException {
            Optional<String> id = Optional.empty();
            Optional<String> file = Optional.empty();
            try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), line)) {
                parser.nextToken();
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    if (name.equals("id")) {
                        id = Optional.of(parser.getString());
                    } else if (name.equals("file")) {
                        file = Optional.of(parser.getString());
                    }
                    parser.skipChildren();
                }
            }
            // The file is also the id where a result has none of its own.
            String label = file.orElseThrow(() -> new IOException("a line is no result"));
            return new Key(id.orElse(label), label);
        }

        @Override
        public boolean has(Recording recording) {
            return done.contains(new Key(recording.id(), recording.label()));
        }

        @Override
        public void write(Recording recording, Transcript transcript) {
            byte[] line = OutputFormat.JSONL.render(transcript, recording, SubtitleLimits.DEFAULT);
            if (!begun) {
                requireOther(file, recording);
                // The old file stays until there is a first line to put in its place.
                ResultWriter.write(file, line);
                begun = true;
                return;
            }
            long end = file.toFile().length();
            try {
                Files.write(file, line, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
            } catch (IOException e) {
                try {
                    cutBack(end);
                } catch (IOException torn) {
                    // The next --resume cuts the line.
                    e.addSuppressed(torn);
                }
                throw new OutputException("The result could not be written to " + file + ": " + ResultWriter.reason(e) + ".", e);
            }
        }

        @Override
        public void writePartial(Recording recording, Transcript transcript) {
            write(new Recording(recording.id() + PARTIAL, recording.label(), recording.origin(), recording.resultName(), recording.source()), transcript);
        }

        private void cutBack(long end) throws IOException {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(end);
            }
        }
    }

    private static void requireOther(Path file, Recording recording) {
        try {
            if (recording.source() instanceof Recording.Source.File(Path path) && Files.exists(file) && Files.isSameFile(file, path)) {
                throw new UsageException("The result would replace the recording " + recording.label() + ": choose another --output.");
            }
        } catch (IOException e) {
            throw new OutputException("The result could not be written to " + file + ": " + ResultWriter.reason(e) + ".", e);
        }
    }
}
