package io.github.funasrjava.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShortRunTest {
    @TempDir
    Path folder;

    private String wav;

    @BeforeEach
    void writeRecording() throws IOException {
        wav = Files.write(folder.resolve("a.WAV"), new byte[44]).toString();
    }

    private static boolean suits(String... args) {
        return ShortRun.suits(args);
    }

    @Test
    void shortRecordingsAreAShortRun() throws IOException {
        String other = Files.write(folder.resolve("b.mp3"), new byte[1]).toString();
        assertTrue(suits("transcribe", wav));
        assertTrue(suits("transcribe", "--quiet", wav, other));
        assertTrue(suits("transcribe", "--model", folder.toString(), "--format=json", wav));
        assertTrue(suits("transcribe", wav, "--output", folder.resolve("out.txt").toString()));
    }

    @Test
    void otherCommandsAreNot() {
        assertFalse(suits());
        assertFalse(suits("bench", wav));
        assertFalse(suits("transcribe"));
        assertFalse(suits("transcribe", "--help"));
    }

    @Test
    void whatMayBeLongIsNot() throws IOException {
        String list = Files.writeString(folder.resolve("list.txt"), wav).toString();
        for (String operand : new String[] {folder.toString(), list, "-", "https://example.org/a.wav", folder.resolve("none.wav").toString()}) {
            assertFalse(suits("transcribe", wav, operand), operand);
            assertFalse(suits("transcribe", operand), operand);
        }
    }

    @Test
    void sizesAddUpToALimit() throws IOException {
        String half = sized("half.flac", ShortRun.MOST_BYTES / 2);
        String rest = sized("rest.flac", ShortRun.MOST_BYTES - ShortRun.MOST_BYTES / 2);
        assertTrue(suits("transcribe", half, rest));
        assertFalse(suits("transcribe", half, rest, sized("more.flac", 1)));
    }

    private String sized(String name, long bytes) throws IOException {
        Path path = folder.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(bytes);
        }
        return path.toString();
    }

    @Test
    void whoeverChoosesKernelsOrDeviceGetsAnOrdinaryJvm() {
        for (String option : new String[] {"--kernels=vector", "--kernels", "--device", "--device=cuda:1"}) {
            assertFalse(suits("transcribe", option, "vector", wav), option);
        }
    }

    @Test
    void flagsNeedAllOfTheProcessorsFeatures() throws IOException {
        boolean linux = System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64");
        boolean expected = linux && Stream.of("fma", "bmi2", "avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512_vnni")
                .allMatch(Arrays.asList(flagsOfFirstProcessor().split(" "))::contains);
        assertEquals(expected, !ShortRun.flags(new String[] {"transcribe", wav}).isEmpty());
    }

    private static String flagsOfFirstProcessor() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("flags")).findFirst().orElse("");
        }
    }
}
