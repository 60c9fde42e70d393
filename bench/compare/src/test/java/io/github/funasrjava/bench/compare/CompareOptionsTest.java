package io.github.funasrjava.bench.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.funasrjava.engine.UsageException;
import io.github.funasrjava.kernels.KernelOptions.Accuracy;
import io.github.funasrjava.kernels.KernelOptions.Tier;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompareOptionsTest {
    @Test
    void readsEveryOption() {
        CompareOptions options = CompareOptions.parse("--model", "m", "--seconds", "1,2.5", "--repeats", "9", "--kernels", "vector",
                "--accuracy", "fast", "--threads", "3", "--profile", "p", "--json");
        assertEquals(Path.of("m"), options.model());
        assertEquals(List.of(1.0, 2.5), options.seconds());
        assertEquals(9, options.repeats());
        assertEquals(Tier.VECTOR, options.kernels().tier());
        assertEquals(Accuracy.FAST, options.kernels().accuracy());
        assertEquals(3, options.kernels().threads());
        assertEquals(Path.of("p"), options.profile().orElseThrow());
        assertTrue(options.json());
    }

    @Test
    void readsTheOptionsOfTheLanguageModel() {
        CompareOptions options = CompareOptions.parse("--model", "m", "--llama", "l", "--llama-weights", "bf16,q8_0", "--rows", "2,512",
                "--streams", "16", "--model-int8", "i");
        assertEquals(Path.of("l"), options.llama().orElseThrow());
        assertEquals(List.of(GgufType.BF16, GgufType.Q8_0), options.llamaWeights());
        assertEquals(List.of(2, 512), options.rows());
        assertEquals(List.of(16), options.streams());
        assertEquals(Path.of("i"), options.modelInt8().orElseThrow());
        assertTrue(CompareOptions.parse("--model", "m").llama().isEmpty());
    }

    @Test
    void measuresThreeLengthsSevenTimesUnlessToldOtherwise() {
        CompareOptions options = CompareOptions.parse("--model", "m");
        assertEquals(List.of(5.0, 10.0, 30.0), options.seconds());
        assertEquals(7, options.repeats());
        assertEquals(Accuracy.FULL, options.kernels().accuracy());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--model", "--model m --seconds", "--model m --seconds 5,", "--model m --seconds 0", "--model m --seconds NaN",
        "--model m --seconds 61", "--model m --repeats 0", "--model m --repeats many", "--model m --kernels gpu", "--model m --accuracy half",
        "--model m --threads 257", "--model m --fast", "--model m --llama", "--model m --llama-weights f32",
        "--model m --rows 1", "--model m --rows 513", "--model m --streams 17", "--model m --streams 1,,2", "m"})
    void refusesWhatItDoesNotKnowInOneSentence(String line) {
        String[] arguments = line.isEmpty() ? new String[0] : line.split(" ");
        String message = assertThrows(UsageException.class, () -> CompareOptions.parse(arguments)).getMessage();
        assertTrue(message.endsWith(".") && !message.contains("\n"), message);
    }

    @Test
    void aModelThatIsNotThereEndsWithTheExitCodeOfModels() {
        ByteArrayOutputStream messages = new ByteArrayOutputStream();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertEquals(4, CompareMain.run(new String[] {"--model", "there-is-no-such-folder"},
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(messages, true, StandardCharsets.UTF_8)));
        assertEquals("error: there-is-no-such-folder does not exist.", messages.toString(StandardCharsets.UTF_8).strip());
        assertEquals(0, out.size());
    }
}
