package io.github.funasrjava.kernels.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Both compilers of the JVM take every method of the vector tier. Where one gives a method up (its tiles needed more
 * registers than the compiler has names for), the method runs a hundred times slower and nothing says so. The widths are
 * copies of one source, so the one that this processor prefers stands for all.
 */
class VectorCompilationTest {
    /** Time, compilation, flags, level, method; as {@code -XX:+PrintCompilation} prints them. */
    private static final Pattern COMPILED =
            Pattern.compile("\\s*\\d+\\s+\\d+[ %sbn!]+(\\d) +io\\.github\\.funasrjava\\.kernels\\.vector\\.(\\S+).*");

    @Test
    void bothCompilersTakeWhatTheVectorTierRuns() throws Exception {
        assumeTrue(VectorKernels.preferredBits() > 0, "this JVM has no vector instructions here");
        // Early thresholds: the child does in seconds what an hour of speech does otherwise. Batch: nothing is left uncompiled.
        List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
                "-XX:+UseSerialGC", "-Xbatch", "-XX:+PrintCompilation", "-XX:Tier3InvocationThreshold=20", "-XX:Tier3MinInvocationThreshold=10",
                "-XX:Tier3CompileThreshold=40", "-XX:Tier3BackEdgeThreshold=200", "-XX:Tier4InvocationThreshold=60",
                "-XX:Tier4MinInvocationThreshold=20", "-XX:Tier4CompileThreshold=100", "-XX:Tier4BackEdgeThreshold=1000",
                "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), EveryVectorOperation.class.getName());
        Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
        List<String> refused = new ArrayList<>();
        Set<String> client = new TreeSet<>();
        Set<String> server = new TreeSet<>();
        String last = "";
        boolean complete = false;
        for (String line : new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
            Matcher compiled = COMPILED.matcher(line);
            if (compiled.matches()) {
                (compiled.group(1).equals("4") ? server : client).add(compiled.group(2));
            }
            if (line.contains("COMPILE SKIPPED") && (line + last).contains("funasrjava.kernels.vector")) {
                refused.add(last.strip() + " | " + line.strip());
            }
            complete |= line.contains("all operations, ");
            last = line;
        }
        assertEquals(0, child.waitFor(), last);
        assertTrue(complete, last);
        assertEquals(List.of(), refused);
        String lanes = "lanes" + VectorKernels.preferredBits();
        for (String kernel : List.of(lanes + ".Tiles::", lanes + ".Streams::", lanes + ".RowMath::",
                lanes + ".AttentionMath::", lanes + ".Panels::")) {
            String all = "client " + client + ", server " + server;
            assertTrue(client.stream().anyMatch(method -> method.contains(kernel)), kernel + " is not compiled by C1: " + all);
            assertTrue(server.stream().anyMatch(method -> method.contains(kernel)), kernel + " is not compiled by C2: " + all);
        }
    }
}
