package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.funasrjava.cli.EngineJar.Outcome;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packed jar in real processes: one smoke test per command, and what only a real process can show. */
class EngineJarIT {
    private static final Path HOME = Path.of(System.getProperty("java.home"));
    private static final String SENTENCE = "Set a timer for 47 minutes.\n";

    @TempDir
    Path folder;

    @Test
    void transcribePrintsTheTextAndNothingElse() {
        Outcome outcome = EngineJar.run("transcribe", EngineJar.ENGLISH.toString());
        assertEquals(SENTENCE, outcome.out());
        assertEquals(0, outcome.exitCode());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertTrue(outcome.err().contains("demo"), outcome.err());
    }

    @Test
    void noteIsSaidOnceWhereAShortRunNeedsASecondJvm() {
        Outcome outcome = EngineJar.run("transcribe", "--weights", "int8", EngineJar.ENGLISH.toString());
        assertEquals(0, outcome.exitCode(), outcome.err());
        assertEquals(1, outcome.err().lines().filter(line -> line.contains("demo model")).count(), outcome.err());
    }

    @Test
    void transcribeWorksUnderAnOldJavaToo() {
        Path old = EngineJar.olderJvm().orElse(null);
        assumeTrue(old != null, "no JVM older than 25 is installed (set FUNASR_OLD_JAVA_HOME to one)");
        Outcome outcome = EngineJar.run(old, List.of(), builder -> {}, "transcribe", "--quiet", "samples/en_20.wav");
        assertEquals(new Outcome(0, SENTENCE, ""), outcome);
    }

    @Test
    void firstUseOfAPublishedModelConvertsItOnce() {
        String golden = System.getenv("FUNASR_GOLDEN");
        assumeTrue(golden != null, "FUNASR_GOLDEN does not name the golden files, which hold a checkpoint to convert");
        String published = Path.of(golden, "tiny-nano-ctc", "model").toString();
        Consumer<ProcessBuilder> ownCache = builder -> builder.environment().put("XDG_CACHE_HOME", folder.toString());
        Outcome first = EngineJar.run(HOME, List.of(), ownCache, "transcribe", "--vad", "none", "--max-new-tokens", "4", "--model", published, "samples/en_20.wav");
        assertEquals(0, first.exitCode(), first.err());
        assertEquals(1, first.err().lines().filter(line -> line.contains("Converting ")).count(), first.err());
        Outcome second = EngineJar.run(HOME, List.of(), ownCache, "transcribe", "--vad", "none", "--max-new-tokens", "4", "--model", published, "samples/en_20.wav");
        assertEquals(first.out(), second.out());
        assertFalse(second.err().contains("Converting "), second.err());
    }

    /** What Boot starts for a short run, without Boot around it: it must end before it says or computes anything. */
    @Test
    void shortRunsJvmGivesUpWhereItsKernelsAreNotMachineCode() {
        Outcome outcome = EngineJar.run(HOME, List.of("-Dfunasr.boot.short=true"), builder -> {}, "transcribe", "--quiet", "--kernels", "scalar", "samples/en_20.wav");
        assertEquals(new Outcome(75, "", ""), outcome);
    }

    @Test
    void shortRunsJvmGivesUpWhereTheModelMustBeConverted() throws IOException {
        String golden = System.getenv("FUNASR_GOLDEN");
        assumeTrue(golden != null, "FUNASR_GOLDEN does not name the golden files, which hold a checkpoint to convert");
        Outcome outcome = EngineJar.run(HOME, List.of("-Dfunasr.boot.short=true"), builder -> builder.environment().put("XDG_CACHE_HOME", folder.toString()),
                "transcribe", "--quiet", "--model", Path.of(golden, "tiny-nano-ctc", "model").toString(), "samples/en_20.wav");
        assertEquals(new Outcome(75, "", ""), outcome);
    }

    @Test
    void jsonOutputMatchesThePublishedSchema() {
        Outcome outcome = EngineJar.run("transcribe", "--format", "json", "--quiet", "samples/en_20.wav");
        assertEquals(0, outcome.exitCode(), outcome.err());
        JsonSchema.published("transcript.schema.json").check(JsonTree.parse(outcome.out().getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void everyKernelTierThatRunsHereGivesTheSameText() {
        for (String tier : List.of("auto", "scalar", "vector", "x86")) {
            Outcome outcome = EngineJar.run("transcribe", "--quiet", "--kernels", tier, "samples/en_20.wav");
            if (outcome.exitCode() != ExitCode.DEVICE.number()) {
                assertEquals(new Outcome(0, SENTENCE, ""), outcome, tier);
            }
        }
    }

    @Test
    void hotwordsAreUtf8InALocaleWithoutLetters() {
        Outcome outcome = EngineJar.run(HOME, List.of(), builder -> builder.environment().put("LC_ALL", "C"),
                "transcribe", "--quiet", "samples/zh_17.wav");
        assertEquals(new Outcome(0, "发短信给张伟。\n", ""), outcome);
        assumeTrue(Files.exists(Path.of("/proc/self/cmdline")), "arguments are read again only on Linux");
        // In this JVM's own locale the argument is right; the child must get it right in its own.
        Outcome chosen = EngineJar.run(HOME, List.of(), builder -> builder.environment().put("LC_ALL", "C"),
                "transcribe", "--quiet", "--hotwords", "章玮", "samples/zh_17.wav");
        assertEquals(new Outcome(0, "发短信给章玮。\n", ""), chosen);
        Path old = EngineJar.olderJvm().orElse(null);
        assumeTrue(old != null, "no JVM older than 25 is installed (set FUNASR_OLD_JAVA_HOME to one)");
        Outcome handedOn = EngineJar.run(old, List.of(), builder -> builder.environment().put("LC_ALL", "C"),
                "transcribe", "--quiet", "--hotwords", "章玮", "samples/zh_17.wav");
        assertEquals(new Outcome(0, "发短信给章玮。\n", ""), handedOn);
    }

    @Test
    void turkishLocaleChangesNothing() {
        Outcome outcome = EngineJar.run(HOME, List.of("-Duser.language=tr", "-Duser.country=TR", "-Dfile.encoding=COMPAT"), builder -> {},
                "transcribe", "--quiet", "--language", "EN", "--format", "TEXT", "samples/en_20.wav");
        assertEquals(new Outcome(0, SENTENCE, ""), outcome);
    }

    @Test
    void oddFileNamesWork() throws IOException {
        for (String name : List.of("a b.wav", "😀 ü.wav", "-x.wav", "@list", "quote'\".wav")) {
            Path file = Files.copy(EngineJar.ENGLISH, folder.resolve(name));
            Outcome outcome = EngineJar.run(HOME, List.of(), builder -> builder.directory(folder.toFile()), "transcribe", "--quiet", "--", name);
            assertEquals(new Outcome(0, SENTENCE, ""), outcome, name);
            Files.delete(file);
        }
    }

    @Test
    void fileNamesThatAreNotUtf8WorkInEveryLocale() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/cmdline")) && Files.exists(Path.of("/bin/bash")), "needs Linux and bash");
        for (String locale : List.of("C", "C.UTF-8")) {
            // $'\377' is a byte that no UTF-8 text contains, so a shell has to write it.
            ProcessBuilder shell = new ProcessBuilder("/bin/bash", "-c", "cp \"$1\" \"$2\"/$'odd\\377\\xc3\\xbc.wav' && cd \"$2\" && "
                    + "\"$3\" -jar \"$4\" transcribe --quiet --output $'odd\\377.txt' $'odd\\377\\xc3\\xbc.wav' && cat odd*.txt", "bash", EngineJar.ENGLISH.toString(),
                    folder.toString(), HOME.resolve("bin/java").toString(), EngineJar.JAR.toString());
            shell.environment().put("LC_ALL", locale);
            Process process = shell.start();
            assertEquals(new Outcome(0, SENTENCE, ""), EngineJar.finish(process), locale);
        }
    }

    @Test
    void fullDiskIsExitCode74() {
        File full = new File("/dev/full");
        assumeTrue(full.exists(), "no /dev/full on this system");
        Outcome outcome = EngineJar.run(HOME, List.of(), builder -> builder.redirectOutput(full), "transcribe", "--quiet", "samples/en_20.wav");
        assertEquals(ExitCode.OUTPUT.number(), outcome.exitCode());
        assertTrue(outcome.err().startsWith("error: The result could not be written to standard output"), outcome.err());
    }

    @Test
    void interruptIsExitCode130() throws Exception {
        assumeTrue(File.separatorChar == '/', "signals are sent with kill");
        assumeFalse(InterruptTest.interruptIsIgnored(), "SIGINT is ignored by whoever started this build");
        Process process = EngineJar.start(HOME, List.of(), builder -> {}, "bench", "rtf", "--repeats", "1000", "--json");
        Thread.sleep(2000);
        assertEquals(0, new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor());
        Outcome outcome = EngineJar.finish(process);
        assertEquals(ExitCode.INTERRUPTED.number(), outcome.exitCode(), outcome.err());
        assertEquals("", outcome.out());
    }

    @Test
    void benchRtfMeasuresTheDemoModel() {
        Outcome outcome = EngineJar.run("bench", "rtf", "--model", "demo", "--seconds", "2", "--tokens", "8", "--repeats", "2", "--json");
        assertEquals(0, outcome.exitCode(), outcome.err());
        String json = outcome.out();
        for (String member : List.of("totalMs", "stagesMs", "fbank", "encoder", "adaptor", "prefill", "decode", "rtf", "tokens", "rssMb", "tier",
                "threads", "repeats")) {
            assertTrue(json.contains("\"" + member + "\":"), member + " is missing in " + json);
        }
        Outcome table = EngineJar.run("bench", "rtf", "--seconds", "1", "--tokens", "2", "--repeats", "1");
        assertTrue(table.out().contains("RTF "), table.out());
    }

    @Test
    void doctorTellsWhatRuns() {
        Outcome outcome = EngineJar.run("doctor");
        assertEquals(0, outcome.exitCode(), outcome.err());
        for (String word : List.of("java", "kernels", "scalar", "vector", "x86", "models", "fun-asr-mlt-nano", "ffmpeg")) {
            assertTrue(outcome.out().contains(word), word + " is missing in " + outcome.out());
        }
    }

    @Test
    void row71RefusesAGpuThatIsNotThereWithOneSentence() {
        assumeTrue(!EngineJar.run("doctor").out().contains("cuda: cuda"), "there is a GPU here");
        Outcome outcome = EngineJar.run("transcribe", "--device", "cuda", "--model", "demo", "samples/en_20.wav");
        assertEquals(6, outcome.exitCode(), outcome.err());
        assertEquals("", outcome.out());
        assertTrue(outcome.err().startsWith("error: --device cuda:0 cannot be used: "), outcome.err());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
    }

    @Test
    void touchesNothingOfJCudaOnTheProcessor() {
        List<String> log = List.of("-Xlog:class+load");
        Outcome outcome = EngineJar.run(Path.of(System.getProperty("java.home")), log, builder -> { },
                "transcribe", "--device", "cpu", "--model", "demo", "samples/en_20.wav");
        assertEquals(0, outcome.exitCode(), outcome.err());
        assertTrue(outcome.out().contains("io.github.funasrjava.kernels.KernelSelector"), "the log shows what was loaded");
        assertEquals(List.of(), outcome.out().lines().filter(line -> line.contains(" jcuda.") || line.contains("JCuda")).toList());
    }

    @Test
    void verifyChecksTheDemoModel() {
        Outcome outcome = EngineJar.run("verify", "cli/src/main/resources/demo-model");
        assertEquals(0, outcome.exitCode(), outcome.err());
    }

    @Test
    void convertAndExportGoThereAndBack() throws IOException {
        String golden = System.getenv("FUNASR_GOLDEN");
        assumeTrue(golden != null, "FUNASR_GOLDEN does not name the golden files, which hold a checkpoint to convert");
        String published = Path.of(golden, "tiny-nano-ctc", "model").toString();
        Path converted = folder.resolve("converted");
        Outcome convert = EngineJar.run("convert", published, "--out", converted.toString());
        assertEquals(0, convert.exitCode(), convert.err());
        assertEquals(converted + "\n", convert.out());
        assertTrue(Files.exists(converted.resolve("model.safetensors")));
        assertEquals(0, EngineJar.run("verify", converted.toString()).exitCode());
        Path rows = folder.resolve("rows");
        Outcome export = EngineJar.run("export", converted.toString(), "--layout", "rows", "--out", rows.toString());
        assertEquals(0, export.exitCode(), export.err());

        Outcome again = EngineJar.run("convert", published, "--out", converted.toString());
        assertEquals(ExitCode.MODEL.number(), again.exitCode());
        assertTrue(again.err().contains("is there already"), again.err());
    }

    @Test
    void nativeAccessDeniedIsNoCrash() {
        // The manifest grants native access; --illegal-native-access=deny then denies only what it does not grant.
        Outcome outcome = EngineJar.run(HOME, List.of("--illegal-native-access=deny"), builder -> {}, "transcribe", "--quiet", "samples/en_20.wav");
        assertEquals(new Outcome(0, SENTENCE, ""), outcome);
    }

    @Test
    void jarHoldsWhatItMustAndNothingMore() throws IOException {
        try (JarFile jar = new JarFile(EngineJar.JAR.toFile())) {
            Attributes manifest = jar.getManifest().getMainAttributes();
            assertEquals("io.github.funasrjava.boot.Boot", manifest.getValue("Main-Class"));
            assertEquals("ALL-UNNAMED", manifest.getValue("Enable-Native-Access"));
            assertEquals("java.base/jdk.internal.module java.base/jdk.internal.vm.vector", manifest.getValue("Add-Exports"));
            assertTrue(jar.getEntry("META-INF/NOTICE") != null && jar.getEntry("META-INF/LICENSE") != null, "licences");
            jar.stream().forEach(entry -> {
                String name = entry.getName();
                assertFalse(name.endsWith("module-info.class"), name);
                assertFalse(name.startsWith("META-INF/services/javax.sound"), name);
                assertFalse(name.startsWith("META-INF/versions/"), name);
                assertFalse(name.matches("META-INF/(jpms\\.args|[^/]*\\.(SF|DSA|RSA))"), name);
                assertFalse(name.matches("com/knuddels/jtokkit/.*\\.tiktoken"), name);
            });
        }
    }
}
