package io.github.funasrjava.kernels.x86;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import java.util.Optional;

/** What machine code needs from the system. Tests put systems in its place that refuse one thing or another. */
interface HostSystem {
    /** A page-aligned block that can be written, or nothing. */
    Optional<MemorySegment> allocatePages(long bytes);

    /** Makes a block of {@link #allocatePages} executable and no longer writable; false when that is refused. */
    boolean makeExecutable(MemorySegment pages);

    /** Reads the CPU's features with the stub of that name. */
    CpuFeatures cpuFeatures(MemorySegment stub);

    /**
     * Asks for the permission to use AMX tiles, once for the process.
     *
     * @param syscallStub the stub that enters the kernel
     * @return 0, or the negative errno
     */
    long requestTilePermission(MemorySegment syscallStub);

    /** Linux on x86-64 through libc, or the half sentence that says why this is not it. */
    static Opened open() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        if (!os.equals("linux")) {
            return new Opened(Optional.empty(), "machine code runs on Linux, this is " + os);
        }
        if (!arch.equals("amd64") && !arch.equals("x86_64")) {
            return new Opened(Optional.empty(), "machine code is for x86-64, this is " + arch);
        }
        SymbolLookup libc = Linker.nativeLinker().defaultLookup();
        Optional<MemorySegment> mmap = libc.find("mmap");
        Optional<MemorySegment> mprotect = libc.find("mprotect");
        if (mmap.isEmpty() || mprotect.isEmpty()) {
            return new Opened(Optional.empty(), "the C library offers no mmap and mprotect");
        }
        return new Opened(Optional.of(new Linux(mmap.get(), mprotect.get())), "");
    }

    /** A system, or the reason why there is none. */
    record Opened(Optional<HostSystem> system, String reason) {}

    /** The real one. */
    record Linux(MemorySegment mmap, MemorySegment mprotect) implements HostSystem {
        private static final long READ_WRITE = 1 | 2;
        private static final long READ_EXECUTE = 1 | 4;
        private static final long PRIVATE_ANONYMOUS = 0x02 | 0x20;
        private static final long MAP_FAILED = -1;
        private static final long ARCH_PRCTL = 158;
        private static final long ARCH_REQ_XCOMP_PERM = 0x1023;
        private static final long XFEATURE_TILE_DATA = 18;

        @Override
        public Optional<MemorySegment> allocatePages(long bytes) {
            long address = NativeCall.call(mmap, MemorySegment.NULL, integer(bytes), integer(READ_WRITE),
                    integer(PRIVATE_ANONYMOUS), integer(-1), integer(0));
            return address == MAP_FAILED ? Optional.empty()
                    : Optional.of(MemorySegment.ofAddress(address).reinterpret(bytes));
        }

        @Override
        public boolean makeExecutable(MemorySegment pages) {
            // int results come with an undefined upper half.
            return (int) NativeCall.call(mprotect, pages, integer(pages.byteSize()), integer(READ_EXECUTE),
                    MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL) == 0;
        }

        @Override
        public CpuFeatures cpuFeatures(MemorySegment stub) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment words = arena.allocate(ValueLayout.JAVA_INT, 6);
                NativeCall.call(stub, words, MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL,
                        MemorySegment.NULL, MemorySegment.NULL);
                return new CpuFeatures(word(words, 0), word(words, 1), word(words, 2), word(words, 3), word(words, 4),
                        word(words, 5));
            }
        }

        @Override
        public long requestTilePermission(MemorySegment syscallStub) {
            return NativeCall.call(syscallStub, MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL,
                    MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL, ARCH_PRCTL, ARCH_REQ_XCOMP_PERM,
                    XFEATURE_TILE_DATA, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        }

        /** An integer argument of a libc function, in the clothes of a pointer: both travel in the same registers. */
        private static MemorySegment integer(long value) {
            return MemorySegment.ofAddress(value);
        }

        private static int word(MemorySegment words, int index) {
            return words.getAtIndex(ValueLayout.JAVA_INT, index);
        }
    }
}
