package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.funasrjava.kernels.cuda.SystemCudaPlatform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code compare}, {@code models}, {@code bench files} and what {@code convert} refuses. */
class SmallCommandsTest {
    @TempDir
    Path folder;

    private World world;

    @BeforeEach
    void begin() {
        world = new World(folder.resolve("cache"));
    }

    @Test
    void aModelAgreesWithItselfCompletely() {
        assertEquals(ExitCode.OK, world.run("compare", "demo", "demo", "--quiet", "--audio", EngineJar.ENGLISH.toString()), world.err());
        assertTrue(world.out().contains("1 of 1 equal"), world.out());
        assertTrue(world.out().contains("(100.00 %)"), world.out());
        assertTrue(world.out().contains("differs by 0.0000"), world.out());
        assertTrue(world.out().contains("KL(A || B)         0.000000 on average, 0.000000 at most"), world.out());
    }

    @Test
    void int8SaysTheSameAsBf16OnTheSamples() {
        assertEquals(ExitCode.OK, world.run("compare", "demo", "demo@int8", "--json", "--quiet", "--audio", EngineJar.ENGLISH.toString(),
                EngineJar.MANDARIN.toString()), world.err());
        String[] lines = world.out().split("\n");
        assertEquals(2, lines.length);
        for (String line : lines) {
            Map<?, ?> json = (Map<?, ?>) JsonTree.parse(line.getBytes(StandardCharsets.UTF_8));
            assertEquals(true, json.get("sameText"), line);
            assertEquals(json.get("tokens"), json.get("commonTokens"), line);
            assertTrue(((Number) json.get("meanLogProbabilityDifference")).doubleValue() > 0, line);
            // Every token and the end of the answer; the text is the same, so both models agree on all of them.
            assertEquals(((Number) json.get("tokens")).intValue() + 1, ((Number) json.get("positions")).intValue(), line);
            assertEquals(json.get("positions"), json.get("sameTop"), line);
            double kl = ((Number) json.get("klMean")).doubleValue();
            assertTrue(kl > 0 && kl < 0.05 && kl <= ((Number) json.get("klLargest")).doubleValue(), line);
        }
    }

    /** The benchmarks take the device as every other command does: where there is none, they say so in one sentence. */
    @ParameterizedTest
    @ValueSource(strings = {"rtf", "decode", "prefill", "kernels", "profile"})
    void benchmarksRefuseAGpuThatIsNotThere(String part) {
        assumeFalse(new SystemCudaPlatform().driverInstalled(), "this machine has an NVIDIA driver");
        assertEquals(ExitCode.DEVICE, world.run("bench", part, "--model", "demo", "--device", "cuda:0"));
        assertEquals("", world.out());
        assertEquals("error: --device cuda:0 cannot be used: there is no NVIDIA driver here (libcuda was not found)", world.err().strip());
    }

    @Test
    void compareRefusesWhatItCannotDo() {
        assertEquals(ExitCode.USAGE, world.run("compare", "demo", "demo"));
        assertTrue(world.err().contains("needs --audio"), world.err());
        assertEquals(ExitCode.USAGE, world.run("compare", "demo@int8", "demo", "--weights-a", "bf16", "--audio", "a.wav"));
        assertTrue(world.err().contains("contradict"), world.err());
        assertEquals(ExitCode.USAGE, world.run("compare", "demo", "demo", "--weights-b", "q4", "--audio", "a.wav"));
        assertEquals(ExitCode.SOME_FAILED, world.run("compare", "demo", "demo", "--quiet", "--audio", folder.resolve("no.wav").toString()));
        assertTrue(world.err().startsWith("error: "), world.err());
    }

    @Test
    void modelsTellsWhatIsHereAndWhereToGetTheRest() throws IOException {
        assertEquals(ExitCode.OK, world.run("models"), world.err());
        assertTrue(world.out().contains("fun-asr-nano: not in ") && world.out().contains("hf download") && world.out().contains("demo: in the jar"), world.out());
        Path here = Files.createDirectories(folder.resolve("cache/fun-asr-java/models/fun-asr-nano"));
        Files.writeString(here.resolve("model.pt"), "abc");
        assertEquals(ExitCode.OK, world.run("models", "fun-asr-nano"), world.err());
        assertEquals("fun-asr-nano: in " + here + "\n", world.out());
        assertEquals(ExitCode.MODEL, world.run("models", "--verify", "fun-asr-nano"));
        assertTrue(world.out().contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad: not a published file"), world.out());
        assertTrue(world.err().contains("is not the published file"), world.err());
        assertEquals(ExitCode.USAGE, world.run("models", "whisper"));
        assertEquals(ExitCode.USAGE, world.run("models", "demo"));
        assertTrue(world.err().contains("the names are fun-asr-nano, fun-asr-mlt-nano."), world.err());
    }

    @Test
    void benchOfFilesComparesOneByOneWithAtOnce() {
        assertEquals(ExitCode.OK, world.run("bench", "files", "--model", "demo", "--copies", "3", "--repeats", "1", "--json",
                EngineJar.ENGLISH.toString(), EngineJar.MANDARIN.toString()), world.err());
        Map<?, ?> json = (Map<?, ?>) JsonTree.parse(world.out().strip().getBytes(StandardCharsets.UTF_8));
        assertEquals(6, ((Number) json.get("files")).intValue());
        double ratio = ((Number) json.get("atOnceMs")).doubleValue() / ((Number) json.get("oneByOneMs")).doubleValue();
        assertEquals(ratio, ((Number) json.get("ratio")).doubleValue(), 1e-3);
        assertEquals(ExitCode.OK, world.run("bench", "files", "--model", "demo", "--repeats", "1", EngineJar.ENGLISH.toString()), world.err());
        assertTrue(world.out().contains("one after the other") && world.out().contains("the texts are the same"), world.out());
    }

    @Test
    void convertRefusesMergesThatDoNotMakeTheVocabulary() throws IOException {
        Path tiny = EngineJar.ROOT.resolve("engine/src/test/resources/golden/tiny-nano-ctc/model");
        Path model = folder.resolve("model");
        try (Stream<Path> files = Files.walk(tiny)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path to = model.resolve(tiny.relativize(file).toString());
                Files.createDirectories(to.getParent());
                Files.copy(file, to);
            }
        }
        Path merges = model.resolve("Qwen3-0.6B/merges.txt");
        List<String> lines = Files.readAllLines(merges);
        Collections.swap(lines, 5, 6);
        Files.write(merges, lines);
        Path out = folder.resolve("converted");
        assertEquals(ExitCode.MODEL, world.run("convert", "--quiet", model.toString(), "--out", out.toString()));
        assertTrue(world.err().startsWith("error: ") && world.err().contains("merges.txt"), world.err());
        assertFalse(Files.exists(out));
    }
}
