package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Options on audio, segments and details, with the demo model. */
class TranscribeOptionsTest {
    private static final String ENGLISH = EngineJar.ENGLISH.toString();
    private static final String TEXT = "Set a timer for 47 minutes.\n";
    private static final int HEADER_BYTES = 44;
    private static final int SAMPLE_RATE_HZ = 16_000;

    @TempDir
    Path folder;

    private World world;

    @BeforeEach
    void begin() {
        world = new World(folder.resolve("cache"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--vad none", "--vad builtin", "--max-segment 30", "--batch-size 1", "--draft none", "--draft ctc", "--channel 1",
            "--resampler kaiser"})
    void cleanRecordingGivesItsTextWith(String options) {
        assertEquals(ExitCode.OK, run((options + " " + ENGLISH).split(" ")), world.err());
        assertEquals(TEXT, world.out(), options);
    }

    @Test
    void hotwordsArePartedByChineseCommasToo() {
        assertEquals(List.of("张伟", "李娜", "王", "Jon"),
                Hotwords.from(new Arguments(Map.of("--hotwords", "张伟，李娜、王 ,Jon，"), List.of())));
    }

    @Test
    void standardInputAndRawSamplesAreRead() throws IOException {
        world.in = Files.readAllBytes(EngineJar.ENGLISH);
        assertEquals(ExitCode.OK, run("-"), world.err());
        assertEquals(TEXT, world.out());
        world.in = samples();
        assertEquals(ExitCode.OK, run("--raw", "s16le@16000", "-"), world.err());
        assertEquals(TEXT, world.out());
    }

    @Test
    void recordingThatIsTooShortIsNamed() throws IOException {
        Path file = Files.write(folder.resolve("brief.raw"), Arrays.copyOf(samples(), SAMPLE_RATE_HZ / 10));
        assertEquals(ExitCode.INPUT, run("--raw", "s16le@16000", file.toString()));
        assertTrue(world.err().startsWith("error: " + file + ": the audio has 50 ms"), world.err());
    }

    @Test
    void channelOfAStereoRecordingIsChosen() throws IOException {
        byte[] mono = samples();
        byte[] stereo = new byte[2 * mono.length];
        for (int i = 0; i < mono.length; i += 2) {
            stereo[2 * i + 2] = mono[i];
            stereo[2 * i + 3] = mono[i + 1];
        }
        world.in = stereo;
        assertEquals(ExitCode.OK, run("--raw", "s16le@16000x2", "--channel", "2", "-"), world.err());
        assertEquals(TEXT, world.out());
        assertEquals(ExitCode.OK, run("--raw", "s16le@16000x2", "--channel", "1", "-"), world.err());
        assertEquals("\n", world.out());
        assertEquals(ExitCode.INPUT, run("--channel", "2", ENGLISH));
        assertTrue(world.err().contains("channel"), world.err());
    }

    @Test
    void longRecordingsAreCutAndCovered() throws IOException {
        byte[] spoken = samples();
        byte[] pause = new byte[12 * 2 * SAMPLE_RATE_HZ];
        world.in = concat(spoken, pause, spoken, pause, spoken, pause);
        assertEquals(ExitCode.OK, run("--raw", "s16le@16000", "--format", "json", "-"), world.err());
        Map<?, ?> json = (Map<?, ?>) JsonTree.parse(world.out.toByteArray());
        JsonSchema.published("transcript.schema.json").check(json);
        assertEquals(3, ((List<?>) json.get("segments")).size(), world.out());
        Map<?, ?> coverage = (Map<?, ?>) json.get("coverage");
        double audio = ((Number) json.get("audioSeconds")).doubleValue();
        assertEquals(world.in.length / 2.0 / SAMPLE_RATE_HZ, audio, 0.001);
        assertTrue(((Number) coverage.get("skippedSeconds")).doubleValue() > 30, coverage.toString());
        assertTrue(((Number) coverage.get("speechSeconds")).doubleValue() < audio / 3, coverage.toString());
    }

    @Test
    void subtitlesHaveACuePerSegmentWithoutWordTimes() throws IOException {
        world.in = concat(samples(), new byte[20 * 2 * SAMPLE_RATE_HZ], samples(), new byte[12 * 2 * SAMPLE_RATE_HZ]);
        assertEquals(ExitCode.OK, run("--raw", "s16le@16000", "--format", "srt", "-"), world.err());
        assertEquals(2, world.out().lines().filter(line -> line.contains(" --> ")).count(), world.out());
    }

    @Test
    void subtitlesKeepTheLimitsOfTheirOptions() {
        assertEquals(ExitCode.OK, run("--word-times", "--format", "srt", "--subtitle-columns", "12", "--subtitle-lines", "1", ENGLISH), world.err());
        List<String> lines = world.out().lines().filter(line -> !line.isBlank() && !line.contains(" --> ") && !line.matches("\\d+")).toList();
        assertTrue(lines.size() > 2, world.out());
        assertTrue(lines.stream().allMatch(line -> line.length() <= 12), world.out());
        assertEquals(lines.size(), world.out().lines().filter(line -> line.contains(" --> ")).count(), "one line in each");
        assertEquals(TEXT.strip(), String.join(" ", lines));
        // A Chinese character counts as two: 发短信给张伟。 has 14 columns.
        assertEquals(ExitCode.OK, run("--word-times", "--format", "vtt", "--subtitle-columns", "8", EngineJar.MANDARIN.toString()), world.err());
        assertTrue(world.out().lines().anyMatch(line -> line.startsWith("发") && line.length() <= 4), world.out());
        assertEquals(ExitCode.OK, run("--word-times", "--format", "srt", "--subtitle-seconds", "1", ENGLISH), world.err());
        assertTrue(world.out().lines().filter(line -> line.contains(" --> ")).count() > 1, world.out());
        assertEquals(ExitCode.USAGE, run("--subtitle-lines", "0", "--format", "srt", ENGLISH));
        assertEquals(ExitCode.USAGE, run("--subtitle-speed", "10", ENGLISH));
        assertTrue(world.err().contains("goes with --format srt, vtt or all"), world.err());
    }

    @Test
    void wordTimesAndCtcTextStandInTheJson() {
        assertEquals(ExitCode.OK, run("--word-times", "--format", "json", ENGLISH), world.err());
        Map<?, ?> json = (Map<?, ?>) JsonTree.parse(world.out.toByteArray());
        JsonSchema.published("transcript.schema.json").check(json);
        Map<?, ?> segment = (Map<?, ?>) ((List<?>) json.get("segments")).get(0);
        assertEquals("stop", segment.get("finishReason"));
        assertTrue(segment.get("ctcText") instanceof String text && !text.isEmpty(), world.out());
        List<String> words = ((List<?>) segment.get("words")).stream().map(word -> (String) ((Map<?, ?>) word).get("text")).toList();
        assertEquals(List.of("Set", "a", "timer", "for", "47", "minutes."), words);
    }

    @Test
    void wordTimesWithoutCtcAreRefusedWithTheReasonAndWhereToGetThem() {
        String golden = System.getenv("FUNASR_GOLDEN");
        assumeTrue(golden != null, "FUNASR_GOLDEN does not name the golden files, which hold a model without CTC weights");
        String model = Path.of(golden, "tiny-nano", "model").toString();
        assertEquals(ExitCode.USAGE, world.run("transcribe", "--quiet", "--model", model, "--word-times", ENGLISH));
        assertEquals("", world.out());
        assertTrue(world.err().contains("CTC branch") && world.err().contains("ModelScope"), world.err());
    }

    @Test
    void speechIsFoundByAPublishedDetector() {
        String golden = System.getenv("FUNASR_GOLDEN");
        assumeTrue(golden != null, "FUNASR_GOLDEN does not name the golden files, which hold an FSMN-VAD");
        assertEquals(ExitCode.OK, run("--vad", Path.of(golden, "vad", "model").toString(), ENGLISH), world.err());
        assertEquals(TEXT, world.out());
    }

    @Test
    void folderWithoutADetectorIsNamedAsTheDetector() {
        assertEquals(ExitCode.MODEL, run("--vad", folder.toString(), ENGLISH), world.err());
        assertTrue(world.err().contains("no usable speech detector (FSMN-VAD: config.yaml, am.mvn and weights) in " + folder + ": "), world.err());
        assertEquals(1, world.err().strip().lines().count(), world.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"mp3-lame-vbr-16k.mp3", "flac-16bit.flac", "aac.m4a", "vorbis-mono-16k.ogg", "opus-silk.opus", "opus.webm"})
    void compressedFilesAreDecoded(String name) {
        Path file = EngineJar.ROOT.resolve("audio/src/test/resources/encoded").resolve(name);
        assertEquals(ExitCode.OK, run("--allow-short", "--format", "json", file.toString()), world.err());
        Map<?, ?> json = (Map<?, ?>) JsonTree.parse(world.out.toByteArray());
        assertTrue(((Number) json.get("audioSeconds")).doubleValue() > 0.1, world.out());
    }

    private ExitCode run(String... args) {
        return world.run(Stream.concat(Stream.of("transcribe", "--quiet", "--model", "demo"), Stream.of(args)).toArray(String[]::new));
    }

    /** The samples of the English recording, 16 bit, without a header. */
    private static byte[] samples() throws IOException {
        byte[] bytes = Files.readAllBytes(EngineJar.ENGLISH);
        assertEquals("data", new String(bytes, HEADER_BYTES - 8, 4, StandardCharsets.US_ASCII));
        assertEquals(bytes.length - HEADER_BYTES, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(HEADER_BYTES - 4));
        return Arrays.copyOfRange(bytes, HEADER_BYTES, bytes.length);
    }

    private static byte[] concat(byte[]... parts) {
        ByteBuffer all = ByteBuffer.allocate(Stream.of(parts).mapToInt(part -> part.length).sum());
        for (byte[] part : parts) {
            all.put(part);
        }
        return all.array();
    }
}
