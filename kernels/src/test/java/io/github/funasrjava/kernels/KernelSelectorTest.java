package io.github.funasrjava.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.funasrjava.kernels.KernelOptions.Tier;
import io.github.funasrjava.kernels.internal.TierAttempt;
import io.github.funasrjava.kernels.vector.VectorKernels;
import io.github.funasrjava.kernels.x86.X86Kernels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Which tier is taken and what is said about the others, here and in JVMs that allow less. What the system itself may
 * refuse (executable memory, AMX) is in {@code x86.RefusalTest}.
 */
class KernelSelectorTest {
    private static final String MODULE = "--add-modules=jdk.incubator.vector";
    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
    /** 3 / sqrt((9 + 16) / 3). */
    private static final String COMPUTED = "1.0392 ";

    private static String tier(KernelOptions options) {
        try (Kernels kernels = KernelSelector.open(options)) {
            assertTrue(kernels.description().startsWith(kernels.tier() + ", " + kernels.threads() + " thread"), kernels.description());
            return kernels.tier();
        }
    }

    private static boolean x86RunsHere() {
        return switch (X86Kernels.open(KernelOptions.defaults())) {
            case TierAttempt.Opened(Kernels kernels) -> {
                kernels.close();
                yield true;
            }
            case TierAttempt.Refused _ -> false;
        };
    }

    @Test
    void opensTheTierThatIsAskedFor() {
        assertEquals("scalar", tier(KernelOptions.defaults().withTier(Tier.SCALAR)));
        for (int bits = 128; bits <= VectorKernels.preferredBits(); bits *= 2) {
            assertEquals("vector-" + bits, tier(KernelOptions.defaults().withTier(Tier.VECTOR).withVectorBits(bits)));
        }
        assertEquals("vector-" + VectorKernels.preferredBits(), tier(KernelOptions.defaults().withTier(Tier.VECTOR)));
        assumeTrue(x86RunsHere(), "machine code does not run here");
        assertTrue(tier(KernelOptions.defaults().withTier(Tier.X86)).startsWith("x86-"));
    }

    @Test
    void takesTheFastestByItself() {
        String tier = tier(KernelOptions.defaults());
        assertEquals(x86RunsHere(), tier.startsWith("x86-"), tier);
        assertTrue(tier.startsWith("x86-") || tier.equals("vector-" + VectorKernels.preferredBits()), tier);
    }

    @Test
    void takesAsManyThreadsAsAreAskedFor() {
        for (Tier tier : List.of(Tier.SCALAR, Tier.AUTO)) {
            try (Kernels kernels = KernelSelector.open(KernelOptions.defaults().withTier(tier).withThreads(3))) {
                assertEquals(3, kernels.threads());
            }
        }
        assertThrows(IllegalArgumentException.class, () -> KernelOptions.defaults().withThreads(257));
        assertThrows(IllegalArgumentException.class, () -> KernelOptions.defaults().withVectorBits(384));
    }

    @Test
    void row69ComputesInPlainLoopsWithoutModuleAndNativeAccessAndSaysWhy() throws Exception {
        String said = child(List.of("--illegal-native-access=deny"), "auto", 0);
        assertTrue(said.startsWith(COMPUTED + "scalar, 1 thread: "), said);
        assertTrue(said.contains("the module jdk.incubator.vector is not loaded"), said);
        assertTrue(said.contains("native access is not enabled"), said);
        assertEquals(1, said.lines().count(), said);
    }

    @Test
    void row69TakesMachineCodeWithoutTheModule() throws Exception {
        assumeTrue(x86RunsHere(), "machine code does not run here");
        String said = child(List.of(NATIVE), "auto", 0);
        assertTrue(said.startsWith(COMPUTED + "x86-"), said);
    }

    @Test
    void row69RefusesTheVectorTierWithoutTheModuleInASentence() throws Exception {
        String said = child(List.of(NATIVE), "vector", 0);
        assertTrue(said.startsWith("refused the vector kernels do not run here: the module jdk.incubator.vector is not loaded"), said);
        assertTrue(said.contains("--add-modules jdk.incubator.vector"), said);
    }

    @Test
    void row69TakesTheVectorTierWhereNativeAccessIsDenied() throws Exception {
        String said = child(List.of(MODULE, "--illegal-native-access=deny"), "auto", 0);
        assertTrue(said.startsWith(COMPUTED + "vector-" + VectorKernels.preferredBits() + ", 1 thread: "), said);
        assertTrue(said.contains("x86 not taken: native access is not enabled"), said);
        String refused = child(List.of(MODULE, "--illegal-native-access=deny"), "x86", 0);
        assertTrue(refused.startsWith("refused the x86 kernels do not run here: native access"), refused);
    }

    @Test
    void row70TakesTheWidthThatTheProcessorHas() throws Exception {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "the flag -XX:UseAVX exists on x86-64 only");
        for (int avx = 0; avx <= 2; avx++) {
            int bits = avx == 2 ? 256 : 128;
            assumeTrue(VectorKernels.preferredBits() >= bits, "this processor has no vectors of " + bits + " bits");
            List<String> flags = List.of(MODULE, "--illegal-native-access=deny", "-XX:UseAVX=" + avx);
            assertTrue(child(flags, "auto", 0).startsWith(COMPUTED + "vector-" + bits), "UseAVX=" + avx);
            String refused = child(flags, "vector", 2 * bits);
            assertTrue(refused.startsWith("refused the vector kernels do not run here: " + 2 * bits + "-bit vectors are wider"), refused);
        }
    }

    /** What {@link SelectedTier} says in a JVM with these flags. */
    private static String child(List<String> flags, String tier, int bits) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m"));
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), SelectedTier.class.getName(), tier, Integer.toString(bits)));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        Process child = builder.start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, child.waitFor(), said);
        return said.lines().filter(line -> !line.startsWith("WARNING: Using incubator modules")).reduce("", (a, b) -> a + b + "\n").strip();
    }
}
