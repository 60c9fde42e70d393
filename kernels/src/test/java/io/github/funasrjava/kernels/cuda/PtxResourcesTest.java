package io.github.funasrjava.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The checked-in PTX: its version, its kernels, and what an assembler makes of it where there is one. */
class PtxResourcesTest {
    private static final Pattern COMPILING = Pattern.compile("Compiling entry function '(\\w+)'");
    private static final Pattern SPILLS = Pattern.compile("(\\d+) bytes spill stores, (\\d+) bytes spill loads");
    private static final Pattern USED = Pattern.compile("Used (\\d+) registers");
    private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

    static String ptx(int architecture) throws IOException {
        return read("kernels.sm_" + architecture + ".ptx");
    }

    private static String read(String name) throws IOException {
        try (InputStream in = PtxResourcesTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    /** Kernel to registers and static shared bytes, as {@code scripts/build-ptx.sh} noted them. */
    private static Map<String, String> table(int architecture) throws IOException {
        Map<String, String> table = new TreeMap<>();
        read("ptxas.table").lines().filter(line -> line.startsWith(architecture + " ")).forEach(line -> {
            String[] parts = line.split(" ");
            table.put(parts[1], parts[2] + " registers, " + parts[3] + " bytes of shared memory");
        });
        return table;
    }

    /** ISA 8.0 is the newest that drivers of CUDA 12.0 read. */
    @ParameterizedTest
    @ValueSource(ints = {75, 80, 90})
    void isWrittenForDriversSinceCuda12(int architecture) throws IOException {
        List<String> head = ptx(architecture).lines().limit(3).toList();
        assertEquals(List.of(".version 8.0", ".target sm_" + architecture, ".address_size 64"), head);
        assertTrue(table(architecture).size() > 20);
        for (String kernel : table(architecture).keySet()) {
            assertTrue(ptx(architecture).contains(".entry " + kernel + "("), kernel);
        }
    }

    @Test
    void usesBf16OnlyWhereThereIsBf16() throws IOException {
        assertTrue(!ptx(75).contains("bf16") && !ptx(75).contains("cp.async"));
        assertTrue(ptx(75).contains("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32") && !ptx(75).contains("m16n8k16"));
        assertTrue(ptx(80).contains("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32") && !ptx(80).contains(".f16"));
    }

    /** So what the interpreter shows for one of them it shows for the other. */
    @Test
    void sm90IsTheTextOfSm80WithAnotherTarget() throws IOException {
        assertEquals(ptx(80).replace(".target sm_80\n", ".target sm_90\n"), ptx(90));
    }

    @ParameterizedTest
    @ValueSource(ints = {75, 80, 90})
    void assemblesWithoutSpillsToTheNotedSizes(int architecture, @TempDir Path folder) throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve("kernels.ptx"), ptx(architecture));
        Process ptxas = new ProcessBuilder(ptxas(), "-arch=sm_" + architecture, "-v", "-o", folder.resolve("cubin").toString(),
                file.toString()).redirectErrorStream(true).start();
        String log = new String(ptxas.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(ptxas.waitFor(2, TimeUnit.MINUTES));
        assertEquals(0, ptxas.exitValue(), log);
        Map<String, String> found = new TreeMap<>();
        String kernel = "";
        for (String line : log.lines().toList()) {
            Matcher compiling = COMPILING.matcher(line);
            Matcher spills = SPILLS.matcher(line);
            Matcher used = USED.matcher(line);
            if (compiling.find()) {
                kernel = compiling.group(1);
            } else if (spills.find()) {
                assertEquals("0 0", spills.group(1) + " " + spills.group(2), kernel + " spills");
            } else if (used.find()) {
                Matcher shared = SHARED.matcher(line);
                found.put(kernel, used.group(1) + " registers, " + (shared.find() ? shared.group(1) : "0") + " bytes of shared memory");
            }
        }
        assertEquals(table(architecture), found);
    }

    private static String ptxas() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(folder -> Path.of(folder, "ptxas")).filter(Files::isExecutable).findFirst().map(Path::toString)
                .orElseGet(() -> abort("there is no ptxas on the PATH to assemble the PTX with"));
    }
}
