package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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

/** {@code compare}, {@code models}, {@code completion} and what {@code convert} refuses. */
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
        }
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
    }

    @Test
    void completionListsCommandsAndOptionsForBash() throws IOException, InterruptedException {
        assertEquals(ExitCode.OK, world.run("completion", "bash"), world.err());
        Path bash = Path.of("/bin/bash");
        assumeTrue(Files.exists(bash), "no bash on this system");
        Path script = Files.write(folder.resolve("completion.bash"), world.out.toByteArray());
        assertEquals("transcribe", complete(script, "fun-asr trans"));
        assertEquals("--word-times", complete(script, "fun-asr transcribe --word"));
        assertEquals("decode", complete(script, "fun-asr bench dec"));
        assertEquals("--json", complete(script, "fun-asr bench rtf --js"));
    }

    @Test
    void completionForZshNamesEveryOption() {
        assertEquals(ExitCode.OK, world.run("completion", "zsh", "--name", "asr"), world.err());
        assertTrue(world.out().startsWith("#compdef asr\n"), world.out());
        for (Option option : new TranscribeCommand().description().options()) {
            assertTrue(world.out().contains("'" + option.name()), option.name());
        }
        assertFalse(world.out().lines().anyMatch(line -> line.chars().filter(c -> c == '\'').count() % 2 == 1), world.out());
        assertEquals(ExitCode.USAGE, world.run("completion", "fish"));
        assertEquals(ExitCode.USAGE, world.run("completion", "bash", "--name", "a;b"));
    }

    private static String complete(Path script, String line) throws IOException, InterruptedException {
        String[] words = line.split(" ");
        ProcessBuilder builder = new ProcessBuilder(Stream.concat(Stream.of("/bin/bash", "-c",
                "source \"$0\"; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _fun_asr; echo \"${COMPREPLY[*]}\"", script.toString()),
                Stream.of(words)).toList());
        Process shell = builder.redirectErrorStream(true).start();
        String out = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, shell.waitFor(), out);
        return out;
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
