package io.github.funasrjava.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.funasrjava.engine.UsageException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RawArgumentsTest {
    @Test
    void readsLastWordsOfTheCommandLineAsUtf8() {
        byte[] line = line(bytes("java"), bytes("-jar"), bytes("engine.jar"), bytes("--hotwords"), bytes("章玮,😀"), bytes(""));
        assertEquals(List.of("--hotwords", "章玮,😀", ""), RawArguments.recover(List.of("--hotwords", "????", ""), line));
    }

    @Test
    void keepsBytesThatAreNotUtf8() {
        byte[] odd = {'a', (byte) 0xFF, 'b', (byte) 0xC3, (byte) 0xE4, (byte) 0xBD};
        List<String> recovered = RawArguments.recover(List.of("x"), line(bytes("java"), odd));
        assertEquals("a\uDCFFb\uDCC3\uDCE4\uDCBD", recovered.get(0));
    }

    @Test
    void takesWhatTheJvmSaysIfTheCommandLineIsTooShort() {
        assertEquals(List.of("?", "b"), RawArguments.recover(List.of("?", "b"), line(bytes("b"))));
    }

    @Test
    void plainArgumentsNeedNoSecondLook() {
        assertEquals(List.of("transcribe", "a.wav"), RawArguments.recover(new String[] {"transcribe", "a.wav"}));
    }

    @Test
    void pathOfEscapedBytesNamesTheFileWithThoseBytes() throws Exception {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/cwd")), "file names are bytes only on Linux");
        Path path = RawArguments.path("/tmp/odd \uDCFF%ü.wav");
        byte[] uri = path.toUri().getRawPath().getBytes(StandardCharsets.US_ASCII);
        assertArrayEquals("/tmp/odd%20%FF%25%C3%BC.wav".getBytes(StandardCharsets.US_ASCII), uri);
    }

    @Test
    void pathOfOrdinaryTextIsThatPath() {
        assertEquals(Path.of("a b/c.wav"), RawArguments.path("a b/c.wav"));
        assertEquals(Path.of("-x.wav"), RawArguments.path("-x.wav"));
    }

    @Test
    void relativePathAsTextLeadsToTheSameFile() {
        assumeTrue(Files.isDirectory(Path.of("/proc/self/cwd")), "file names are bytes only on Linux");
        for (String text : List.of("a.wav", "odd \uDCFF?%ü/第一.wav", "..")) {
            Path path = RawArguments.resolve(Path.of("/in"), text);
            assertEquals(text, RawArguments.text(Path.of("/in").relativize(path)));
        }
        assertEquals("/缓存/a\uDCFF", RawArguments.text(RawArguments.path("/缓存/a\uDCFF")));
        assertEquals(Path.of("/abs/a.wav"), RawArguments.resolve(Path.of("in"), "/abs/a.wav"));
    }

    @Test
    void environmentIsReadAsUtf8() {
        assertEquals(Map.of("HOME", "/家", "EMPTY", "", "X", "a=b"),
                RawArguments.environment(line(bytes("HOME=/家"), bytes("EMPTY="), bytes("X=a=b"), bytes("odd"))));
    }

    @Test
    void refusesNulInFileNames() {
        assertThrows(UsageException.class, () -> RawArguments.path("a\0b"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] line(byte[]... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] word : words) {
            out.writeBytes(word);
            out.write(0);
        }
        return out.toByteArray();
    }
}
