package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the command line says before any model is touched. */
class UsageTest {
    @TempDir
    Path cache;

    private World world;

    @BeforeEach
    void begin() {
        world = new World(cache);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            transcribe                               | transcribe needs FILE
            convert a b                              | 'b' is one too many
            transcribe --langage en a.wav            | Unknown option: '--langage'
            transcribe a.wav --output                | Missing required parameter for option '--output'
            transcribe --model a --model b c.wav     | should be specified only once
            transcribe --model --quiet c.wav         | Expected parameter for option '--model'
            transcribe --format xml a.wav            | --format must be text, json, srt, vtt, tsv, csv, jsonl or all, not 'xml'
            transcribe --threads 0 a.wav             | --threads must be a whole number from 1 to 256, not '0'
            transcribe --threads 257 a.wav           | --threads must be a whole number from 1 to 256, not '257'
            transcribe --threads two a.wav           | --threads must be a whole number from 1 to 256, not 'two'
            transcribe --max-new-tokens 0 a.wav      | --max-new-tokens must be a whole number from 1 to 4096
            transcribe --max-new-tokens 9999999999 a | --max-new-tokens must be a whole number from 1 to 4096
            transcribe --vad energy a.wav            | --vad must be none, builtin or the directory of an FSMN-VAD
            transcribe --max-segment 31 a.wav        | --max-segment must be a number from 1.0 to 30.0, not '31'
            transcribe --max-segment NaN a.wav       | --max-segment must be a number from 1.0 to 30.0, not 'NaN'
            transcribe --batch-size 0 a.wav          | --batch-size must be a whole number from 1 to 64, not '0'
            transcribe --draft maybe a.wav           | --draft must be auto, ctc or none, not 'maybe'
            transcribe --channel 0 a.wav             | --channel must be a whole number from 1 to 32, not '0'
            transcribe --resampler cubic a.wav       | --resampler must be reference or kaiser, not 'cubic'
            transcribe --raw s17le@16000 a.wav       | --raw: raw format 's17le@16000' is not of the form s16le@16000
            transcribe --format all a.wav            | --format all needs --output FOLDER
            transcribe --format srt a.wav b.wav      | --format srt of several recordings needs --output FOLDER
            transcribe --resume a.wav                | --resume needs --output
            transcribe --kernels avx a.wav           | --kernels must be auto, scalar, vector or x86, not 'avx'
            transcribe --device gpu a.wav            | --device must be auto, cpu, cuda or cuda:N, not 'gpu'
            transcribe --device cuda:x a.wav         | --device must be auto, cpu, cuda or cuda:N, not 'cuda:x'
            transcribe --accuracy high a.wav         | --accuracy must be full or fast, not 'high'
            transcribe --weights q4 a.wav            | --weights must be bf16 or int8, not 'q4'
            a.wav                                    | to transcribe a file: transcribe a.wav
            transcibe a                              | There is no command 'transcibe'
            bench speed                              | There is no command 'bench speed'
            --model demo transcribe                  | The command comes first
            """)
    void refusesWithOneSentenceOnStandardError(String args, String sentence) {
        assertEquals(ExitCode.USAGE, world.run(args.split(" ")));
        assertEquals("", world.out());
        assertTrue(world.err().startsWith("error: "), world.err());
        assertTrue(world.err().contains(sentence), world.err());
        assertEquals(2, world.err().lines().count(), world.err());
    }

    @Test
    void refusesEmptyValues() {
        assertEquals(ExitCode.USAGE, world.run("transcribe", "--language", "", "a.wav"));
        assertTrue(world.err().contains("--language must not be empty"), world.err());
        assertEquals(ExitCode.USAGE, world.run("transcribe", ""));
        assertTrue(world.err().contains("A file name must not be empty"), world.err());
    }

    @Test
    void printsOverviewOnStandardErrorWithoutArguments() {
        assertEquals(ExitCode.USAGE, world.run());
        assertEquals("", world.out());
        assertTrue(world.err().contains("Usage: java -jar engine.jar COMMAND"), world.err());
    }

    @Test
    void printsOverviewOnStandardOutputWhenAsked() {
        assertEquals(ExitCode.OK, world.run("--help"));
        assertEquals("", world.err());
        for (String name : Commands.NAMES) {
            assertTrue(world.out().contains(name), name);
        }
        for (ExitCode code : ExitCode.values()) {
            assertTrue(world.out().contains(code.number() + "  " + code.meaning()), code.name());
        }
    }

    @Test
    void printsHelpWithExamplesForEveryCommand() {
        for (String name : Commands.NAMES) {
            String[] words = (name + " --help").split(" ");
            assertEquals(ExitCode.OK, world.run(words), world.err());
            assertEquals("", world.err());
            assertTrue(world.out().contains("Usage: java -jar engine.jar " + name), world.out());
            assertTrue(world.out().contains("Examples:"), world.out());
            assertFalse(world.out().contains("\u001b"), "colours without a terminal");
            String help = world.out();
            assertEquals(ExitCode.OK, world.run(("help " + name).split(" ")));
            assertEquals(help, world.out());
        }
    }

    @Test
    void helpOfSeveralCommandsListsThem() {
        for (String args : List.of("bench --help", "bench -h", "help bench")) {
            assertEquals(ExitCode.OK, world.run(args.split(" ")), world.err());
            assertTrue(world.out().startsWith("Usage: java -jar engine.jar bench WHAT"), world.out());
            assertTrue(world.out().contains("bench files") && world.out().contains("bench kernels"), world.out());
            assertEquals("", world.err());
        }
        assertEquals(ExitCode.USAGE, world.run("bench"));
        assertEquals("", world.out());
        assertTrue(world.err().contains("bench rtf"), world.err());
    }

    @Test
    void helpNamesEveryOptionOfEveryCommand() {
        for (String name : Commands.NAMES) {
            CommandDescription description = Commands.named(name).orElseThrow().description();
            assertEquals(name, description.name());
            world.run((name + " --help").split(" "));
            for (Option option : description.options()) {
                assertTrue(world.out().contains(option.name()), option.name());
            }
        }
    }

    @Test
    void exitCodesAreDistinct() {
        Set<Integer> numbers = new HashSet<>();
        for (ExitCode code : ExitCode.values()) {
            assertTrue(numbers.add(code.number()), code.name());
        }
    }

    @Test
    void printsVersion() {
        assertEquals(ExitCode.OK, world.run("--version"));
        assertTrue(world.out().matches("fun-asr-java \\d+\\.\\d+\\S* \\(Java \\S+, .+\\)\\R"), world.out());
    }

    @Test
    void printsTraceOnlyWithDebug() {
        world.run("transcribe", "--threads", "0", "a.wav");
        assertFalse(world.err().contains("\tat "), world.err());
        world.run("transcribe", "--threads", "0", "--debug", "a.wav");
        assertTrue(world.err().contains("\tat "), world.err());
    }

    @Test
    void unexpectedFailureIsOneSentenceAndCode70() {
        Console console = world.console();
        Console broken = new Console(console.in(), console.out(), console.err(), null, false);
        assertEquals(ExitCode.INTERNAL, new Program(broken).run(java.util.List.of("transcribe", "a.wav")));
        assertTrue(world.err().startsWith("error: Internal error: java.lang.NullPointerException"), world.err());
        assertEquals(1, world.err().lines().count(), world.err());
    }
}
