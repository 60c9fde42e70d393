package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several recordings in one call of {@code transcribe}, with the demo model. */
class TranscribeListTest {
    private static final String ENGLISH = EngineJar.ENGLISH.toString();
    private static final String MANDARIN = EngineJar.MANDARIN.toString();
    private static final String ENGLISH_TEXT = "Set a timer for 47 minutes.";
    private static final String MANDARIN_TEXT = "发短信给张伟。";

    @TempDir
    Path folder;

    private World world;

    @BeforeEach
    void begin() {
        world = new World(folder.resolve("cache"));
    }

    @Test
    void severalFilesAreLinesWithTheirNames() {
        assertEquals(ExitCode.OK, run(ENGLISH, MANDARIN), world.err());
        assertEquals(ENGLISH + "\t" + ENGLISH_TEXT + "\n" + MANDARIN + "\t" + MANDARIN_TEXT + "\n", world.out());
        assertEquals("", world.err());
    }

    @Test
    void oneFailureDoesNotStopTheOthers() {
        String missing = folder.resolve("missing.wav").toString();
        assertEquals(ExitCode.SOME_FAILED, run(ENGLISH, missing, MANDARIN));
        assertEquals(2, world.out().lines().count(), world.out());
        assertTrue(world.out().endsWith(MANDARIN_TEXT + "\n"), world.out());
        assertEquals(1, world.err().lines().count(), world.err());
        assertTrue(world.err().startsWith("error: ") && world.err().contains("missing.wav"), world.err());
    }

    /** Short ones, a long one and a bad one, in three batch sizes: what differs is which segments are computed together. */
    @Test
    void recordingsAtOnceHaveTheTextsOfOneByOneInTheListsOrder() throws IOException {
        byte[] wav = Files.readAllBytes(EngineJar.MANDARIN);
        List<String> files = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            Path file = folder.resolve("in").resolve(i + ".wav");
            Files.createDirectories(file.getParent());
            if (i == 4) {
                Files.write(file, longRecording());
            } else if (i == 6) {
                Files.writeString(file, "no recording");
            } else {
                Files.write(file, i % 2 == 0 ? Files.readAllBytes(EngineJar.ENGLISH) : wav);
            }
            files.add(file.toString());
            ExitCode code = run("--format", "json", file.toString());
            if (i == 6) {
                assertEquals(ExitCode.INPUT, code);
            } else {
                expected.add(segments(world.out()));
            }
        }
        for (String batchSize : List.of("1", "3", "8")) {
            assertEquals(ExitCode.SOME_FAILED, run(Stream.concat(Stream.of("--format", "jsonl", "--batch-size", batchSize), files.stream())
                    .toArray(String[]::new)));
            assertEquals(expected, world.out().lines().map(TranscribeListTest::segments).toList(), "batches of " + batchSize);
            assertEquals(1, world.err().lines().count(), world.err());
        }
    }

    /** Half a minute of speech and pauses in several segments. */
    private static byte[] longRecording() throws IOException {
        byte[] wav = Files.readAllBytes(EngineJar.ENGLISH);
        ByteArrayOutputStream samples = new ByteArrayOutputStream();
        while (samples.size() < 45 * 32_000) {
            samples.write(wav, 44, wav.length - 44);
            samples.write(new byte[3 * 32_000]);
        }
        ByteBuffer file = ByteBuffer.allocate(44 + samples.size()).order(ByteOrder.LITTLE_ENDIAN).put(wav, 0, 44).put(samples.toByteArray());
        return file.putInt(4, 36 + samples.size()).putInt(40, samples.size()).array();
    }

    private static String segments(String json) {
        return ((Map<?, ?>) JsonTree.parse(json.getBytes(StandardCharsets.UTF_8))).get("segments").toString();
    }

    @Test
    void linkInAFolderToARecordingThatIsGoneIsAnError() throws IOException {
        Path in = Files.createDirectories(folder.resolve("in"));
        Files.copy(EngineJar.ENGLISH, in.resolve("here.wav"));
        Files.createSymbolicLink(in.resolve("gone.wav"), folder.resolve("nowhere.wav"));
        assertEquals(ExitCode.SOME_FAILED, run(in.toString()));
        assertTrue(world.out().endsWith("here.wav\t" + ENGLISH_TEXT + "\n"), world.out());
        assertTrue(world.err().startsWith("error: ") && world.err().contains("gone.wav: no such file"), world.err());
    }

    @Test
    void linkInAFolderToAFolderAboveItLeadsNowhere() throws IOException {
        Path below = Files.createDirectories(folder.resolve("in/below"));
        Files.copy(EngineJar.ENGLISH, below.resolve("here.wav"));
        Files.createSymbolicLink(below.resolve("up"), folder.resolve("in"));
        assertEquals(ExitCode.OK, run(folder.resolve("in").toString()), world.err());
        assertTrue(world.out().endsWith("here.wav\t" + ENGLISH_TEXT + "\n"), world.out());
        assertEquals(1, world.out().lines().count(), world.out());
    }

    @Test
    void folderInAFolderThatCannotBeReadIsAnErrorOfItsOwn() throws IOException {
        Path closed = Files.createDirectories(folder.resolve("in/closed"));
        Files.copy(EngineJar.ENGLISH, folder.resolve("in/here.wav"));
        Set<PosixFilePermission> before = Files.getPosixFilePermissions(closed);
        Files.setPosixFilePermissions(closed, Set.of());
        try {
            assumeFalse(Files.isReadable(closed), "whoever runs this test may read every folder, as root may");
            assertEquals(ExitCode.SOME_FAILED, run(folder.resolve("in").toString()), world.err());
            assertTrue(world.out().endsWith("here.wav\t" + ENGLISH_TEXT + "\n"), world.out());
            assertTrue(world.err().startsWith("error: ") && world.err().contains("closed cannot be read: permission denied."), world.err());
        } finally {
            Files.setPosixFilePermissions(closed, before);
        }
    }

    @Test
    void foldersAreSearchedForRecordings() throws IOException {
        Path below = Files.createDirectories(folder.resolve("in/below"));
        Files.copy(EngineJar.ENGLISH, below.resolve("b.wav"));
        Files.copy(EngineJar.MANDARIN, folder.resolve("in/a.WAV"));
        Files.writeString(folder.resolve("in/notes.txt"), "no recording");
        Path out = folder.resolve("out");
        assertEquals(ExitCode.OK, run("--output", out.toString(), folder.resolve("in").toString()), world.err());
        assertEquals("", world.out());
        assertEquals(MANDARIN_TEXT + "\n", Files.readString(out.resolve("a.txt")));
        assertEquals(ENGLISH_TEXT + "\n", Files.readString(out.resolve("below/b.txt")));
        assertEquals(List.of("a.txt", "below/b.txt"), files(out));
    }

    @Test
    void folderWithoutRecordingsIsAFailure() throws IOException {
        assertEquals(ExitCode.SOME_FAILED, run(Files.createDirectories(folder.resolve("empty")).toString()));
        assertTrue(world.err().contains("without recordings"), world.err());
    }

    @Test
    void row28ListReportsBadLinesByNumberAndGoesOn() throws IOException {
        Path list = Files.writeString(folder.resolve("wav.scp"), "\uFEFFfirst " + ENGLISH + "\r\n\r\nlonely\r\nfirst " + MANDARIN
                + "\r\npipe sph2pipe a |\r\ngone /no/such.wav\r\nsecond " + MANDARIN + "\r\n");
        assertEquals(ExitCode.SOME_FAILED, run(list.toString()));
        assertEquals("first\t" + ENGLISH_TEXT + "\nsecond\t" + MANDARIN_TEXT + "\n", world.out());
        List<String> errors = world.err().lines().toList();
        assertEquals(4, errors.size(), world.err());
        assertEquals("error: " + list + ", line 3 has no file after its id 'lonely'.", errors.get(0));
        assertEquals("error: " + list + ", line 4 has the id 'first' of line 1.", errors.get(1));
        assertTrue(errors.get(2).startsWith("error: " + list + ", line 5 is a command"), errors.get(2));
        assertTrue(errors.get(3).startsWith("error: " + list + ", line 6: ") && errors.get(3).contains("/no/such.wav"), errors.get(3));
    }

    @Test
    void manifestsOfBothFormsAreRead() throws IOException {
        Files.copy(EngineJar.ENGLISH, folder.resolve("beside.wav"));
        Path list = Files.writeString(folder.resolve("train.jsonl"), """
                {"key": "a/../b", "source": "beside.wav", "target": "x", "source_len": 12}
                {"messages": [{"role": "system", "content": "You are a helpful assistant."}, {"role": "user", "content": "语音转写：<|startofspeech|>!%s<|endofspeech|>"}, {"role": "assistant", "content": "x"}], "speech_length": 5}
                {"key": "c"}
                {"key": "d", "source":
                ["list"]
                """.formatted(MANDARIN));
        Path out = folder.resolve("out");
        assertEquals(ExitCode.SOME_FAILED, run("--output", out.toString(), list.toString()));
        assertEquals(List.of("a_.._b.txt", "zh_17.txt"), files(out));
        assertEquals(ENGLISH_TEXT + "\n", Files.readString(out.resolve("a_.._b.txt")));
        List<String> errors = world.err().lines().toList();
        assertEquals(3, errors.size(), world.err());
        assertTrue(errors.get(0).contains("line 3 names no audio"), world.err());
        assertTrue(errors.get(1).contains("line 4 is no JSON"), world.err());
        assertTrue(errors.get(2).contains("line 5 is no JSON object"), world.err());
    }

    @Test
    void linesThatAreNotUtf8AreNamed() throws IOException {
        Path list = Files.write(folder.resolve("bad.scp"), new byte[] {'a', ' ', (byte) 0xFF, '\n'});
        assertEquals(ExitCode.SOME_FAILED, run(list.toString()));
        assertTrue(world.err().contains("line 1 is not UTF-8"), world.err());
        assertEquals(ExitCode.SOME_FAILED, run(Files.createFile(folder.resolve("none.scp")).toString()));
        assertTrue(world.err().contains("is empty"), world.err());
        assertEquals(ExitCode.INPUT, run(folder.resolve("missing.scp").toString()));
        assertTrue(world.err().contains("does not exist"), world.err());
    }

    @Test
    void idTooLongForAFileNameFailsAloneAndBeforeTheWork() throws IOException {
        String tooLong = "x".repeat(252);
        Path list = Files.writeString(folder.resolve("wav.scp"), tooLong + " " + ENGLISH + "\nlast " + MANDARIN + "\n");
        Path out = folder.resolve("out");
        for (boolean thereAlready : new boolean[] {false, true}) {
            assertEquals(thereAlready, Files.isDirectory(out));
            assertEquals(ExitCode.SOME_FAILED, run("--output", out.toString(), list.toString()), world.err());
            assertEquals(List.of("last.txt"), files(out));
            assertEquals(1, world.err().lines().count(), world.err());
            assertTrue(world.err().startsWith("error: " + list + ", line 1: ") && world.err().contains("shorter name or id"), world.err());
        }
        assertEquals(ExitCode.OK, run(list.toString()), "on standard output an id may be as long as it likes");
    }

    @Test
    void recordingWhoseResultsNameIsTooLongIsRefusedBeforeTheWork() throws IOException {
        Path file = Files.writeString(folder.resolve("x".repeat(251) + ".wav"), "no recording, which is not found out");
        assertEquals(ExitCode.OUTPUT, run("--format", "json", "--output", folder + "/out/", file.toString()), world.err());
        assertTrue(world.err().contains("shorter name or id"), world.err());
    }

    @Test
    void folderForJsonLinesIsMade() throws IOException {
        Path out = folder.resolve("out");
        for (int i = 0; i < 2; i++) {
            assertEquals(ExitCode.OK, run("--format", "jsonl", "--resume", "--output", out + "/", ENGLISH, MANDARIN), world.err());
            assertEquals(2, Files.readAllLines(out.resolve("transcripts.jsonl")).size());
        }
    }

    @Test
    void folderThatIsMissingIsFoundOutBeforeTheWork() {
        for (String format : List.of("text", "jsonl")) {
            assertEquals(ExitCode.OUTPUT, run("--format", format, "--output", folder.resolve("no/out").toString(), "/no/such.wav"), world.err());
            assertTrue(world.err().contains("the folder " + folder.resolve("no") + " does not exist"), world.err());
        }
    }

    @Test
    void resultsOfTwoListsWithTheSameIdsAreToldApartByResume() throws IOException {
        Path one = Files.writeString(folder.resolve("one.scp"), "a " + ENGLISH + "\n");
        Path two = Files.writeString(folder.resolve("two.scp"), "a " + MANDARIN + "\n");
        Path out = folder.resolve("out.jsonl");
        assertEquals(ExitCode.OK, run("--format", "jsonl", "--output", out.toString(), one.toString()), world.err());
        for (int i = 0; i < 2; i++) {
            assertEquals(ExitCode.OK, run("--format", "jsonl", "--resume", "--output", out.toString(), one.toString(), two.toString()), world.err());
            List<String> lines = Files.readAllLines(out);
            assertEquals(2, lines.size());
            assertTrue(lines.get(1).contains(MANDARIN_TEXT), lines.get(1));
        }
    }

    @Test
    void resumeLeavesFilesAloneThatHoldNoResults() throws IOException {
        for (String content : List.of("{\"mine\":1}", "{\"mine\":1}\n", "notes", "1\n")) {
            Path file = Files.writeString(folder.resolve("mine.jsonl"), content);
            assertEquals(ExitCode.USAGE, run("--format", "jsonl", "--resume", "--output", file.toString(), ENGLISH, MANDARIN), world.err());
            assertTrue(world.err().contains("is no file of results"), world.err());
            assertEquals(content, Files.readString(file));
        }
    }

    /** Each name was looked for among all before it: hours for as many. */
    @Test
    void manyRecordingsOfOneNameAreNamedInAMoment() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 200_000; i++) {
            lines.append("{\"wav\":\"").append(i).append("/audio.wav\"}\n");
        }
        String list = Files.writeString(folder.resolve("list.jsonl"), lines).toString();
        List<ListEntry> entries = assertTimeoutPreemptively(Duration.ofMinutes(1), () -> RecordingList.of(List.of(list)).entries());
        assertEquals("audio.wav-200000", ((ListEntry.Found) entries.getLast()).recording().resultName());
    }

    /** As in a container without {@code LANG}: the JVM cannot make a path of such a name, and results lay in the current folder. */
    @Test
    void namesThatTheLocaleCannotWriteLeadToTheRightFiles() throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/cwd")), "file names are bytes only on Linux");
        Path in = Files.createDirectories(folder.resolve("in"));
        Files.copy(EngineJar.ENGLISH, in.resolve("第一.wav"));
        Files.copy(EngineJar.MANDARIN, in.resolve("第二.wav"));
        Path list = Files.writeString(folder.resolve("wav.scp"), "张伟 in/第二.wav\n");
        Path current = Files.createDirectories(folder.resolve("current"));
        for (List<String> words : List.of(List.of("--output", "../a", "../in"), List.of("--output", folder.resolve("b").toString(), list.toString()),
                List.of("--output", "../c/", "../in/第二.wav"))) {
            inLocaleC(current, folder.resolve("cache"), words);
        }
        assertEquals(List.of(), files(current));
        assertEquals(List.of("第一.txt", "第二.txt"), files(folder.resolve("a")));
        assertEquals(ENGLISH_TEXT + "\n", Files.readString(folder.resolve("a/第一.txt")));
        assertEquals(List.of("张伟.txt"), files(folder.resolve("b")));
        assertEquals(List.of("第二.txt"), files(folder.resolve("c")));
    }

    @Test
    void currentFolderAndCacheMayHaveNamesThatTheLocaleCannotWrite() throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/cwd")), "file names are bytes only on Linux");
        Path current = Files.createDirectories(folder.resolve("文件夹"));
        Files.copy(EngineJar.ENGLISH, current.resolve("a.wav"));
        Files.writeString(current.resolve("wav.scp"), "id a.wav\n");
        inLocaleC(current, current.resolve("缓存"), List.of("--output", "one.txt", "a.wav"));
        inLocaleC(current, current.resolve("缓存"), List.of("--output", "many", "wav.scp", "a.wav"));
        assertEquals(ENGLISH_TEXT + "\n", Files.readString(current.resolve("one.txt")));
        assertEquals(List.of("a.txt", "id.txt"), files(current.resolve("many")));
    }

    /** Runs in a process of its own that knows ASCII letters only. */
    private static void inLocaleC(Path current, Path cache, List<String> words) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), "io.github.funasrjava.cli.Main", "transcribe",
                "--quiet", "--model", "demo"));
        command.addAll(words);
        ProcessBuilder builder = new ProcessBuilder(command).directory(current.toFile());
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("XDG_CACHE_HOME", cache.toString());
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
    }

    @Test
    void resumeSkipsWhatIsDone() throws IOException {
        Path out = Files.createDirectories(folder.resolve("out"));
        Path done = Files.writeString(out.resolve("en_20.txt"), "from before\n");
        assertEquals(ExitCode.OK, run("--resume", "--output", out.toString(), ENGLISH, MANDARIN), world.err());
        assertEquals("from before\n", Files.readString(done));
        assertEquals(MANDARIN_TEXT + "\n", Files.readString(out.resolve("zh_17.txt")));
    }

    @Test
    void jsonLinesAreOneFileThatResumes() throws IOException {
        Path out = folder.resolve("out.jsonl");
        assertEquals(ExitCode.OK, run("--format", "jsonl", "--output", out.toString(), ENGLISH, MANDARIN), world.err());
        String whole = Files.readString(out);
        List<String> lines = whole.lines().toList();
        assertEquals(2, lines.size());
        for (String line : lines) {
            JsonSchema.published("transcript.schema.json").check(JsonTree.parse(line.getBytes(StandardCharsets.UTF_8)));
        }
        // A run that broke off in the second line.
        Files.writeString(out, whole.substring(0, lines.get(0).length() + 40));
        assertEquals(ExitCode.OK, run("--format", "jsonl", "--resume", "--output", out.toString(), ENGLISH, MANDARIN), world.err());
        List<String> resumed = Files.readString(out).lines().toList();
        assertEquals(2, resumed.size());
        assertEquals(lines.get(0), resumed.get(0));
        assertTrue(resumed.get(1).contains(MANDARIN_TEXT), resumed.get(1));
    }

    @Test
    void resultsOfFilesWithTheSameNameDoNotReplaceEachOther() throws IOException {
        Path one = Files.copy(EngineJar.ENGLISH, Files.createDirectories(folder.resolve("1")).resolve("a.wav"));
        Path two = Files.copy(EngineJar.MANDARIN, Files.createDirectories(folder.resolve("2")).resolve("a.wav"));
        Path out = folder.resolve("out");
        assertEquals(ExitCode.OK, run("--output", out.toString(), one.toString(), two.toString()), world.err());
        assertEquals(List.of("a.wav-2.txt", "a.wav.txt"), files(out));
    }

    @Test
    void everyFormatIsWrittenIntoTheFolder() throws IOException {
        Path out = folder.resolve("out");
        assertEquals(ExitCode.OK, run("--format", "all", "--output", out.toString(), ENGLISH), world.err());
        assertEquals(List.of("en_20.csv", "en_20.json", "en_20.srt", "en_20.tsv", "en_20.txt", "en_20.vtt"), files(out));
        assertTrue(Files.readString(out.resolve("en_20.srt")).startsWith("1\n00:00:00,"), Files.readString(out.resolve("en_20.srt")));
        assertTrue(Files.readString(out.resolve("en_20.srt")).contains(ENGLISH_TEXT));
        assertTrue(Files.readString(out.resolve("en_20.vtt")).startsWith("WEBVTT\n\n00:00:00."));
        assertTrue(Files.readString(out.resolve("en_20.tsv")).startsWith("start\tend\ttext\n0\t"));
        assertTrue(Files.readString(out.resolve("en_20.csv")).endsWith(",\"" + ENGLISH_TEXT + "\"\r\n"));
    }

    @Test
    void recordingIsNeverReplacedByItsResult() throws IOException {
        Path file = Files.copy(EngineJar.ENGLISH, folder.resolve("a.txt"));
        FileTime before = Files.getLastModifiedTime(file);
        assertEquals(ExitCode.USAGE, run("--output", file.toString(), file.toString()));
        assertEquals(before, Files.getLastModifiedTime(file));
        assertEquals(ExitCode.USAGE, run("--output", folder + "/", file.toString()));
        assertTrue(world.err().contains("would replace the recording"), world.err());
    }

    @Test
    void outputThatIsAFileIsRefusedForSeveralResults() throws IOException {
        Path file = Files.writeString(folder.resolve("out.txt"), "old");
        assertEquals(ExitCode.USAGE, run("--output", file.toString(), ENGLISH, MANDARIN));
        assertEquals("old", Files.readString(file));
        assertFalse(world.err().contains("Internal"), world.err());
    }

    private ExitCode run(String... args) {
        return world.run(Stream.concat(Stream.of("transcribe", "--quiet", "--model", "demo"), Stream.of(args)).toArray(String[]::new));
    }

    private static List<String> files(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).map(file -> root.relativize(file).toString()).sorted().toList();
        }
    }
}
