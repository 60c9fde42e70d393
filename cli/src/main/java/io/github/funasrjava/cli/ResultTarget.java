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
        TemporaryName.sweep(Files.isDirectory(path) || absolute.getParent() == null ? absolute : absolute.getParent());
        boolean folder = output.get().endsWith("/") || output.get().endsWith("\\") || Files.isDirectory(path);
        if (format == OutputFormat.JSONL && (many || folder)) {
            return Lines.in(folder ? path.resolve("transcripts.jsonl") : path, resume);
        }
        return folder || many || format == OutputFormat.ALL ? Folder.at(path, format, subtitles) : new SingleFile(path, format, subtitles);
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
            String name = file.getFileName().toString();
            int dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length();
            Path partial = file.resolveSibling(name.substring(0, dot) + PARTIAL + name.substring(dot));
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
        public void write(Recording recording, Transcript transcript) {
            for (OutputFormat each : format.each()) {
                Path file = file(recording, each);
                requireOther(file, recording);
                try {
                    Files.createDirectories(file.toAbsolutePath().getParent());
                } catch (IOException e) {
                    throw new OutputException("The folder " + file.getParent() + " could not be made: " + ResultWriter.reason(e) + ".", e);
                }
                ResultWriter.write(file, each.render(transcript, recording, subtitles));
            }
        }

        @Override
        public void writePartial(Recording recording, Transcript transcript) {
            write(recording.withResultName(recording.resultName() + PARTIAL), transcript);
        }

        private Path file(Recording recording, OutputFormat each) {
            return folder.resolve(RawArguments.path(recording.resultName() + "." + each.extension()));
        }
    }

    /**
     * One file with a line per recording. Lines are appended as they come; a torn last line of a run that broke off is
     * cut before the next one.
     */
    final class Lines implements ResultTarget {
        private final Path file;
        private final Set<String> done = new HashSet<>();
        private boolean begun;

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
                    cutBack(end);
                }
            } catch (IOException | JacksonException e) {
                throw new UsageException("--resume: " + file + " is no file of results that could be continued ("
                        + e.getMessage().replaceAll("\\s*\\R\\s*", " ") + ").", e);
            }
        }

        /** The {@code id} of a result, else its {@code file}. */
        private static String key(String line) {
            String key = "";
            try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), line)) {
                parser.nextToken();
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    if (name.equals("id") || name.equals("file") && key.isEmpty()) {
                        key = parser.getString();
                    }
                    parser.skipChildren();
                }
            }
            return key;
        }

        @Override
        public boolean has(Recording recording) {
            return done.contains(recording.id());
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
