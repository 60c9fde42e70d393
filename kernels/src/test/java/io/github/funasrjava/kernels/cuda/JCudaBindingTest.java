package io.github.funasrjava.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The way from Java through JCuda's own native library to the driver's functions, with a stand-in for the driver that is
 * compiled here: names, arguments, handles, threads and what is given back. No GPU, and no driver, took part.
 */
class JCudaBindingTest {
    @TempDir
    Path folder;

    private record Outcome(int exit, List<String> out, String err) {}

    @BeforeEach
    void compileTheStandIn() throws IOException, InterruptedException {
        assumeTrue(System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64"), "JCuda's library is for Linux x86-64");
        String compiler = Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)).map(path -> Path.of(path, "gcc"))
                .filter(Files::isExecutable).findFirst().map(Path::toString).orElseGet(() -> abort("there is no gcc to compile the stand-in with"));
        Process process = new ProcessBuilder(compiler, "-shared", "-fPIC", "-O1", "-Wl,-soname,libcuda.so.1", "-o",
                folder.resolve("libcuda.so.1").toString(), "src/test/c/libcuda.c", "-lm", "-lpthread").inheritIO().start();
        assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        assertEquals(0, process.exitValue());
    }

    private Outcome probe(Map<String, String> environment) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m",
                "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                BindingProbe.class.getName()));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("LD_LIBRARY_PATH", folder.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES));
        return new Outcome(process.exitValue(), Files.readAllLines(out), Files.readString(err, StandardCharsets.UTF_8));
    }

    @Test
    void everyCallReachesTheDriverAndNothingIsLeftInTheContext() throws IOException, InterruptedException {
        Outcome outcome = probe(Map.of());
        assertEquals(List.of("found cuda:0, Stand-in, sm_90", "gathered 4.0 3.0", "back 3.0",
                "pass 1 gives 4.7181425 0.8944272", "pass 2 gives 5.2607675 1.2060454", "pass 3 gives 5.3834124 1.3093075",
                "pass 4 gives 5.428409 1.3522468",
                "cache of 1600", "elsewhere 4.0", "measured true", "closed, notes []"), outcome.out(), outcome.err());
        assertTrue(outcome.err().contains("stand-in: context released; device 0, managed 0, pinned 0, streams 0, events 0, modules 0, graphs 0"),
                outcome.err());
    }

    @Test
    void row73ALostDeviceIsResetAndReleased() throws IOException, InterruptedException {
        Outcome outcome = probe(Map.of("STANDIN_FAIL", "cuGraphLaunch:700:2"));
        assertTrue(outcome.out().contains("failed: device_lost: the GPU driver reported CUDA_ERROR_ILLEGAL_ADDRESS (700) in cuGraphLaunch on cuda:0, "
                + "Stand-in, sm_90"), outcome.out() + outcome.err());
        assertEquals("closed, notes []", outcome.out().getLast());
        assertTrue(outcome.err().contains("stand-in: context reset") && outcome.err().contains("stand-in: context released"), outcome.err());
    }

    @Test
    void aGraphThatCannotBeMadeIsSaidAndTheSameIsComputed() throws IOException, InterruptedException {
        Outcome outcome = probe(Map.of("STANDIN_FAIL", "cuGraphInstantiate:801:1"));
        assertTrue(outcome.out().contains("pass 4 gives 5.428409 1.3522468"), outcome.out() + outcome.err());
        assertTrue(outcome.out().getLast().startsWith("closed, notes [passes run operation by operation on the GPU"), outcome.out().toString());
    }
}
