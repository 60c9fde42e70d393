package io.github.funasrjava.kernels.x86;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The assembled kernels in executable memory. The pages are written, then made executable; they are never both, and
 * never unmapped, because a thread might still be in them.
 */
final class MachineCode {
    private static final byte[] MAGIC = "FASRX86\001".getBytes(StandardCharsets.ISO_8859_1);
    private static final long PAGE = 4096;

    private final MemorySegment code;
    private final Map<String, Long> offsets;

    private MachineCode(MemorySegment code, Map<String, Long> offsets) {
        this.code = code;
        this.offsets = offsets;
    }

    /** The code, or the reason why it cannot be loaded. */
    record Loaded(Optional<MachineCode> code, String reason) {}

    /** Places the code in memory of the system. */
    static Loaded load(HostSystem system) {
        byte[] bytes = resource("kernels.bin");
        if (bytes.length < MAGIC.length || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            return new Loaded(Optional.empty(), "the machine code in the jar is damaged");
        }
        Map<String, Long> offsets = symbols(bytes.length);
        Optional<MemorySegment> pages = system.allocatePages((bytes.length + PAGE - 1) / PAGE * PAGE);
        if (pages.isEmpty()) {
            return new Loaded(Optional.empty(), "the system gives no memory for machine code");
        }
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, pages.get(), 0, bytes.length);
        if (!system.makeExecutable(pages.get())) {
            return new Loaded(Optional.empty(), "the system refuses executable memory (SELinux execmem or a sandbox?)");
        }
        return new Loaded(Optional.of(new MachineCode(pages.get(), offsets)), "");
    }

    /** The entry point of a kernel. */
    MemorySegment function(String name) {
        Long offset = offsets.get(name);
        if (offset == null) {
            throw new IllegalArgumentException("there is no kernel " + name);
        }
        return code.asSlice(offset);
    }

    private static Map<String, Long> symbols(int codeBytes) {
        Map<String, Long> offsets = new HashMap<>();
        for (String line : new String(resource("kernels.symbols"), StandardCharsets.US_ASCII).split("\n")) {
            int space = line.indexOf(' ');
            long offset = Long.parseLong(line.substring(space + 1));
            if (offset < MAGIC.length || offset >= codeBytes) {
                throw new IllegalStateException("kernel " + line + " lies outside of the code");
            }
            offsets.put(line.substring(0, space), offset);
        }
        return offsets;
    }

    private static byte[] resource(String name) {
        try (InputStream in = MachineCode.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name + " from the jar", e);
        }
    }
}
