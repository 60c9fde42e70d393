package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code completion}, in the shells themselves. */
class CompletionTest {
    @TempDir
    Path folder;

    private World world;

    @BeforeEach
    void begin() {
        world = new World(folder.resolve("cache"));
    }

    @Test
    void bashCompletesCommandsOptionsValuesAndFiles() throws IOException, InterruptedException {
        assertEquals(ExitCode.OK, world.run("completion", "bash"), world.err());
        Path bash = shell("bash");
        Path script = Files.write(folder.resolve("completion.bash"), world.out.toByteArray());
        Files.writeString(folder.resolve("my talk.wav"), "");
        assertEquals("transcribe", bash(bash, script, "fun-asr", "trans"));
        assertEquals("convert|compare|completion", bash(bash, script, "fun-asr", "help", "co"));
        assertEquals("--word-times", bash(bash, script, "fun-asr", "transcribe", "--word"));
        assertEquals("decode", bash(bash, script, "fun-asr", "bench", "dec"));
        assertEquals("--json", bash(bash, script, "fun-asr", "bench", "rtf", "--js"));
        assertEquals("--help", bash(bash, script, "fun-asr", "bench", "--h"));
        assertEquals("text|json|srt|vtt|tsv|csv|jsonl|all", bash(bash, script, "fun-asr", "transcribe", "--format", ""));
        assertEquals("srt", bash(bash, script, "fun-asr", "transcribe", "--format", "=", "s"));
        assertEquals("zh", bash(bash, script, "fun-asr", "transcribe", "--language", "z"));
        assertEquals("bf16|int8", bash(bash, script, "fun-asr", "transcribe", "--weights", "="));
        assertEquals("scalar", bash(bash, script, "fun-asr", "transcribe", "--kernels", "sc"));
        assertEquals("demo", bash(bash, script, "fun-asr", "transcribe", "--model", "d"));
        assertEquals("fun-asr-nano|fun-asr-mlt-nano", bash(bash, script, "fun-asr", "models", "fun"));
        assertEquals("builtin", bash(bash, script, "fun-asr", "transcribe", "--vad", "b"));
        assertEquals("my talk.wav", bash(bash, script, "fun-asr", "transcribe", "my"));
        assertEquals("my talk.wav", bash(bash, script, "fun-asr", "transcribe", "--hotwords-file", "my"));
        assertEquals("", bash(bash, script, "fun-asr", "transcribe", "--threads", "my"));
        assertEquals("zsh", bash(bash, script, "fun-asr", "completion", "z"));
    }

    /** By the Tab key of an interactive zsh, which loads the script from a folder of {@code $fpath} as a person's does. */
    @Test
    void zshCompletesCommandsOptionsValuesAndFiles() throws IOException, InterruptedException {
        assertEquals(ExitCode.OK, world.run("completion", "zsh"), world.err());
        Path zsh = shell("zsh");
        Files.write(folder.resolve("_fun-asr"), world.out.toByteArray());
        Files.writeString(folder.resolve("my_talk.wav"), "");
        List<String> lines = List.of("fun-asr trans", "fun-asr transcribe --word", "fun-asr bench dec", "fun-asr bench rtf --js",
                "fun-asr transcribe --format sr", "fun-asr transcribe --format=vt", "fun-asr transcribe --language yu",
                "fun-asr transcribe --weights in", "fun-asr transcribe --kernels sc", "fun-asr transcribe --model dem",
                "fun-asr transcribe --hotwords-file my_t", "fun-asr transcribe my_t", "fun-asr completion z", "fun-asr help ver");
        StringBuilder script = new StringBuilder("""
                zmodload zsh/zpty || exit 9
                zpty shell zsh -f -i
                zpty -w shell 'fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -d $PWD/dump'
                zpty -w shell 'tab() { zle complete-word; print -r -- "<$BUFFER>" }; zle -N tab; bindkey "^I" tab; PS1=""'
                zpty -w shell 'print READ""Y'
                zpty -r shell said '*READY*'
                """);
        for (String line : lines) {
            script.append("zpty -n -w shell $'").append(line).append("\\t'; zpty -r shell said '*<*>*'; print -r -- \"$said\"\nzpty -n -w shell $'\\C-u'\n");
        }
        String said = run(zsh, List.of("-f", "-c", script.toString()));
        List<String> completed = new ArrayList<>();
        java.util.regex.Matcher found = java.util.regex.Pattern.compile("<(fun-asr [^<>]*?) ?>").matcher(said);
        while (found.find()) {
            completed.add(found.group(1));
        }
        assertEquals(List.of("fun-asr transcribe", "fun-asr transcribe --word-times", "fun-asr bench decode", "fun-asr bench rtf --json",
                "fun-asr transcribe --format srt", "fun-asr transcribe --format=vtt", "fun-asr transcribe --language yue",
                "fun-asr transcribe --weights int8", "fun-asr transcribe --kernels scalar", "fun-asr transcribe --model demo",
                "fun-asr transcribe --hotwords-file my_talk.wav", "fun-asr transcribe my_talk.wav", "fun-asr completion zsh", "fun-asr help verify"),
                completed, said);
    }

    @Test
    void zshScriptNamesEveryOption() {
        assertEquals(ExitCode.OK, world.run("completion", "zsh", "--name", "asr"), world.err());
        assertTrue(world.out().startsWith("#compdef asr\n"), world.out());
        for (Option option : new TranscribeCommand().description().options()) {
            assertTrue(world.out().contains("'" + option.name()), option.name());
        }
        assertFalse(world.out().lines().anyMatch(line -> line.chars().filter(c -> c == '\'').count() % 2 == 1), world.out());
        assertEquals(ExitCode.USAGE, world.run("completion", "fish"));
        assertEquals(ExitCode.USAGE, world.run("completion", "bash", "--name", "a;b"));
    }

    /** Every word that a shell offers is one that the program takes. */
    @Test
    void offeredValuesAreTaken() {
        for (String name : Commands.NAMES) {
            CommandDescription description = Commands.named(name).orElseThrow().description();
            for (Option option : description.options()) {
                if (name.startsWith("bench ") && (EngineArguments.OPTIONS.contains(option) || option.equals(ModelChoice.OPTION))) {
                    // Read by the same code as for transcribe; here each value would be measured for seconds.
                    continue;
                }
                for (String value : option.values()) {
                    List<String> args = new ArrayList<>(List.of(name.split(" ")));
                    args.addAll(List.of(option.name(), value));
                    for (int i = 0; i < description.operands().min(); i++) {
                        args.add("/no/such/file");
                    }
                    world.run(args.toArray(String[]::new));
                    assertFalse(world.err().contains(option.name() + " must be"), name + " " + option.name() + " " + value + ": " + world.err());
                }
            }
        }
    }

    private String bash(Path shell, Path script, String... words) throws IOException, InterruptedException {
        return run(shell, Stream.concat(Stream.of("-c",
                "source \"$0\"; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _fun_asr; IFS='|'; echo \"${COMPREPLY[*]}\"", script.toString()),
                Stream.of(words)).toList());
    }

    private String run(Path shell, List<String> arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(Stream.concat(Stream.of(shell.toString()), arguments.stream()).toList());
        builder.environment().put("TERM", "dumb");
        Process process = builder.directory(folder.toFile()).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, process.waitFor(), out);
        return out;
    }

    private static Path shell(String name) {
        Optional<Path> shell = Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(place -> Path.of(place, name)).filter(Files::isExecutable).findFirst();
        assumeTrue(shell.isPresent(), "no " + name + " on this system");
        return shell.get();
    }
}
