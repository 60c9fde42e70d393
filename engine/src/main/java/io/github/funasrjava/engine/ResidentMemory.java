package io.github.funasrjava.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** How much memory the process occupies, where the system tells. */
final class ResidentMemory {
    private static final Path STATUS = Path.of("/proc/self/status");

    private ResidentMemory() {}

    /** Peak resident set in MiB; empty where there is no {@code /proc}. */
    static OptionalLong peakMib() {
        if (!Files.isReadable(STATUS)) {
            return OptionalLong.empty();
        }
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("VmHWM:")) {
                    return OptionalLong.of(Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024);
                }
            }
        } catch (IOException | NumberFormatException e) {
            System.getLogger(ResidentMemory.class.getName()).log(System.Logger.Level.DEBUG, "cannot read " + STATUS, e);
        }
        return OptionalLong.empty();
    }
}
