package io.github.funasrjava.kernels.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.funasrjava.kernels.KernelOptions;
import io.github.funasrjava.kernels.KernelOptions.Tier;
import io.github.funasrjava.kernels.internal.TierAttempt;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** No kernel reads or writes outside its operands; in a JVM of its own, because the answer to one that does is a signal. */
class GuardedOperandsTest {
    @Test
    void everyOperationStaysWithinItsOperands() throws Exception {
        TierAttempt attempt = X86Kernels.open(KernelOptions.defaults().withTier(Tier.X86).withThreads(1));
        if (attempt instanceof TierAttempt.Opened(var kernels)) {
            kernels.close();
        }
        assumeTrue(attempt instanceof TierAttempt.Opened, "skipped: " + attempt);
        Process child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
                "-XX:+UseSerialGC", "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/stdout", "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), GuardedOperands.class.getName()).redirectErrorStream(true).start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, child.waitFor(), output.substring(0, Math.min(4000, output.length())));
        assertTrue(output.contains("intact after"), output);
    }
}
