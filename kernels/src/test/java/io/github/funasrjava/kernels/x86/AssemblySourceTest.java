package io.github.funasrjava.kernels.x86;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes that run are those of the source that is read. */
class AssemblySourceTest {
    private static final Path SCRIPT = Path.of("src/main/asm/assemble.sh");

    @Test
    void theCheckedInCodeIsWhatTheSourceAssemblesTo(@TempDir Path assembled) throws Exception {
        assumeTrue(runs("as", "--version") && runs("objcopy", "--version"), "skipped: GNU binutils are not installed");
        assumeTrue(runs("as", "--64", "-march=generic64+amx_bf16", "-o", assembled.resolve("probe.o").toString(), "/dev/null"),
                "skipped: this assembler does not know AMX");
        Process script = new ProcessBuilder("bash", SCRIPT.toString(), assembled.toString()).redirectErrorStream(true).start();
        String messages = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, script.waitFor(), messages);
        assertArrayEquals(Files.readAllBytes(assembled.resolve("kernels.bin")), resource("kernels.bin"),
                "run kernels/src/main/asm/assemble.sh and commit the result");
        assertArrayEquals(Files.readAllBytes(assembled.resolve("kernels.symbols")), resource("kernels.symbols"));
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = MachineCode.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }
}
